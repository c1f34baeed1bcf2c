-- Services ask twice a second which dead letters somebody wished something for.
create index dead_letters_wished on log.dead_letters (topic, id) where wish is not null;

-- A record of a compacted topic replaces the letters of its key.  By hash, because a key that
-- somebody else wrote may be longer than an ordered index takes.
create index dead_letters_of_key on log.dead_letters using hash (key) where stream is null;
