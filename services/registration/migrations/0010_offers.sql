-- Places given back that were offered to the waiting list: events that there were none of before, so
-- the tables are complete as they begin.
create table read.offers (
    offer_id text primary key,
    fair_id text not null,
    application_id text not null,
    organisation_id text not null,
    contact_id text,
    pole_id text not null,
    booths integer not null,
    hours integer not null,
    offered_at timestamptz not null,
    began_at timestamptz,
    lapses_at timestamptz,
    told_by text,
    ended text check (ended in ('accepted', 'declined', 'lapsed', 'withdrawn')),
    reason text,
    ended_at timestamptz
);
create index offers_of_fair on read.offers (fair_id, offered_at, offer_id);
create index offers_of_fair_by_id on read.offers (fair_id, offer_id);
create index offers_standing on read.offers (application_id) where ended is null;

-- What became of the message that tells of an offer, as notifications says it.
create table read.offer_messages (
    offer_id text primary key,
    message_id text not null,
    status text not null check (status in ('requested', 'delivered', 'failed')),
    reason text,
    at timestamptz not null
);
