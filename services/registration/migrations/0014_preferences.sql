-- What an application would like of its booth; those of before said nothing of it.
alter table read.applications add column preferences text[] not null default '{}';
