"""How a worker goes on: round after round, for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chassis.postgres.database import RACE, TROUBLE
from chassis.process.tasks import woken

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.1
BUSY_SECONDS = 0.02
"""Where there was something to do there soon is more of it, and somebody may wait for it."""


async def in_rounds(
    take: Callable[[], Awaitable[int]], full: int, trouble: str, wake: asyncio.Event | None = None
) -> None:
    """Take what there is to do, for ever; there is a pause where it was less than a full round.

    `trouble` is the name under which trouble of the infrastructure is logged.  `wake` ends a pause
    early, as where somebody waits for a code.
    """
    wake = wake or asyncio.Event()
    while True:
        taken = 0
        try:
            taken = await take()
        except (*TROUBLE, *RACE) as error:
            log.warning(trouble, error=type(error).__name__)
            await asyncio.sleep(1)
        if taken < full:
            await asyncio.sleep(BUSY_SECONDS)
        if not taken:
            await woken(wake, POLL_SECONDS - BUSY_SECONDS)
