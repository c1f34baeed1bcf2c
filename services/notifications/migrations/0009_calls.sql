-- Our own streams: the messages that reached nobody and are to be told by telephone, and the calls
-- that the team has made.  `failed_at` is null where a message did not fail.  What was not to be
-- told in the first place is not here.
create table read.calls (
    message_id uuid primary key,
    fair_id text not null,
    requested_at timestamptz not null,
    failed_at timestamptz,
    reason text,
    calls integer not null default 0,
    called_at timestamptz,
    outcome text,
    closed boolean not null default false
);
create index calls_to_make on read.calls (fair_id, requested_at, message_id)
 where failed_at is not null and not closed;
insert into read.calls (message_id, fair_id, requested_at, failed_at, reason)
select message_id, fair_id, requested_at, settled_at, reason from read.messages
 where status = 'failed' and fair_id is not null and template <> 'code'
   and reason not in ('no_consent', 'opted_out', 'contact_erased', 'too_late', 'superseded');

-- What somebody of the team wrote down about a call.
create table own.call_notes (
    note_id uuid primary key,
    message_id uuid not null,
    contact_id uuid not null,
    outcome text not null,
    note text not null,
    at timestamptz not null
);
create index call_notes_of_message on own.call_notes (message_id, at);
create index call_notes_of_contact on own.call_notes (contact_id);

-- The messages about which a contact has asked for a call, and those of which nobody knows whether
-- they were taken, and which are not sent again.
create index answers_asking_for_calls on own.answers (message_id)
 where state = 'open' and meaning = 'call_me';
create index sending_unknown on own.sending (fair_id)
 where waits_for = 'unknown' and due = 'infinity';

-- What the network asks for an attempt, in dirhams; null where the version before made it.
alter table own.attempts add column cost_mad numeric;
