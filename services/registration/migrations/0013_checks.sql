-- What the team noted of documents; without `seen_on` one is missing.
create table read.documents (
    application_id text not null,
    document text not null,
    fair_id text not null,
    noted_at timestamptz not null,
    seen_on date,
    expires_on date,
    number text,
    primary key (application_id, document)
);
create index documents_of_fair on read.documents (fair_id, application_id);

-- Pairs of organisations of which the team said that they are no duplicates, the lesser id first; and
-- whether it took that back.  The last command of each kind changes nothing when it is sent again.
create table own.told_apart (
    first_id text not null,
    second_id text not null check (first_id < second_id collate "C"),
    reason text not null,
    told_by text not null,
    told_at timestamptz not null,
    command_id uuid not null,
    taken_back_at timestamptz,
    taken_back_by uuid,
    primary key (first_id, second_id)
);
create index told_apart_by_second on own.told_apart (second_id, first_id);
