-- What a fair and its poles are called, for what is printed.  Of fairs that were announced before,
-- nothing is known until the read tables are made again; then their ids stand there.
alter table read.fairs
    add column name jsonb,
    add column pole_names jsonb not null default '{}';
