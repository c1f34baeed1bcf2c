-- Product families: events that there were none of before, so the table is complete as it begins.
create table read.families (
    code text primary key,
    name jsonb not null,
    craft text not null,
    dusty boolean not null,
    parent text
);
create index families_by_craft on read.families (craft, code);
create index families_by_parent on read.families (parent, code);

-- What is searched for products: made from the read tables, behind the log, by a worker
-- (docs/decisions/the-catalogue-is-indexed-behind-the-log.md).
create table own.catalogue_products (
    item text collate "C" primary key, -- exhibitor and number: `0192f5c4-…/003`
    exhibitor_id text not null,
    fair_id text not null,
    organisation_id text not null,
    province text not null,
    family text not null,
    name jsonb not null,
    origin jsonb,
    names text[] not null, -- terms of the name and the origin
    words text[] not null  -- these, and the terms of the family, the organisation and its province
);
-- Not compressed: it is read for every product that is found.
alter table own.catalogue_products
    alter column names set storage external, alter column words set storage external;
create index catalogue_products_of_exhibitor on own.catalogue_products (exhibitor_id);
create index catalogue_products_of_fair on own.catalogue_products (fair_id, item);
create index catalogue_products_of_family on own.catalogue_products (family, item);
create index catalogue_products_of_province on own.catalogue_products (province, item);
create index catalogue_products_by_words on own.catalogue_products
    using gin (array_to_tsvector(words)) with (fastupdate = off);

-- Exhibitors whose products are to be indexed anew.
create table own.catalogue_due (exhibitor_id text primary key);

-- How far the log was followed, and by which version of the spelling all was indexed; at first all
-- that is there already is due.
create table own.catalogue_index (
    only_row boolean primary key default true check (only_row),
    position bigint not null,
    spelling integer not null
);
insert into own.catalogue_index (position, spelling)
select coalesce(max(position), 0), 0 from log.events;
