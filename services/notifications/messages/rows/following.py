"""The dispatcher's view of our own log: the messages to send, in their order, and the figures.

The cursor on the log moves in the transaction that writes both, so each event counts once,
whichever replica or version wrote it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from chassis.log.event_types import EventTypes
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.messages.domain import MessageRequested
from services.notifications.messages.rows.sending import URGENT, bulk_turn
from services.notifications.messages.tellings import Template
from services.notifications.messages.turns import Turns
from services.notifications.messages.worth import worth_of

CODE, CAMPAIGN = Template.CODE.value, Template.CAMPAIGN.value
PAGE = 2000
"""Events that one transaction follows."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

BEHIND = """
select coalesce((select max(position) from log.events), 0) > (select position from followed)
"""
LOCK = "select position from followed for update"
END = "select least(coalesce(max(position), 0), $1::bigint + $2::bigint) from log.events"
REQUESTED = """
select type, data::text as data, coalesce(causation_id, event_id) as told_of, occurred_at
  from log.events
 where position > $1 and position <= $2 and type = 'message_requested.v1' order by position
"""
NEIGHBOURS = """
select n.contact_id, n.stream, s.version, s.turn
  from unnest($1::uuid[], $2::text[], $3::bigint[]) as n(contact_id, stream, version)
 cross join lateral (
    (select version, turn from sending where contact_id = n.contact_id and stream = n.stream
        and version < n.version order by version desc limit 1)
    union all
    (select version, turn from sending where contact_id = n.contact_id and stream = n.stream
        and version >= n.version order by version limit 1)) as s
 where s.turn is not null
"""
# The first attempt counts as none, hence -1.
QUEUE = """
insert into sending (message_id, due, attempts, contact_id, fair_id, turn, stream, version,
                     happened_at, since, campaign_id)
select message_id, clock_timestamp(), -1, contact_id, fair_id, turn, stream, version, happened_at,
       least(since, clock_timestamp()), campaign_id
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bigint[],
              $7::timestamptz[], $8::timestamptz[], $9::uuid[])
       as q(message_id, contact_id, fair_id, turn, stream, version, happened_at, since,
            campaign_id)
on conflict (message_id) do update
   set contact_id = excluded.contact_id, fair_id = excluded.fair_id, turn = excluded.turn,
       stream = excluded.stream, version = excluded.version, happened_at = excluded.happened_at
"""
# A message that has failed on one rung goes on to the next, unless it was settled or has gone on
# meanwhile, or its sender is still at it.  It was told of long ago, so it keeps no other one back
# and is not kept back itself.
AGAIN = """
insert into sending (message_id, due, attempts, contact_id, fair_id, turn, again, since,
                     campaign_id)
select distinct m.message_id, clock_timestamp(), -1, m.contact_id, m.fair_id,
       case when c.id is null then m.told_of
            else ('ffffffff' || left(replace(m.told_of::text, '-', ''), 24))::uuid end,
       m.status = 'sent', '-infinity'::timestamptz, c.id
  from log.events as e join messages as m on m.message_id = (e.data ->> 'message_id')::uuid
 cross join lateral (
    select case when m.template = 'campaign' and not m.arguments ? 'preview'
                then (m.arguments ->> 'campaign_id')::uuid end as id) as c
 where e.position > $1 and e.position <= $2 and e.type = 'message_attempt_failed.v1'
   and m.status in ('requested', 'sent') and coalesce(m.rung, 0) <= (e.data ->> 'rung')::integer
on conflict (message_id) do nothing
"""
# Neither an answer, a call nor an attempt that failed changes the status; the event before any
# other says which one it had.  A language is counted once a message, a channel each time it was
# used.  What a text cost was written down with its attempt, in ten-thousandths of a dirham.
COUNT = """
insert into figures as f (fair_id, kind, value, messages)
select m.fair_id, d.kind, d.value, sum(d.messages)
  from log.events as e
  join messages as m on m.message_id = (e.data ->> 'message_id')::uuid
  left join lateral (
    select b.type from log.events as b
     where b.stream = e.stream and b.version < e.version
       and b.type not in ('answer_received.v1', 'message_attempt_failed.v1', 'call_noted.v1')
     order by b.version desc limit 1) as before on e.version > 1
 cross join lateral (
    select 'status', split_part(split_part(t.type, '.', 1), '_', 2), t.one
      from (values (e.type, 1), (before.type, -1)) as t(type, one)
     where t.type is not null
       and e.type not in ('message_attempt_failed.v1', 'answer_received.v1')
    union all
    select field, e.data ->> field, 1
      from unnest(case e.type when 'message_requested.v1' then array['template']
                              when 'message_sent.v1' then array['channel']
                              when 'message_failed.v1' then array['reason'] end) as field
    union all
    select 'language', e.data ->> 'language', 1
     where e.type = 'message_sent.v1' and before.type = 'message_requested.v1'
    union all
    select 'segments', e.data ->> 'channel', (e.data ->> 'segments')::integer
     where e.type = 'message_sent.v1'
    union all
    select 'fell_back', e.data ->> 'channel', 1
     where e.type = 'message_sent.v1' and (e.data ->> 'rung')::integer > 1
    union all
    select 'attempt_reason', e.data ->> 'reason', 1 where e.type = 'message_attempt_failed.v1'
    union all
    select 'answer', e.data ->> 'answer', 1 where e.type = 'answer_received.v1'
    union all
    select 'cost', a.channel, round(10000 * a.cost_mad)::bigint
      from (select channel, cost_mad from attempts as t
             where t.message_id = m.message_id and t.rung = (e.data ->> 'rung')::integer
             order by t.begun_at desc limit 1) as a
     where e.type = 'message_sent.v1' and a.cost_mad > 0
 ) as d(kind, value, messages)
 where e.position > $1 and e.position <= $2 and m.fair_id is not null
   and e.type <> 'call_noted.v1'
 group by 1, 2, 3 order by 1, 2, 3
on conflict (fair_id, kind, value) do update set messages = f.messages + excluded.messages
"""
# A call by telephone may have settled what waited to be known.
SETTLED_BY_CALL = """
delete from sending as s
 using log.events as e
 where e.position > $1 and e.position <= $2 and e.type = 'call_noted.v1'
   and e.data ->> 'outcome' = 'reached' and s.message_id = (e.data ->> 'message_id')::uuid
   and s.waits_for = 'unknown'
"""
MOVE = "update followed set position = $1"
ADOPT = """
update sending as s set contact_id = m.contact_id, fair_id = m.fair_id, turn = m.told_of
  from messages as m where m.message_id = s.message_id and s.contact_id is null
"""

