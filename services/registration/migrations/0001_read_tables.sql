-- Read tables: made from this service's own events alone; `maarid rebuild` makes them again.
create table read.fairs (
    fair_id text primary key,
    edition integer not null,
    name jsonb not null,
    region jsonb not null,
    city jsonb not null,
    venue jsonb not null,
    timezone text not null,
    first_day date not null,
    last_day date not null,
    opens_at time not null,
    closes_at time not null,
    area_m2 integer,
    poles jsonb not null,
    programmes jsonb not null,
    announced_at timestamptz not null,
    call_status text not null default 'not_opened'
        check (call_status in ('not_opened', 'open', 'closed')),
    call_closes_at timestamptz,
    call_closed_because text
);

create table read.organisations (
    organisation_id text primary key,
    kind text not null,
    name jsonb not null,
    province text not null,
    region text not null,
    country text not null,
    women_led boolean not null,
    youth_led boolean not null,
    enrolled_at timestamptz not null
);

-- Who can be reached, without who they are; `added_version` tells the first contact.
create table read.contact_standings (
    contact_id text primary key,
    organisation_id text not null,
    role text not null,
    added_version bigint not null,
    consent boolean not null default false,
    consent_changes bigint not null default 0,
    erased boolean not null default false
);
create index contact_standings_of_organisation on read.contact_standings (organisation_id, contact_id);

create table read.applications (
    application_id text primary key,
    fair_id text not null,
    organisation_id text not null,
    contact_id text,
    participation text not null,
    pole_id text not null,
    products jsonb not null,
    families text[] not null,
    booths integer not null,
    people integer not null,
    needs jsonb not null,
    programmes text[] not null,
    submitted_at timestamptz not null,
    status text not null default 'submitted'
        check (status in ('submitted', 'waitlisted', 'accepted', 'rejected', 'withdrawn')),
    reason text,
    rank integer,
    from_waitlist boolean not null default false,
    decided_at timestamptz
);
create index applications_of_fair on read.applications (fair_id, application_id);
create index applications_of_organisation on read.applications (organisation_id);
