-- The hours at which the doors open and close are known from a fair's first change on: only then can
-- a session be left outside them.
alter table read.fairs
    add column opens_at time,
    add column closes_at time,
    add column cancelled boolean not null default false;

-- Sessions that are still to be called off with their fair.
create index sessions_standing on read.sessions (fair_id) where not cancelled;