# A version that knows no rungs, and may run beside this one, has sent by the first.
FIRST_RUNG = "update messages set rung = 1 where rung is null and sent_at is not null"


async def follow(pool: Pool, event_types: EventTypes) -> None:
    """Take up all that the log holds now."""
    while await pool.fetchval(BEHIND):
        async with pool.acquire() as db, db.transaction():
            begin = await db.fetchval(LOCK)
            end = await db.fetchval(END, begin, PAGE)
            if end > begin:
                rows = await db.fetch(REQUESTED, begin, end)
                await _queue(db, rows, [event_types.load(row["type"], row["data"]) for row in rows])
                await db.execute(AGAIN, begin, end)
                await db.execute(COUNT, begin, end)
                await db.execute(SETTLED_BY_CALL, begin, end)
                await db.execute(FIRST_RUNG)
                await db.execute(MOVE, end)


async def adopt(pool: Pool) -> None:
    """Complete the rows of versions that knew neither contact nor turn, or no rungs."""
    await pool.execute(ADOPT)
    await pool.execute(FIRST_RUNG)


async def _queue(
    db: Connection, rows: Sequence[asyncpg.Record], events: Sequence[MessageRequested]
) -> None:
    """Add messages to those that are to be sent, each with its turn."""
    if not rows:
        return
    placed = [(e.contact_id, e.cause_stream, e.cause_version) for e in events if e.cause_stream]
    taken: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in await db.fetch(NEIGHBOURS, *columns(placed)) if placed else ():
        key = (str(row["contact_id"]), row["stream"])
        taken[key].append((row["version"], row["turn"].int))
    turns = {key: Turns(found) for key, found in taken.items()}
    queued: list[tuple[object, ...]] = []
    for event, row in zip(events, rows, strict=True):
        turn: UUID = URGENT if event.template == CODE else row["told_of"]
        campaign = None
        if event.template == CAMPAIGN and "preview" not in event.arguments:
            campaign, turn = event.arguments["campaign_id"], bulk_turn(turn)
        if event.cause_stream is not None:
            of_stream = turns.setdefault((event.contact_id, event.cause_stream), Turns())
            turn = UUID(int=of_stream.take(event.cause_version, turn.int))
        cause = (event.cause_stream, event.cause_version)
        times = (event.cause_at or row["occurred_at"], _held_since(event.template, row["told_of"]))
        whose = (event.message_id, event.contact_id, event.fair_id)
        queued.append((*whose, turn, *cause, *times, campaign))
    await db.execute(QUEUE, *columns(queued))


def _held_since(template: str, told_of: UUID) -> datetime:
    """From when a message is held: when that happened which it tells of, by the wall's clock.

    A message that no other fact may have to precede is not held.  Neither is one that tells of no
    event: its id is no time.
    """
    if told_of.version != 7 or not worth_of(template).follows_others:
        return LONG_AGO
    return LONG_AGO + timedelta(milliseconds=told_of.int >> 80)
