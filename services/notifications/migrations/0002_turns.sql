-- Messages to send stand in own.sending from the moment in which they were asked for: the sender
-- follows the log, and finds what is due in here alone.
--
-- `turn` and `version` are the order in which a contact reads: by the event that a message tells
-- of, and within a stream by the stream's version, whatever the clocks say.  A row of the version
-- before this one has no contact and no turn until the sender adopts it.
alter table own.sending
    add column contact_id uuid,
    add column fair_id text,
    add column turn uuid,
    add column stream text,
    add column version bigint not null default 0,
    add column since timestamptz not null default clock_timestamp();
drop index own.sending_due;
create index sending_turn on own.sending (turn, version, message_id) where waits_for is null;
create index sending_waiting on own.sending (due) where waits_for is not null;
create index sending_of_contact on own.sending (contact_id, turn, version, message_id);
create index sending_of_fair on own.sending (fair_id, waits_for);

-- How far our own log has been followed.
create table own.followed (
    only_row boolean primary key default true check (only_row),
    position bigint not null
);

-- The messages about a fair, counted by status, template, language, channel and reason of failure,
-- and those that are yet to be asked for.
create table own.figures (
    fair_id text not null,
    kind text not null,
    value text not null,
    messages bigint not null,
    primary key (fair_id, kind, value)
) with (fillfactor = 50);

-- Whom to tell of an event that concerns many: a row is deleted once its message was asked for.
create table own.fanout (
    contact_id uuid not null,
    stream text not null,
    version bigint not null,
    template text not null,
    event_id uuid not null,
    fair_id text not null,
    arguments jsonb not null,
    correlation_id uuid not null,
    traceparent text,
    due timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    primary key (contact_id, stream, version, template)
) with (fillfactor = 50);

-- Those to tell of a workshop's move, a contact once.
create index seats_of_contacts on read.seats (session_id, contact_id);

-- What was asked for until now.  One statement, so that it sees the log and its tables as of one
-- moment, for an older version may still be at work.
with followed as (
    insert into own.followed (position) select coalesce(max(position), 0) from log.events
), counted as (
    insert into own.figures (fair_id, kind, value, messages)
    select m.fair_id, d.kind, d.value, count(*)
      from read.messages as m
     cross join lateral (values ('status', m.status), ('template', m.template),
                                ('language', m.language), ('channel', m.channel),
                                ('reason', m.reason)) as d(kind, value)
     where m.fair_id is not null and d.value is not null
     group by 1, 2, 3
)
insert into own.sending (message_id, due, attempts, contact_id, fair_id, turn)
select message_id, clock_timestamp(), -1, contact_id, fair_id, told_of
  from read.messages where status = 'requested'
on conflict (message_id) do update
   set contact_id = excluded.contact_id, fair_id = excluded.fair_id, turn = excluded.turn;
