"""Works on what networks have told us; any number of replicas may run this."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
import structlog

from chassis.definition.runtime import Runtime
from chassis.postgres.database import RACE, TROUBLE
from chassis.process.tasks import run_together
from services.notifications.messages.workers.rounds import in_rounds
from services.notifications.replies import handlers
from services.notifications.replies.rows import inbox

log = structlog.get_logger(__name__)

ROUND = 500
"""Rows that are worked on at once: what the desk takes in one of its rounds."""
AT_ONCE = 2
"""Rounds at once: while the database works on one, the other is decided."""
CLAIM_SECONDS = 30
MOST_SECONDS = 600
"""The longest time until a row that failed is worked on again."""


async def read_inbox(runtime: Runtime) -> None:
    """The worker, for ever."""
    await run_together(
        *(in_rounds(lambda: read_round(runtime), ROUND, "inbox.trouble") for _ in range(AT_ONCE))
    )


async def read_round(runtime: Runtime) -> int:
    """Work on what is due: on all receipts together, and on what persons say side by side; returns
    how much it was."""
    rows = await inbox.claim(runtime.pool, ROUND, CLAIM_SECONDS)
    if not rows:
        return 0
    said = [row for row in rows if row["outcome"] is None]
    reported = [row for row in rows if row["outcome"] is not None]
    told, answered = await asyncio.gather(
        _take_reported(runtime, reported),
        asyncio.gather(*(_take_said(runtime, row) for row in said)),
    )
    done: list[int] = []
    left: list[int] = []
    for row, error in zip((*reported, *said), (*told, *answered), strict=True):
        (left if error is not None else done).append(row["number"])
        if error is not None and not isinstance(error, handlers.TooEarly):
            # The class alone is logged: what an error says may repeat a number or a text.
            log.error("inbox.failed", network=row["network"], error=type(error).__name__)
    if done:
        await inbox.done(runtime.pool, done)
    if left:
        await inbox.again(runtime.pool, left, MOST_SECONDS)
    return len(rows)


async def _take_reported(
    runtime: Runtime, rows: Sequence[asyncpg.Record]
) -> Sequence[BaseException | None]:
    """What kept each receipt from being recorded."""
    if not rows:
        return []
    try:
        return await handlers.take_reported(
            runtime, [(row["network"], inbox.receipt_in(row), row["age"]) for row in rows]
        )
    except (*TROUBLE, *RACE) as error:
        return [error] * len(rows)


async def _take_said(runtime: Runtime, row: asyncpg.Record) -> BaseException | None:
    """What kept an answer from being taken: one row must not stop the others."""
    try:
        await handlers.take_said(runtime, row["network"], inbox.answer_in(row))
    except Exception as error:  # noqa: BLE001
        return error
    return None
