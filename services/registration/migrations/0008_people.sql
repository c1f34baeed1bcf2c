-- Who wears the badges of an exhibitor, without who they are; `erased` says that nothing personal is
-- left, because somebody asked for it or does not come.
create table read.wearers (
    wearer_id text primary key,
    fair_id text not null,
    exhibitor_id text not null,
    organisation_id text not null,
    role text not null,
    added_at timestamptz not null,
    erased boolean not null default false,
    left_because text
);
create index wearers_of_exhibitor on read.wearers (exhibitor_id, wearer_id);

-- Their names and numbers (Law 09-08): see people/rows.py.
create table own.people (
    wearer_id text primary key,
    exhibitor_id text not null,
    name text,
    phone text,
    erased boolean not null default false,
    revision bigint not null default 1,
    published_revision bigint not null default 0,
    written_at timestamptz not null default clock_timestamp(),
    -- What the events say, as far as the publisher has read them.
    recorded boolean not null default false,
    withdrawn boolean not null default false,
    check ((name is null) = erased and (phone is null or not erased))
);
create index people_of_exhibitor on own.people (exhibitor_id);
create index people_ahead on own.people (wearer_id)
    where recorded and published_revision < revision;
create index people_unrecorded on own.people (written_at) where not recorded;
create index people_erased on own.people (wearer_id) where erased;
create index people_left_behind on own.people (wearer_id)
    where withdrawn and recorded and not erased;

-- Corrections that were made, so that one that is sent again late does not undo a later one.
create table own.people_corrections (
    command_id uuid primary key,
    wearer_id text not null references own.people on delete cascade
);
create index people_corrections_of_wearer on own.people_corrections (wearer_id);

-- Who publishes them: as own.publisher for contacts, which versions of before go on to use.
create table own.people_publisher (
    only_row boolean primary key default true check (only_row),
    position bigint not null,
    holder text,
    held_until timestamptz,
    stirred_at timestamptz
);
insert into own.people_publisher (position) select coalesce(max(position), 0) from log.events;

-- What a contact agreed to: messages by one channel alone (null is every one), the text that was
-- agreed to, and other purposes, of which nothing was known before.
alter table read.contact_standings
    add column consent_channel text,
    add column consent_text text,
    add column purposes jsonb not null default '{}';

-- Lists of persons to be erased that the team has confirmed, and whom of them is left.
create table own.retention_confirmed (
    command_id uuid primary key,
    confirmed_by text not null,
    confirmed_at timestamptz not null default clock_timestamp(),
    digest text not null,
    before timestamptz not null,
    contacts bigint not null,
    people bigint not null
);
create table own.retention_left (
    key text primary key,
    kind text not null check (kind in ('contact', 'wearer')),
    owner text not null,
    command_id uuid not null references own.retention_confirmed
);
