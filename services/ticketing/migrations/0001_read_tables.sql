-- Heard from registration: when and where a fair takes place.
create table read.fairs (
    fair_id text primary key,
    timezone text not null,
    first_day date not null,
    last_day date not null
);

-- Heard from registration: whose contact somebody is, so that an exhibitor acts for its own only.
create table read.contacts (
    contact_id uuid primary key,
    organisation_id uuid not null
);

-- The counters change with every seat; room on the page keeps those updates off the indexes.
create table read.workshops (
    session_id uuid primary key,
    fair_id text not null,
    title_ar text not null,
    title_fr text not null,
    title_zgh text,
    title_en text,
    hall_id text not null,
    capacity integer not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    cancelled boolean not null default false,
    seats_reserved integer not null default 0,
    seats_waitlisted integer not null default 0
) with (fillfactor = 50);
create index workshops_by_time on read.workshops (fair_id, starts_at, session_id);

-- `arrived` is the version of the stream in which a seat was first asked for: who came first.
create table read.seats (
    seat_id uuid primary key,
    session_id uuid not null,
    attendee_id uuid not null,
    contact_id uuid,
    status text not null check (status in ('reserved', 'waitlisted', 'released')),
    reason text,
    arrived bigint not null,
    changed_at timestamptz not null
);
create index seats_by_arrival on read.seats (session_id, arrived);

create table read.tickets (
    ticket_id uuid primary key,
    fair_id text not null,
    kind text not null,
    day date not null,
    party integer not null,
    province text,
    issued_at timestamptz not null,
    gate_id text,
    checked_in_at timestamptz
);

-- Tickets given out, and the people whom they let in.
create table read.expected (
    fair_id text not null,
    day date not null,
    tickets bigint not null,
    people bigint not null,
    primary key (fair_id, day)
);

-- People who came in; the province is empty where it was not said.
create table read.arrivals (
    fair_id text not null,
    day date not null,
    gate_id text not null,
    province text not null,
    tickets bigint not null,
    people bigint not null,
    primary key (fair_id, day, gate_id, province)
);
