-- Spreadsheets of applications: names and phones (Law 09-08), kept for 14 days (intakes/rows.py).
-- The id of an intake is that of the job that reads its file.
create table own.intakes (
    intake_id uuid primary key,
    fair_id text not null,
    asked_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    pole_id text,
    -- Gone once it has been read.
    file bytea,
    state text not null default 'reading' check (state in ('reading', 'read', 'importing', 'imported')),
    sheets jsonb not null default '[]',
    -- What was erased while the file was being read: sums of numbers, until it has been.
    forget bytea[] not null default '{}',
    -- Grows with whatever changes the annotated file.
    revision integer not null default 1,
    annotated bytea,
    annotated_revision integer,
    runs integer not null default 0,
    import_command_id uuid,
    import_request_hash bytea,
    import_actor text,
    late_because text,
    correct_known boolean not null default false,
    import_ended_at timestamptz,
    lease_holder uuid,
    lease_until timestamptz
);
create index intakes_of_fair on own.intakes (fair_id, intake_id);
create index intakes_by_age on own.intakes (created_at);
create index intakes_importing on own.intakes (intake_id) where state = 'importing';
create table own.intake_rows (
    intake_id uuid not null references own.intakes on delete cascade,
    number integer not null,
    sheet text not null,
    line integer not null,
    cells jsonb not null,
    given jsonb not null,
    keys jsonb not null,
    phone text,
    status text not null check (status in ('new', 'known', 'changed', 'wrong')),
    reasons jsonb not null,
    changes jsonb not null,
    organisation_id text,
    outcome text check (outcome in ('imported', 'already_there', 'refused')),
    refused_code text,
    refused_given jsonb,
    application_id text,
    primary key (intake_id, number)
);
create index intake_rows_by_phone on own.intake_rows (phone) where phone is not null;
create index intake_rows_open on own.intake_rows (intake_id, number) where outcome is null and status <> 'wrong';
