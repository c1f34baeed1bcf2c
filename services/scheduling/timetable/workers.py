"""The background work of timetables."""

from __future__ import annotations

import asyncio

import structlog

from chassis.definition.runtime import Runtime
from chassis.postgres.database import TROUBLE
from services.scheduling.timetable import rows

log = structlog.get_logger(__name__)

CLEAR_EVERY = 3600.0


async def clear_timetables(runtime: Runtime) -> None:
    """The worker: forget drafts of long ago, for ever."""
    while True:
        try:
            await rows.prune(runtime.pool, runtime.clock.now())
        except TROUBLE as error:
            log.warning("timetables.trouble", error=type(error).__name__)
        await asyncio.sleep(CLEAR_EVERY)
