-- How far the workshop has heard what a phone at its door uploaded: a version of the phone's stream.
alter table own.devices add column heard_version bigint not null default 0;
create index devices_by_session on own.devices (session_id) where session_id is not null;

-- People whom phones let in though too few seats were free.
alter table read.workshops add column over_capacity integer not null default 0;
