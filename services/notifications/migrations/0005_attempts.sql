-- A message climbs a ladder of channels, and may be read once it was delivered.
alter table read.messages
    add column rung integer,
    add column attempt_reason text,
    add column read_at timestamptz,
    drop constraint messages_status_check,
    add constraint messages_status_check
        check (status in ('requested', 'sent', 'delivered', 'read', 'failed')) not valid;

-- Whether the message was sent before and goes on to another channel.
alter table own.sending add column again boolean not null default false;
create index sending_again on own.sending (fair_id) where again;

-- Each attempt to hand a message to a network, committed before the network is asked.  The reference
-- is ours and comes back in the network's receipts.  Without an outcome nobody knows what became of
-- it; without `answered_at` the network has not even answered.
create table own.attempts (
    reference uuid primary key,
    message_id uuid not null,
    contact_id uuid not null,
    fair_id text,
    network text not null,
    channel text not null,
    rung integer not null,
    language text not null,
    segments integer not null,
    begun_at timestamptz not null default clock_timestamp(),
    answered_at timestamptz,
    network_id text,
    outcome text check (outcome in ('accepted', 'delivered', 'read', 'failed', 'not_taken')),
    reason text,
    settled_at timestamptz
);
create index attempts_of_message on own.attempts (message_id, begun_at);
create index attempts_by_network_id on own.attempts (network, network_id)
 where network_id is not null;
create index attempts_unanswered on own.attempts (begun_at) where answered_at is null;
create index attempts_of_contact on own.attempts (contact_id);

-- What each network may be given, over all replicas: `free_at` is when the next text has its turn,
-- so many a second after the one before; nothing is sent before `blocked_until`, nor while the state
-- is not `running`.
create table own.channels (
    network text primary key,
    state text not null default 'running' check (state in ('running', 'paused', 'stopped')),
    reason text,
    changed_at timestamptz not null default clock_timestamp(),
    free_at timestamptz not null default '-infinity',
    blocked_until timestamptz not null default '-infinity',
    failures integer not null default 0
);

-- By which attempt a text came, and how often: twice where somebody sent it twice.
alter table own.phone_messages
    add column reference uuid unique,
    add column times integer not null default 1;
