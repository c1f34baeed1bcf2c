alter table read.fairs add column cancelled boolean not null default false;
