"""Requests the messages of events that concern many, so that the consumer need not wait for them.

A policy writes the recipients in one statement, and its consumer goes on.  Any replica then
requests the messages in pages.  The ids of commands come from the event and the contact, so a
message that is requested twice is the same message.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid5

import asyncpg
import orjson
import structlog
from opentelemetry.trace import SpanKind

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import RACE, TROUBLE
from chassis.process.trace import continued
from services.notifications.messages.handlers import follow_log, request_message
from services.notifications.messages.rows import fanout
from services.notifications.messages.rows.sending import wake_followers
from services.notifications.messages.tellings import Template, requesting
from services.notifications.messages.workers.rounds import in_rounds

log = structlog.get_logger(__name__)

PAGE = 500
"""Messages that are requested at once: as many as the desk takes in one round."""
CLAIM_SECONDS = 30


async def request_many(runtime: Runtime) -> None:
    """The worker: requests the messages of events that concern many."""
    await in_rounds(lambda: request_page(runtime), PAGE, "fanout.trouble")


async def request_page(runtime: Runtime) -> int:
    """Claim some rows and request their messages; returns how many were claimed."""
    pool = runtime.pool
    rows = await fanout.claim(pool, PAGE, CLAIM_SECONDS)
    if not rows:
        return 0
    outcomes = await asyncio.gather(*(_request(runtime, row) for row in rows))
    tried = list(zip(rows, outcomes, strict=True))
    requested = [row for row, was_requested in tried if was_requested]
    if left := [row for row, was_requested in tried if not was_requested]:
        await fanout.again(pool, left)
    # Before the rows are deleted, for they keep back the messages that must come later.
    await follow_log(pool)
    await fanout.done(pool, requested)
    await wake_followers(pool, {row["contact_id"] for row in requested})
    return len(rows)


async def _request(runtime: Runtime, row: asyncpg.Record) -> bool:
    """Returns whether the message was requested."""
    cause: UUID = row["event_id"]
    contact_id = str(row["contact_id"])
    arguments = orjson.loads(row["arguments"])
    command = requesting(cause, Template(row["template"]), row["fair_id"], contact_id, arguments)
    placed = replace(
        command,
        cause_stream=row["stream"],
        cause_version=row["version"],
        cause_at=row["happened_at"],
    )
    context = CommandContext(
        command_id=uuid5(cause, f"tell:{contact_id}"),
        actor="policy:tell",
        correlation_id=row["correlation_id"],
        causation_id=cause,
    )
    try:
        with continued(f"tell {row['template']}", row["traceparent"], SpanKind.CONSUMER):
            await request_message(runtime, context, placed)
    except (Busy, Unavailable, *TROUBLE, *RACE) as error:
        log.warning("fanout.trouble", error=type(error).__name__)
        return False
    except Exception:
        # One message must not stop the others.
        log.exception("fanout.failed", template=row["template"])
        return False
    return True
