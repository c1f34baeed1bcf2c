-- Ids are compared byte by byte, so that pages follow each other in the same order everywhere.

-- Heard from registration: when and where a fair takes place, and its poles.
create table read.fairs (
    fair_id text collate "C" primary key,
    timezone text not null,
    first_day date not null,
    last_day date not null,
    area_m2 integer,
    poles text[] not null
);

-- Heard from registration: who takes part and what they need.
create table read.exhibitors (
    exhibitor_id text collate "C" primary key,
    fair_id text collate "C" not null,
    organisation_id text not null,
    contact_id text,
    partner boolean not null,
    pole_id text not null,
    booths integer not null,
    families text[] not null,
    electricity boolean not null,
    water boolean not null,
    corner boolean not null,
    step_free boolean not null,
    min_area_m2 double precision not null,
    programmes text[] not null,
    withdrawn boolean not null default false
);
create index exhibitors_by_fair on read.exhibitors (fair_id, exhibitor_id);
create index exhibitors_withdrawn on read.exhibitors (fair_id, exhibitor_id) where withdrawn;

create table read.floor_plans (
    fair_id text collate "C" primary key,
    revision integer not null,
    published_at timestamptz not null
);

-- The plan in force, with the holder of each booth, and why this one.
create table read.booths (
    fair_id text collate "C" not null,
    booth_id text collate "C" not null,
    pole_id text not null,
    x_m double precision not null,
    y_m double precision not null,
    width_m double precision not null,
    depth_m double precision not null,
    electricity boolean not null,
    water boolean not null,
    corner boolean not null,
    step_free boolean not null,
    institutional boolean not null,
    exhibitor_id text collate "C",
    organisation_id text,
    method text,
    reasons text[],
    assigned_at timestamptz,
    primary key (fair_id, booth_id)
);
create index booths_by_holder on read.booths (fair_id, exhibitor_id);

create table read.halls (
    fair_id text collate "C" not null,
    hall_id text collate "C" not null,
    name jsonb not null,
    capacity integer not null,
    primary key (fair_id, hall_id)
);

-- `sort_key` is the start in UTC and then the id: pages of the programme follow the day.
create table read.sessions (
    session_id text collate "C" primary key,
    fair_id text collate "C" not null,
    sort_key text collate "C" not null,
    kind text not null,
    title jsonb not null,
    topic_code text not null,
    hall_id text not null,
    speakers text[] not null,
    language text not null,
    audience text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    seats integer,
    cancelled boolean not null default false,
    last_change text
);
create index sessions_by_time on read.sessions (fair_id, sort_key);
