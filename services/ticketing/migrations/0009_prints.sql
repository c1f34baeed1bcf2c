-- What is printed: the fair's name, and what organisations are called in public.  Both are heard; the
-- read tables are made again by `maarid migrate`, and until then a fair has no name.
alter table read.fairs add column name jsonb;

create table read.organisations (
    organisation_id uuid primary key,
    name jsonb not null,
    merged_into uuid
);

-- Copies of registration's records of persons: no number, and nothing that no badge says.
create table own.contact_names (
    contact_id uuid primary key,
    name text not null,
    revision bigint not null
);
create table own.wearer_names (
    wearer_id uuid primary key,
    fair_id text not null,
    exhibitor_id uuid not null,
    organisation_id uuid not null,
    role text not null,
    name text not null,
    revision bigint not null
);
create index wearer_names_by_fair on own.wearer_names (fair_id, exhibitor_id, wearer_id);

-- Ids of contacts and wearers who were erased or have left: a late record of theirs is not kept.
create table own.forgotten (
    person_id uuid primary key
);
