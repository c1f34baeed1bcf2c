-- Long work: what was asked for, how far it is, and what came of it.  A running job belongs to the
-- holder of its lease; once the lease has run out any replica may take it over.
create table log.jobs (
    id uuid primary key,
    kind text not null,
    input jsonb not null,
    command_id uuid not null unique,
    request_hash bytea,
    actor text not null,
    state text not null default 'queued'
        check (state in ('queued', 'running', 'done', 'failed', 'stopped')),
    progress real not null default 0 check (progress between 0 and 1),
    progress_code text not null default '',
    result jsonb,
    error text check ((error is not null) = (state = 'failed')),
    stop_wished boolean not null default false,
    seconds real not null,
    megabytes integer not null,
    attempts integer not null default 0,
    lease_holder uuid,
    lease_until timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    ended_at timestamptz check ((ended_at is null) = (state in ('queued', 'running')))
);
create index jobs_open on log.jobs (id) where state in ('queued', 'running');
