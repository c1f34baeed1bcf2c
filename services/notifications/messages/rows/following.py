"""The dispatcher's view of our own log: the messages to send, in their order, and the figures.

The cursor on the log moves in the transaction that writes both, so each event counts once,
whichever replica or version wrote it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from chassis.log.event_types import EventTypes
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.messages.domain import MessageRequested
from services.notifications.messages.rows.sending import URGENT
from services.notifications.messages.tellings import Template
from services.notifications.messages.turns import Turns

CODE = Template.CODE.value
PAGE = 2000
"""Events that one transaction follows."""

BEHIND = """
select coalesce((select max(position) from log.events), 0) > (select position from followed)
"""
LOCK = "select position from followed for update"
END = "select least(coalesce(max(position), 0), $1::bigint + $2::bigint) from log.events"
REQUESTED = """
select type, data::text as data, coalesce(causation_id, event_id) as told_of from log.events
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
insert into sending (message_id, due, attempts, contact_id, fair_id, turn, stream, version)
select message_id, clock_timestamp(), -1, contact_id, fair_id, turn, stream, version
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bigint[])
       as q(message_id, contact_id, fair_id, turn, stream, version)
on conflict (message_id) do update
   set contact_id = excluded.contact_id, fair_id = excluded.fair_id, turn = excluded.turn,
       stream = excluded.stream, version = excluded.version
"""
# The version of an event tells which one came before it: a message is requested, then perhaps sent,
# then settled.  An answer comes once it was sent or settled, and is no step of its way.
COUNT = """
insert into figures as f (fair_id, kind, value, messages)
select m.fair_id, d.kind, d.value, sum(d.messages)
  from log.events as e
  join messages as m on m.message_id = (e.data ->> 'message_id')::uuid
 cross join lateral (
    select 'status', split_part(split_part(e.type, '.', 1), '_', 2), 1
    union all
    select 'status', case e.version when 2 then 'requested' else 'sent' end, -1
     where e.version > 1
    union all
    select field, e.data ->> field, 1
      from unnest(case e.type when 'message_requested.v1' then array['template']
                              when 'message_sent.v1' then array['language', 'channel']
                              when 'message_failed.v1' then array['reason'] end) as field
 ) as d(kind, value, messages)
 where e.position > $1 and e.position <= $2 and m.fair_id is not null
   and e.type <> 'answer_received.v1'
 group by 1, 2, 3 order by 1, 2, 3
on conflict (fair_id, kind, value) do update set messages = f.messages + excluded.messages
"""
MOVE = "update followed set position = $1"
ADOPT = """
update sending as s set contact_id = m.contact_id, fair_id = m.fair_id, turn = m.told_of
  from messages as m where m.message_id = s.message_id and s.contact_id is null
"""


async def follow(pool: Pool, event_types: EventTypes) -> None:
    """Take up all that the log holds now."""
    while await pool.fetchval(BEHIND):
        async with pool.acquire() as db, db.transaction():
            begin = await db.fetchval(LOCK)
            end = await db.fetchval(END, begin, PAGE)
            if end > begin:
                rows = await db.fetch(REQUESTED, begin, end)
                await _queue(db, rows, [event_types.load(row["type"], row["data"]) for row in rows])
                await db.execute(COUNT, begin, end)
                await db.execute(MOVE, end)


async def adopt(pool: Pool) -> None:
    """Complete the rows of a version that knew neither contact nor turn."""
    await pool.execute(ADOPT)


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
        if event.cause_stream is not None:
            of_stream = turns.setdefault((event.contact_id, event.cause_stream), Turns())
            turn = UUID(int=of_stream.take(event.cause_version, turn.int))
        cause = (event.cause_stream, event.cause_version)
        queued.append((event.message_id, event.contact_id, event.fair_id, turn, *cause))
    await db.execute(QUEUE, *columns(queued))
