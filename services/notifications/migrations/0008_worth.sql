-- When that happened of which a message tells, by the clock of the fair: a message is worth telling
-- for some time.  A row of the version before this one counts from when its message was asked for.
-- What has overtaken a message since is not told of in vain.
--
-- `since` is from now on when the fact happened by the clock of the wall: a message is held for a
-- moment, because an earlier fact of another topic may be heard after it.
alter table own.sending
    add column happened_at timestamptz,
    add column superseded boolean not null default false;
alter table own.fanout add column happened_at timestamptz;

-- Thousands that wait for one morning are due at the same moment, and come in their order then.
drop index own.sending_waiting;
create index sending_waiting on own.sending (due, turn, version, message_id)
 where waits_for is not null;
