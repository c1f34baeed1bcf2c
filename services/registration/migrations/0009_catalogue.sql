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
