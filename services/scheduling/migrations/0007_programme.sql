-- What sessions have to keep, as it was last published, and the programme as a whole.  Times stand in
-- the lists as instants.
create table read.programmes (
    fair_id text collate "C" primary key,
    rules_revision integer not null default 0,
    hours jsonb not null default '[]',
    breaks jsonb not null default '[]',
    halls jsonb not null default '[]',
    speakers jsonb not null default '[]',
    version integer not null default 0,
    published_at timestamptz,
    draft_id text,
    scheduled integer,
    rescheduled integer,
    cancelled integer,
    points integer,
    objective integer,
    bound integer,
    seed integer,
    solver text
);

-- Sessions of before require nothing and silence nobody: nobody could say so.
alter table read.sessions
    add column requires text[] not null default '{}',
    add column silences text not null default 'nowhere';

-- Drafts of timetables: no events, for every event is public and becomes messages.
-- `given` is what is to be placed, `places` where, `computed` what a run said of them, `conflict` why there was none.
create table own.timetables (
    draft_id uuid primary key,
    fair_id text collate "C" not null,
    created_at timestamptz not null,
    request_hash bytea not null,
    -- Grows with every change, so that none is overwritten unseen.
    revision integer not null default 1,
    given jsonb not null,
    places jsonb not null default '{}',
    -- Sessions that a run does not move.
    locked text[] not null default '{}',
    computed jsonb,
    conflict jsonb,
    published_version integer
);
create index timetables_of_fair on own.timetables (fair_id, draft_id);
