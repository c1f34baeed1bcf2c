-- Why a fair was called off; null while it is to take place.
alter table read.fairs add column cancelled_because text;
