"""Works on what networks have told us; any number of replicas may run this."""

from __future__ import annotations

import asyncio

import asyncpg
import structlog

from chassis.definition.runtime import Runtime
from services.notifications.messages.workers.rounds import in_rounds
from services.notifications.networks.network import Reported, Said
from services.notifications.replies import handlers
from services.notifications.replies.rows import inbox

log = structlog.get_logger(__name__)

ROUND = 256
"""Rows that are worked on at once."""
CLAIM_SECONDS = 30
MOST_SECONDS = 600
"""The longest time until a row that failed is worked on again."""


async def read_inbox(runtime: Runtime) -> None:
    """The worker, for ever."""
    await in_rounds(lambda: read_round(runtime), ROUND, "inbox.trouble")


async def read_round(runtime: Runtime) -> int:
    """Work on what is due, side by side; returns how much it was."""
    rows = await inbox.claim(runtime.pool, ROUND, CLAIM_SECONDS)
    if not rows:
        return 0
    worked = await asyncio.gather(*(_work_on(runtime, row) for row in rows))
    if done := [row["number"] for row, is_done in zip(rows, worked, strict=True) if is_done]:
        await inbox.done(runtime.pool, done)
    if left := [row["number"] for row, is_done in zip(rows, worked, strict=True) if not is_done]:
        await inbox.again(runtime.pool, left, MOST_SECONDS)
    return len(rows)


async def _work_on(runtime: Runtime, row: asyncpg.Record) -> bool:
    """Whether all is done for a row."""
    try:
        match inbox.told_in(row):
            case Reported() as reported:
                await handlers.take_reported(runtime, row["network"], reported, row["age"])
            case Said() as said:
                await handlers.take_said(runtime, row["network"], said)
    except handlers.TooEarly:
        return False
    except Exception as error:  # noqa: BLE001
        # One row must not stop the others.  The class alone is logged: what an error says may
        # repeat a number or a text.
        log.error("inbox.failed", network=row["network"], error=type(error).__name__)
        return False
    return True
