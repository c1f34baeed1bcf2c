-- Rules of selections, their draw, and what was published; null until it is.
create table read.selections (
    fair_id text primary key,
    terms jsonb not null,
    quotas jsonb not null,
    waiting integer,
    offer_hours integer,
    secret_hash text not null,
    rules_published_at timestamptz not null,
    secret text,
    word text,
    seed text,
    drawn_at timestamptz,
    quotas_taken jsonb,
    accepted integer,
    waitlisted integer,
    rejected integer,
    adjusted integer,
    score bigint,
    objective bigint,
    bound bigint,
    proven boolean,
    digest text,
    published_at timestamptz
);
create table read.marks (
    application_id text not null,
    criterion text not null,
    mark integer not null,
    marked_at timestamptz not null,
    primary key (application_id, criterion)
);
-- How a selection ranked an application; null for all that were decided one by one.
alter table read.applications
    add column score integer,
    add column draw_rank integer,
    add column bound_by text;
-- A selection changes all applications of a fair at once: with room beside each row its indexes stay.
alter table read.applications set (fillfactor = 50);
-- Secrets of draws: each is known by its sum, and is revealed by an event once the draw is held.
create table own.draw_secrets (
    secret_hash text primary key,
    fair_id text not null,
    secret bytea not null,
    command_id uuid not null unique,
    made_at timestamptz not null default clock_timestamp()
);
