-- On whom the assignment of a fair that was adopted last was decided: who came or went since has none.
-- Of what was adopted before this table nothing stands here, and no repair of it is offered.
create table read.decided_on (
    fair_id text collate "C" not null,
    exhibitor_id text collate "C" not null,
    draft_id text not null,
    primary key (fair_id, exhibitor_id)
);

-- For whom a repair is offered, in a draft that nobody asked for: {"came": [], "went": []}.
alter table own.assignment_drafts add column offered jsonb;

-- The repair of a fair that was offered last: for whom, and on which floor.  It outlives its draft,
-- so that what the team throws away is not offered again.
create table own.repair_offers (
    fair_id text collate "C" primary key,
    offered_at timestamptz not null,
    adopted text not null,
    came text[] not null,
    went text[] not null,
    -- A sum over the plan, the rules, and who holds what.
    floor text not null,
    -- None where nobody was left to be placed.
    draft_id uuid
);
