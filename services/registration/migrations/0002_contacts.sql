-- The only place of this service with personal data (Law 09-08): see contacts.py.
create table own.contacts (
    contact_id text primary key,
    organisation_id text not null,
    name text,
    phone text,
    language text,
    second_language text,
    channel text,
    erased boolean not null default false,
    revision bigint not null default 1,
    published_revision bigint not null default 0,
    written_at timestamptz not null default clock_timestamp(),
    check (num_nulls(name, phone, language, second_language, channel)
           = case when erased then 5 else 0 end)
);

-- Corrections that were made, so that one that is sent again late does not undo a later one.
create table own.corrections (
    command_id uuid primary key,
    contact_id text not null references own.contacts on delete cascade
);
create index corrections_of_contact on own.corrections (contact_id);
