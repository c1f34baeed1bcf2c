-- Heard from registration: who exhibits, with how many people.
create table read.stands (
    exhibitor_id uuid primary key,
    fair_id text not null,
    organisation_id uuid not null,
    people integer not null
);
create index stands_of_organisation on read.stands (organisation_id, fair_id);

-- When people of an exhibitor are in workshops, by seat or place on the waiting list.  A row goes when
-- its time is given back.  `request_id` is the command that asks for the seat.
create table read.duty (
    seat_id uuid primary key,
    fair_id text not null,
    organisation_id uuid not null,
    session_id uuid not null,
    request_id uuid not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    places integer not null
);
create index duty_of_organisation on read.duty (organisation_id, fair_id);
create index duty_by_end on read.duty (ends_at);

-- Exhibitors whose stand nobody would attend from a moment on.
create table read.duty_broken (
    fair_id text not null,
    organisation_id uuid not null,
    at timestamptz not null,
    sessions text[] not null,
    places integer not null,
    people integer not null,
    since timestamptz not null,
    primary key (fair_id, organisation_id)
);
