-- What an exhibitor was given where that is not what it asked for, and null where it is: so rows of
-- before, and of those who got what they wanted, need nothing.
alter table read.applications
    add column other_pole_id text,
    add column other_booths integer,
    add column changed_at timestamptz,
    add column late_because text;

alter table read.organisations
    add column register_number text,
    add column founded integer,
    add column commune text,
    add column programmes text[] not null default '{}',
    add column labels jsonb not null default '[]',
    add column corrected_at timestamptz,
    add column merged_into text,
    add column merged_at timestamptz;
create index organisations_merged on read.organisations (merged_into) where merged_into is not null;

-- What organisations that may be one have in common.  Made from the read table of organisations by
-- code that learns new spellings, so it is no read table: `folding` is the version of that code, and
-- all keys are made again for another one.  `shared` are those that several organisations have.
create table own.organisation_keys (
    organisation_id text not null,
    why text not null,
    key text not null,
    shared boolean not null default false,
    primary key (organisation_id, why, key)
);
create index organisation_keys_of_all on own.organisation_keys (why, key);
create index organisation_keys_shared on own.organisation_keys (why, key, organisation_id)
    where shared;
create table own.keyed (
    only_row boolean primary key default true check (only_row),
    position bigint not null default 0,
    folding integer not null default 0
);
insert into own.keyed default values;
-- Who shares a phone is found in an index, without reading the rows.
create index contacts_by_phone on own.contacts (phone, organisation_id)
    where recorded and phone is not null;
