-- Who had a dead letter retried or dropped, and when.  Written by the database's owner alone, in the
-- statement that asks for it; the letter itself is gone once the service has done so.
create table log.interventions (
    id bigint generated always as identity primary key,
    letter bigint not null,
    topic text not null,
    kafka_partition integer not null,
    kafka_offset bigint not null,
    stream text,
    version bigint,
    type text,
    reason text not null,
    wish text not null,
    operator text,
    os_user text not null,
    recorded_at timestamptz not null default clock_timestamp()
);
