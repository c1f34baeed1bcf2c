-- Rules of workshops, groups, offers, and who came.  What the version before writes goes on to fit:
-- a row of its is a seat for one, without an offer.  `status` stays `waitlisted` while a seat is
-- offered; `offered_until` says so, because that version knows no other status.
alter table read.workshops
    add column opens_at timestamptz,
    add column held integer,
    add column held_until timestamptz,
    add column offer_minutes integer,
    add column no_show_minutes integer,
    add column seats_offered integer not null default 0,
    add column offers integer not null default 0,
    add column offers_taken integer not null default 0,
    add column offers_lapsed integer not null default 0,
    add column no_shows integer not null default 0,
    add column attended integer not null default 0,
    add column walk_ins integer not null default 0;
alter table read.seats
    add column places integer not null default 1,
    add column offered_until timestamptz,
    add column attended_at timestamptz;

-- Heard from registration: exhibitors of a fair whom a programme supports.
create table read.supported (
    exhibitor_id uuid primary key,
    fair_id text not null,
    organisation_id uuid not null
);
create index supported_by_organisation on read.supported (organisation_id, fair_id);
