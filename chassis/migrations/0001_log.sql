-- The log: every event that this service ever decided, and the outbox at the same time.
create schema if not exists read;
create schema if not exists own;

create table log.events (
    position bigint primary key,
    stream text not null,
    version bigint not null check (version > 0),
    type text not null,
    data jsonb not null,
    event_id uuid not null,
    command_id uuid not null,
    causation_id uuid,
    correlation_id uuid not null,
    actor text not null,
    traceparent text,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    unique (stream, version)
);

-- What became of each command, so that the same command again gets the same answer.
create table log.outcomes (
    command_id uuid primary key,
    request_hash bytea,
    stream text not null,
    first_version bigint not null,
    events integer not null,
    refusal text,
    details jsonb,
    recorded_at timestamptz not null default clock_timestamp()
);

-- What is handed to log.append: arrays of rows, which cost a client less than an array a column.
create type log.new_event as (
    stream text,
    version bigint,
    type text,
    data text,
    event_id uuid,
    command_id uuid,
    causation_id uuid,
    correlation_id uuid,
    actor text,
    traceparent text,
    occurred_at timestamptz
);
create type log.new_outcome as (
    command_id uuid,
    request_hash bytea,
    stream text,
    first_version bigint,
    events integer,
    refusal text,
    details text
);

-- Positions have no gaps and follow commit order: the lock is held from numbering to commit, so
-- whoever reads `position > $1 order by position` can never skip an event.
-- A version that somebody else has taken violates unique (stream, version): the race is lost.
create function log.append(new_events log.new_event[], new_outcomes log.new_outcome[])
returns bigint
language plpgsql security definer set search_path = log, pg_temp
as $$
declare head bigint;
begin
    insert into log.outcomes (command_id, request_hash, stream, first_version, events, refusal, details)
    select o.command_id, o.request_hash, o.stream, o.first_version, o.events, o.refusal,
           o.details::jsonb
      from unnest(new_outcomes) as o;
    if cardinality(new_events) = 0 then
        return null;
    end if;
    perform pg_advisory_xact_lock(7021949218);
    select coalesce(max(position), 0) into head from log.events;
    insert into log.events (position, stream, version, type, data, event_id, command_id,
                            causation_id, correlation_id, actor, traceparent, occurred_at)
    select head + e.n, e.stream, e.version, e.type, e.data::jsonb, e.event_id, e.command_id,
           e.causation_id, e.correlation_id, e.actor, e.traceparent, e.occurred_at
      from unnest(new_events) with ordinality
           as e(stream, version, type, data, event_id, command_id, causation_id, correlation_id,
                actor, traceparent, occurred_at, n);
    return head + cardinality(new_events);
end
$$;
revoke all on function log.append from public;

-- How far the log has been published.
create table log.relay (
    topic text primary key,
    position bigint not null default 0,
    lease_holder text,
    lease_until timestamptz
);

-- The last version of each foreign stream that was projected, and that policies have reacted to.
create table log.heard (
    topic text not null,
    stream text not null,
    version bigint not null,
    reacted bigint not null default 0,
    -- The event of that version, where it had no effect because its type is not needed or somebody
    -- dropped it: another event of the same version is then no duplicate.
    passed_over text,
    primary key (topic, stream)
);

-- Records that could not be handled, and those of the same stream that wait behind them.
create table log.dead_letters (
    id bigint generated always as identity primary key,
    topic text not null,
    kafka_partition integer not null,
    kafka_offset bigint not null,
    stream text,
    version bigint,
    type text,
    key bytea,
    headers jsonb not null,
    body bytea,
    reason text not null,
    waiting boolean not null default false,
    wish text check (wish in ('retry', 'drop')),
    recorded_at timestamptz not null default clock_timestamp(),
    unique (topic, kafka_partition, kafka_offset)
);
create index dead_letters_parked on log.dead_letters (topic, stream, version);

-- Records that a person decided to go on without; a rebuild leaves them out too.
create table log.dropped (
    topic text not null,
    stream text not null,
    version bigint not null,
    event_id text not null,
    reason text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (topic, stream, version, event_id)
);

-- Deadlines: due rows are claimed with SKIP LOCKED by any replica.
create table log.timers (
    key text primary key,
    kind text not null,
    due timestamptz not null,
    payload jsonb not null,
    attempts integer not null default 0,
    not_before timestamptz not null default '-infinity'
);
create index timers_due on log.timers (due);

-- The hour of a fair that is played; empty when the clock is the wall's.
create table log.clock (
    only_row boolean primary key default true check (only_row),
    played_at timestamptz not null
);
