-- Heard from registration: what a text about a fair says, and by which clocks.
create table read.fairs (
    fair_id text primary key,
    name jsonb not null,
    timezone text not null,
    poles jsonb not null
);

-- Heard from scheduling.
create table read.halls (
    fair_id text not null,
    hall_id text not null,
    name jsonb not null,
    primary key (fair_id, hall_id)
);

-- Heard from ticketing: where and when each workshop takes place now.
create table read.workshops (
    session_id uuid primary key,
    fair_id text not null,
    title jsonb not null,
    hall_id text not null,
    starts_at timestamptz not null
);

-- Heard from ticketing: whom to tell of a workshop.  `since` is the version of the stream in which
-- the seat was asked for: who came after a move need not be told of it.
create table read.seats (
    seat_id uuid primary key,
    session_id uuid not null,
    fair_id text not null,
    contact_id uuid not null,
    waited boolean not null,
    since bigint not null
);
create index seats_by_session on read.seats (session_id);
create index seats_by_fair on read.seats (fair_id);

-- Our own streams.  Ids of events sort by time: `told_of` is the event that a message tells of, in
-- whatever service, and `requested_by` our own event that asked for the message.
create table read.messages (
    message_id uuid primary key,
    told_of uuid not null,
    requested_by uuid not null unique,
    fair_id text,
    contact_id uuid not null,
    template text not null,
    arguments jsonb not null,
    correlation_id uuid not null,
    traceparent text,
    status text not null check (status in ('requested', 'sent', 'delivered', 'failed')),
    requested_at timestamptz not null,
    channel text,
    language text,
    segments integer,
    sent_at timestamptz,
    settled_at timestamptz,
    reason text
) with (fillfactor = 70);
create index messages_to_send on read.messages (told_of, requested_by) where status = 'requested';
create index messages_of_contact on read.messages (contact_id, requested_by);
create index messages_of_fair on read.messages (fair_id, requested_by);

-- The copy of registration's contact records, as far as messages need it: no names.
create table own.contacts (
    contact_id uuid primary key,
    phone text not null,
    language text not null,
    second_language text not null,
    channel text not null,
    consent boolean not null,
    revision bigint not null
);

-- Whoever stands here gets no message any more, and no copy of a late record is kept.
create table own.erased_contacts (
    contact_id uuid primary key
);

-- Who is at which message, until when; or what it waits for, and when to look again.
create table own.sending (
    message_id uuid primary key,
    due timestamptz not null,
    attempts integer not null default 0,
    waits_for text
);
create index sending_due on own.sending (due);

-- The pocket phone: every text that was sent, as its reader would see it.
create table own.phone_messages (
    message_id uuid primary key,
    number bigint generated always as identity unique,
    contact_id uuid not null,
    channel text not null,
    language text not null,
    direction text not null check (direction in ('ltr', 'rtl')),
    text text not null,
    at timestamptz not null
);
create index phone_messages_of_contact on own.phone_messages (contact_id, number);
