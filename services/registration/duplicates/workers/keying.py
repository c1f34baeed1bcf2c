"""Keeps the keys of organisations behind the log."""

from __future__ import annotations

import asyncio

import structlog

from chassis.definition.runtime import Runtime
from chassis.postgres.database import TROUBLE
from services.registration.duplicates.rows import FOLLOWED, follow

log = structlog.get_logger(__name__)

POLL = 1.0
"""Seconds between two looks for organisations that are new or corrected."""


async def key_organisations(runtime: Runtime) -> None:
    """The worker: follow for ever."""
    while True:
        behind = False
        try:
            behind = await follow(runtime.pool) == FOLLOWED
        except TROUBLE as error:
            log.warning("duplicates.trouble", error=type(error).__name__)
        await asyncio.sleep(0 if behind else POLL)
