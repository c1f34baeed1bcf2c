-- Heard from registration: where an organisation is, and whether it turned out to be another.
create table read.organisations (
    organisation_id text collate "C" primary key,
    province text not null,
    region text not null,
    commune text,
    name jsonb not null,
    merged_into text
);
create index organisations_merged on read.organisations (merged_into) where merged_into is not null;

-- What rules of assignment may weigh.  Rows of before are made again from the topic, because this
-- version hears of organisations; what a record leaves out weighs nothing.
alter table read.exhibitors
    add column score integer,
    add column newcomer boolean not null default false,
    add column pioneer boolean not null default false,
    add column commune text,
    add column preferences text[] not null default '{}';

-- The rules by which booths are given at a fair, as they are in force.
create table read.assignment_rules (
    fair_id text collate "C" primary key,
    version integer not null,
    rules jsonb not null,
    published_at timestamptz not null
);

-- The assignments that were adopted, with what is certified of each.
create table read.assignments (
    draft_id text collate "C" primary key,
    fair_id text collate "C" not null,
    adopted_at timestamptz not null,
    moves integer not null,
    certificate jsonb not null
);
create index assignments_of_fair on read.assignments (fair_id, draft_id);

-- How good a place an organisation got at a fair, by the assignment adopted last: the ledger by which
-- later fairs take turns.
create table read.place_values (
    fair_id text collate "C" not null,
    organisation_id text collate "C" not null,
    value integer not null,
    primary key (fair_id, organisation_id)
);
create index place_values_of_organisation on read.place_values (organisation_id);

-- Since when a booth stands ready with its holder: it is not moved.
alter table read.booths add column set_up_at timestamptz;

-- Drafts of assignments: what a run proposes, and what the team makes of it by hand.  No events:
-- nobody is told of a draft.  The id is that of the job that computes it.
create table own.assignment_drafts (
    draft_id uuid primary key,
    fair_id text collate "C" not null,
    created_at timestamptz not null,
    created_by text not null,
    repair boolean not null,
    -- Counts the changes by hand; who changes names the version that they saw.
    version integer not null default 1,
    -- The floor that was seen: revision of the plan, version of the rules, last adopted draft.
    revision integer not null,
    rules_version integer not null,
    adopted_before text,
    -- Everything the run is given: booths, rules, exhibitors as decided on, who holds what.
    given jsonb not null,
    -- Exhibitor -> booths that the team had locked in the draft that this one goes on from.
    kept jsonb not null,
    -- Exhibitor -> booths; none until the run has ended.
    placement jsonb,
    -- Exhibitors whom no change by hand moves, nor a run that goes on from this draft.
    locked text[] not null default '{}',
    -- What the placement breaks and costs as it is now, and what the run says of the best.
    judged jsonb,
    certificate jsonb,
    -- What first fit and draws would have come to, where that was asked for.
    compared jsonb,
    -- Sums of the requests that changed it by their command id, so that a retried one changes nothing.
    commands jsonb not null default '{}'
);
create index assignment_drafts_of_fair on own.assignment_drafts (fair_id, draft_id);

-- Two exhibitors who may change places: one has proposed it, the other agrees or does not.
create table own.swaps (
    swap_id uuid primary key,
    fair_id text collate "C" not null,
    booth_id text not null,
    exhibitor_id text not null,
    organisation_id text not null,
    for_booth_id text not null,
    for_exhibitor_id text not null,
    for_organisation_id text not null,
    proposed_at timestamptz not null,
    request_hash bytea,
    agreed_at timestamptz,
    withdrawn_at timestamptz
);
create index swaps_of_fair on own.swaps (fair_id, swap_id);
