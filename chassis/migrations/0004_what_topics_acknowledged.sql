-- What Kafka has acknowledged up to the cursor, by partition: the offset behind the last record.  A
-- topic that ends before it has lost what it acknowledged.  `ends_at` is the cursor to which they
-- belong; another one means that somebody moved it who does not know of them.  `losses` counts how
-- often the cursor was set back, so that a relay that slept meanwhile does not move it on.
alter table log.relay
    add column ends jsonb,
    add column ends_at bigint,
    add column losses integer not null default 0;

-- How many partitions each topic of this service had when it was first written to: with another
-- number the records of a stream would lie in two partitions, in no order.
create table log.topics (
    topic text primary key,
    partitions integer not null
);
