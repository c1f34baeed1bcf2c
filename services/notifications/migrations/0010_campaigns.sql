-- Who exhibits where, and what its organisation is: by what campaigns choose their contacts.
create table read.exhibitors (
    exhibitor_id uuid primary key,
    fair_id text not null,
    organisation_id uuid not null,
    contact_id uuid,
    pole_id text not null,
    families text[] not null,
    programmes text[] not null
);
create index exhibitors_of_fair on read.exhibitors (fair_id, pole_id);
create table read.organisations (
    organisation_id uuid primary key,
    kind text not null,
    province text not null,
    name jsonb not null,
    merged_into uuid
);
create table read.booth_holders (
    fair_id text not null,
    booth_id text not null,
    exhibitor_id uuid not null,
    primary key (exhibitor_id, fair_id, booth_id)
);

-- Our own streams.
create table read.campaigns (
    campaign_id uuid primary key,
    drafted_by uuid not null unique,
    fair_id text not null,
    code text not null,
    segment jsonb not null,
    languages text[] not null,
    text_hash text not null,
    until timestamptz,
    state text not null
        check (state in ('drafted', 'running', 'paused', 'stopped', 'finished')),
    drafted_at timestamptz not null,
    started_at timestamptz,
    started_by uuid,
    ended_at timestamptz,
    correlation_id uuid not null
);
create index campaigns_of_fair on read.campaigns (fair_id, drafted_by);
create index campaigns_running on read.campaigns (campaign_id) where state = 'running';

-- What the team has written, by language.
create table own.campaign_texts (
    campaign_id uuid primary key,
    texts jsonb not null,
    written_at timestamptz not null default clock_timestamp()
);

-- For each campaign that was started one row, which who chooses or takes recipients holds; `chosen`
-- is how many there are, once they stand below.
create table own.campaign_work (
    campaign_id uuid primary key,
    chosen integer
);

-- Who is yet to be asked for, with an exhibitor's organisation; a row is deleted once its message
-- stands among those to be sent.
create table own.campaign_recipients (
    campaign_id uuid not null,
    contact_id uuid not null,
    organisation_id uuid,
    due timestamptz not null default '-infinity',
    primary key (campaign_id, contact_id)
) with (fillfactor = 50);
create index campaign_recipients_due on own.campaign_recipients (campaign_id, due);
create index campaign_recipients_of_contact on own.campaign_recipients (contact_id);

-- How often somebody had a campaign sent to their own phone.
create table own.campaign_previews (
    message_id uuid primary key,
    campaign_id uuid not null,
    actor text not null,
    at timestamptz not null default clock_timestamp()
);
create index campaign_previews_in_time on own.campaign_previews (actor, at);

-- The messages of a campaign that are yet to be handed over.  The version before this one leaves
-- the column empty: such a message is one of a campaign all the same, but is not counted as open.
alter table own.sending add column campaign_id uuid;
create index sending_of_campaign on own.sending (campaign_id) where campaign_id is not null;
create index messages_of_campaign on read.messages ((arguments ->> 'campaign_id'), status)
 where template = 'campaign';
