-- Heard from registration: what families of products are called, for what is printed.
create table read.families (
    code text collate "C" primary key,
    name jsonb not null
);
