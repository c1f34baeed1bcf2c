-- What networks have told us and nobody has worked on yet: a receipt, or what a person wrote.
-- A row is deleted when its work is done.
create table own.inbox (
    number bigint generated always as identity primary key,
    network text not null,
    network_id text not null,
    reference uuid,
    short integer,
    outcome text check (outcome in ('accepted', 'delivered', 'read', 'failed')),
    reason text,
    phone text,
    text text,
    answers text,
    received_at timestamptz not null default clock_timestamp(),
    due timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    check ((outcome is null) = (phone is not null and text is not null))
) with (fillfactor = 70);
create index inbox_due on own.inbox (due, number);
create index inbox_phone on own.inbox (phone) where phone is not null;

-- What contacts wrote or pressed.  `answer_id` is made of the network's id of it, so that the same
-- again is the same; a number that several contacts share has a row for each of them.  A row that
-- is `open` waits for somebody at the desk.
create table own.answers (
    answer_id uuid not null,
    contact_id uuid not null,
    message_id uuid,
    network text not null,
    meaning text not null check (meaning in ('accept', 'decline', 'call_me', 'stop', 'unclear')),
    state text not null check (state in ('open', 'done')),
    reason text,
    text text not null,
    at timestamptz not null,
    primary key (answer_id, contact_id)
);
create index answers_of_contact on own.answers (contact_id);
create index answers_open on own.answers (at) where state = 'open';

-- Those who share a phone.
create index contacts_by_phone on own.contacts (phone);

-- Our own streams: the messages that were answered, and the contacts that want no more of them.
-- Consent that was given anew, after that, is heard from registration.
create table read.answered (
    message_id uuid primary key
);
create table read.opt_outs (
    contact_id uuid primary key,
    opted_out_at timestamptz not null,
    consented_at timestamptz
);
insert into read.answered (message_id)
select distinct (data ->> 'message_id')::uuid from log.events where type = 'answer_received.v1';

-- Which replica speaks for an account with an SMSC, until when.
create table own.leases (
    account text primary key,
    holder uuid not null,
    until timestamptz not null
);
