"""Telling many people of one event, without keeping anybody waiting who hears the next one.

A policy writes down whom to tell, in one statement, and its consumer goes on.  Any replica then
asks for the messages in pages.  A row is deleted once its message stands among those to be sent;
until then, what tells the same contact of a later version of the stream waits.  The ids of commands
come from the event and the contact, so whatever is asked for twice is the same message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid5

import asyncpg
import orjson
import structlog
from opentelemetry.trace import SpanKind

from chassis.database import RACE, TROUBLE, execute_long
from chassis.desk import Busy, Unavailable
from chassis.heard import Heard
from chassis.intent import Intent
from chassis.runtime import Runtime
from chassis.trace import continued
from services.notifications.domain.message import RequestMessage, stream_of
from services.notifications.domain.template import Template
from services.notifications.following import follow
from services.notifications.translate import message_id_of
from services.notifications.waiting import wake_followers

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.1
PAGE = 500
"""Messages that are asked for at once: as many as the desk takes in one round."""
CLAIM_SECONDS = 30

BEGIN = """
with told as (
    insert into fanout (stream, version, template, event_id, fair_id, correlation_id, traceparent,
                        contact_id, arguments)
    select $1, $2::bigint, $3, $4::uuid, $5, $6::uuid, $7, r.contact_id, r.arguments
      from ({recipients}) as r
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
          f.arguments::text as arguments, f.correlation_id, f.traceparent
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
# Sooner than the claim of somebody who died lapses.
AGAIN = """
update fanout as f set due = clock_timestamp() + interval '1 second'
  from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[])
       as d(contact_id, stream, version, template)
 where (f.contact_id, f.stream, f.version, f.template)
     = (d.contact_id, d.stream, d.version, d.template)
"""


async def tell_all(
    runtime: Runtime,
    heard: Heard,
    template: Template,
    fair_id: str,
    recipients: str,
    *values: object,
) -> None:
    """Tell of an event everybody whom a query finds now: rows of `contact_id` and `arguments`
    (jsonb), a contact once.  The values are the query's parameters, from $8 on."""
    await execute_long(
        runtime.pool,
        BEGIN.format(recipients=recipients),
        heard.stream,
        heard.version,
        template.value,
        heard.event_id,
        fair_id,
        heard.correlation_id,
        heard.traceparent,
        *values,
    )


async def run(runtime: Runtime) -> None:
    """Ask for messages, for ever."""
    while True:
        asked = 0
        try:
            asked = await ask_page(runtime)
        except (*TROUBLE, *RACE) as error:
            log.warning("fanout.trouble", error=type(error).__name__)
            await asyncio.sleep(1)
        if asked < PAGE:
            await asyncio.sleep(POLL_SECONDS)


async def ask_page(runtime: Runtime) -> int:
    """Claim some rows and ask for their messages; returns how many were claimed."""
    pool = runtime.pool
    rows = await pool.fetch(CLAIM, PAGE, CLAIM_SECONDS)
    if not rows:
        return 0
    asked = await asyncio.gather(*(_ask(runtime, row) for row in rows))
    done = [row for row, was_asked in zip(rows, asked, strict=True) if was_asked]
    if left := [row for row, was_asked in zip(rows, asked, strict=True) if not was_asked]:
        await pool.execute(AGAIN, *_keys(left))
    # Before the rows are deleted, for it is they that keep back what must come later.
    await follow(pool)
    await pool.execute(DONE, *_keys(done))
    await wake_followers(pool, {row["contact_id"] for row in done})
    return len(rows)


async def _ask(runtime: Runtime, row: asyncpg.Record) -> bool:
    """Returns whether the message was asked for."""
    cause: UUID = row["event_id"]
    contact_id = str(row["contact_id"])
    message_id = message_id_of(cause, Template(row["template"]), contact_id)
    command = RequestMessage(
        message_id,
        row["fair_id"],
        contact_id,
        row["template"],
        orjson.loads(row["arguments"]),
        row["stream"],
        row["version"],
    )
    intent = Intent(
        command_id=uuid5(cause, f"tell:{contact_id}"),
        actor="policy:tell",
        correlation_id=row["correlation_id"],
        causation_id=cause,
    )
    try:
        with continued(f"tell {row['template']}", row["traceparent"], SpanKind.CONSUMER):
            await runtime.desk.execute(stream_of(message_id), command, intent)
    except (Busy, Unavailable, *TROUBLE, *RACE) as error:
        log.warning("fanout.trouble", error=type(error).__name__)
        return False
    except Exception:
        # One message must not stop the others.
        log.exception("fanout.failed", template=row["template"])
        return False
    return True


def _keys(rows: Sequence[asyncpg.Record]) -> list[list[object]]:
    columns = ("contact_id", "stream", "version", "template")
    return [[row[column] for row in rows] for column in columns]
