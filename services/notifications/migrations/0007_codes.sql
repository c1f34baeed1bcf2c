-- The codes that were asked for.  A code itself is kept nowhere.  `phone` stands here for as long as
-- the code may be used; `number` and `prefix` are keyed hashes of it, `address` one of the caller's,
-- and limits count by them for a day.  Of a code that was refused neither number nor hash is kept.
create table own.codes (
    code_id uuid primary key,
    at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    granted boolean not null,
    phone text,
    language text not null,
    fair_id text,
    number bytea,
    prefix bytea,
    address bytea not null,
    cost_mad numeric not null,
    tries uuid[] not null default '{}',
    right_by uuid
);
create index codes_in_time on own.codes (at);
create index codes_with_numbers on own.codes (phone) where phone is not null;
