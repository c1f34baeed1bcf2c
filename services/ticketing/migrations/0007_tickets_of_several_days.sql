-- Null where `day` is the only one, as in all tickets that an older replica gives out.
alter table read.tickets add column last_day date;
alter table read.tickets add column issue smallint not null default 1;
alter table read.tickets add column revoked_at timestamptz;
alter table read.tickets add column revoked_for text;

-- The letters that are typed, as a number (contracts/tickets/README.md).  Made here, so that what an
-- older replica writes has it as well.
alter table read.tickets add column short_code bigint not null generated always as (
    mod(
        ('x' || encode(substring(sha256(
            'maarid-ticket-short-1'::bytea || '\x00'::bytea
            || uuid_send(ticket_id) || set_byte('\x00'::bytea, 0, issue)
        ) from 1 for 4), 'hex'))::bit(32)::bigint::numeric * 4294967296
        + ('x' || encode(substring(sha256(
            'maarid-ticket-short-1'::bytea || '\x00'::bytea
            || uuid_send(ticket_id) || set_byte('\x00'::bytea, 0, issue)
        ) from 5 for 4), 'hex'))::bit(32)::bigint::numeric,
        110075314176
    )::bigint
) stored;
create index tickets_by_short_code on read.tickets (fair_id, short_code);

-- A ticket of several days is counted in `tickets` and `people` on its first day alone, so that their
-- sums count nobody twice; who may come on its other days stands beside.
alter table read.expected add column later_tickets bigint not null default 0;
alter table read.expected add column later_people bigint not null default 0;
