"""Who is yet to be told of an event that concerns many: one row for each message to request.

A row is deleted once its message stands among those to be sent; until then, a message to the same
contact about a later version of the stream waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg

from chassis.definition.projection import as_json
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Pool, execute_long
from services.notifications.messages.tellings import Template

# A contact that has a seat and waits for another is told of the seat.
BEGIN = """
with told as (
    insert into fanout (stream, version, template, event_id, fair_id, correlation_id, traceparent,
                        contact_id, arguments, happened_at)
    select $1, $2::bigint, $3, $4::uuid, $5, $6::uuid, $7, contact_id,
           $8::jsonb || jsonb_build_object('waited', bool_and(waited)::text), $10::timestamptz
      from seats where session_id = $9::uuid and since < $2 group by contact_id
    on conflict do nothing
    returning fair_id
)
insert into figures as f (fair_id, kind, value, messages)
select fair_id, 'fanout', 'queued', count(*) from told group by fair_id
on conflict (fair_id, kind, value) do update set messages = f.messages + excluded.messages
"""
CLAIM = """
update fanout as f set due = clock_timestamp() + make_interval(secs => $2), attempts = attempts + 1
  from (select contact_id, stream, version, template from fanout where due <= clock_timestamp()
         order by contact_id, stream, version, template limit $1 for update skip locked) as d
 where (f.contact_id, f.stream, f.version, f.template)
     = (d.contact_id, d.stream, d.version, d.template)
returning f.contact_id, f.stream, f.version, f.template, f.event_id, f.fair_id,
          f.arguments::text as arguments, f.correlation_id, f.traceparent, f.happened_at
"""
DONE = """
with gone as (
    delete from fanout as f
     using unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[])
           as d(contact_id, stream, version, template)
     where (f.contact_id, f.stream, f.version, f.template)
         = (d.contact_id, d.stream, d.version, d.template)
    returning f.fair_id
)
insert into figures as f (fair_id, kind, value, messages)
select fair_id, 'fanout', 'queued', -count(*) from gone group by fair_id order by fair_id
on conflict (fair_id, kind, value) do update set messages = f.messages + excluded.messages
"""
# Sooner than the claim of a replica that died lapses.
AGAIN = """
update fanout as f set due = clock_timestamp() + interval '1 second'
  from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[])
       as d(contact_id, stream, version, template)
 where (f.contact_id, f.stream, f.version, f.template)
     = (d.contact_id, d.stream, d.version, d.template)
"""


async def tell_seats(
    pool: Pool, received: ReceivedEvent, template: Template, arguments: Mapping[str, str]
) -> None:
    """Note that the contacts with a seat in a workshop since before an event are told of it.

    All are told the same, and each whether it has a seat or waits for one.
    """
    await execute_long(
        pool,
        BEGIN,
        received.stream,
        received.version,
        template.value,
        received.event_id,
        received.contract.fair_id,
        received.correlation_id,
        received.traceparent,
        as_json(arguments),
        received.contract.session_id,
        received.occurred_at,
    )


async def claim(pool: Pool, limit: int, seconds: float) -> Sequence[asyncpg.Record]:
    """Claim some rows for some seconds."""
    return await pool.fetch(CLAIM, limit, seconds)


async def done(pool: Pool, rows: Sequence[asyncpg.Record]) -> None:
    """Delete rows whose messages were requested."""
    await pool.execute(DONE, *_keys(rows))


async def again(pool: Pool, rows: Sequence[asyncpg.Record]) -> None:
    """Leave rows to the next attempt, in a second."""
    await pool.execute(AGAIN, *_keys(rows))


def _keys(rows: Sequence[asyncpg.Record]) -> list[list[object]]:
    columns = ("contact_id", "stream", "version", "template")
    return [[row[column] for row in rows] for column in columns]
