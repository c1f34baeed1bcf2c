-- Phones that were paired for a gate or the door of a workshop.  The code is there until it is used; of
-- the token there is only its hash.
create table own.devices (
    device_id uuid primary key,
    fair_id text not null,
    gate_id text not null,
    session_id uuid,
    label text not null,
    request_hash bytea,
    code text unique,
    code_until timestamptz not null,
    token_hash bytea,
    registered_at timestamptz not null,
    paired_at timestamptz,
    revoked_at timestamptz
);
create index devices_by_fair on own.devices (fair_id, registered_at, device_id);

create table read.gate_rules (
    fair_id text primary key,
    reentry text[] not null,
    inside_limit integer
);

-- What devices uploaded, by their own numbers: the same in whichever order they came.
create table read.scans (
    device_id uuid not null,
    sequence bigint not null,
    fair_id text not null,
    gate_id text not null,
    session_id uuid,
    scan_id uuid not null,
    at timestamptz not null,
    ticket_id uuid,
    direction text not null,
    people integer not null,
    verdict text not null,
    decided text not null,
    overruled boolean not null,
    received_at timestamptz not null,
    moves boolean not null generated always as (verdict in ('let_in', 'let_out')) stored,
    primary key (device_id, sequence)
);
create index scans_by_ticket on read.scans (ticket_id) where moves and session_id is null;
create index scans_by_fair on read.scans (fair_id, at);

-- The numbers that a device gave to more than one scan.
create table read.reused_sequences (
    device_id uuid not null,
    sequence bigint not null,
    fair_id text not null,
    told_at timestamptz not null,
    primary key (device_id, sequence)
);

-- What became of a ticket at gates that have a network, after its first entry, which stands with it.
create table read.passages (
    ticket_id uuid not null,
    version bigint not null,
    fair_id text not null,
    gate_id text not null,
    scan_id uuid not null,
    at timestamptz not null,
    direction text not null,
    people integer not null,
    overruled boolean not null,
    primary key (ticket_id, version)
);
create index passages_by_fair on read.passages (fair_id, at);

-- Of its first entry with a network: null where its whole party came, and where no device scanned it,
-- as in all that an older replica lets in.
alter table read.tickets add column checked_in_people integer;
alter table read.tickets add column checked_in_scan uuid;
-- From all its scans, with a network and without; null while it has no others than that entry.
alter table read.tickets add column inside integer;
alter table read.tickets add column entered integer;
alter table read.tickets add column came integer;
alter table read.tickets add column entered_at timestamptz;
alter table read.tickets add column entered_gate text;
create index tickets_that_came on read.tickets (fair_id, checked_in_at)
    where checked_in_at is not null or inside is not null;

-- Entries that came after another without an exit between, and for more people than the ticket has.
create table read.doubles (
    ticket_id uuid not null,
    second_id uuid not null,
    fair_id text not null,
    second_gate text not null,
    second_at timestamptz not null,
    first_id uuid not null,
    first_gate text not null,
    first_at timestamptz not null,
    primary key (ticket_id, second_id)
);
create index doubles_by_time on read.doubles (fair_id, second_at, second_id);

-- Those of which the team was told.
create table read.double_entries (
    ticket_id uuid not null,
    first_id uuid not null,
    second_id uuid not null,
    found_at timestamptz not null,
    primary key (ticket_id, first_id, second_id)
);
