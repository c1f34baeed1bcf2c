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
