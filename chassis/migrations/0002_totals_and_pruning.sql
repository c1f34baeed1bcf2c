-- The marks of each topic added up, for /status: adding up a million of them takes too long.
-- Each slot is a row of its own, so that replicas that hear at once need not wait for each other.
create table log.heard_totals (
    topic text not null,
    slot integer not null,
    applied bigint not null,
    reacted bigint not null,
    primary key (topic, slot)
) with (fillfactor = 50);

-- Consumers wait until what is there is added up: half a second for a million streams.
lock table log.heard in share row exclusive mode;
insert into log.heard_totals (topic, slot, applied, reacted)
select topic, 0, sum(version), sum(reacted) from log.heard group by topic;

create function log.add_heard() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
begin
    insert into log.heard_totals as t (topic, slot, applied, reacted)
    select topic, pg_backend_pid() % 16, sum(version), sum(reacted) from added group by topic
    on conflict (topic, slot) do update
       set applied = t.applied + excluded.applied, reacted = t.reacted + excluded.reacted;
    return null;
end
$$;
create function log.subtract_heard() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
begin
    insert into log.heard_totals as t (topic, slot, applied, reacted)
    select topic, pg_backend_pid() % 16, -sum(version), -sum(reacted) from removed group by topic
    on conflict (topic, slot) do update
       set applied = t.applied + excluded.applied, reacted = t.reacted + excluded.reacted;
    return null;
end
$$;
create function log.change_heard() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
begin
    insert into log.heard_totals as t (topic, slot, applied, reacted)
    select topic, pg_backend_pid() % 16, sum(version), sum(reacted)
      from (select topic, version, reacted from added
            union all select topic, -version, -reacted from removed) as both_sides
     group by topic having sum(version) <> 0 or sum(reacted) <> 0
    on conflict (topic, slot) do update
       set applied = t.applied + excluded.applied, reacted = t.reacted + excluded.reacted;
    return null;
end
$$;
create trigger heard_added after insert on log.heard
referencing new table as added for each statement execute function log.add_heard();
create trigger heard_removed after delete on log.heard
referencing old table as removed for each statement execute function log.subtract_heard();
create trigger heard_changed after update on log.heard
referencing old table as removed new table as added
for each statement execute function log.change_heard();

-- Deletes outcomes that nobody needs any more from some pages of the table, which is read from end
-- to end now and then: an index on their age would cost every command.  Returns the page to go on
-- with, 0 at the end.  A request under its key is answered from its outcome for 30 days.  What
-- policies did is guarded by the marks as well, unless some events are projected and not reacted
-- to, as behind a dead letter: then their outcomes stay.
create function log.prune_outcomes(from_page bigint, pages integer,
                                   out next_page bigint, out pruned bigint)
language plpgsql security definer set search_path = log, pg_temp
as $$
declare
    requests_until constant timestamptz := clock_timestamp() - interval '30 days';
    others_until timestamptz := requests_until;
    block_size constant bigint := current_setting('block_size');
begin
    if exists (select from log.heard_totals group by topic having sum(applied) <> sum(reacted)) then
        others_until := '-infinity';
    end if;
    delete from log.outcomes
     where ctid >= format('(%s,0)', from_page)::tid
       and ctid < format('(%s,0)', from_page + pages)::tid
       and recorded_at < case when request_hash is null then others_until else requests_until end;
    get diagnostics pruned = row_count;
    next_page := from_page + pages;
    if next_page >= pg_relation_size('log.outcomes') / block_size then
        next_page := 0;
    end if;
end
$$;
revoke all on function log.add_heard, log.subtract_heard, log.change_heard, log.prune_outcomes
  from public;
