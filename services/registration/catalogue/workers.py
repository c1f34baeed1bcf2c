"""Keeps the index of products behind the log."""

from __future__ import annotations

import asyncio

import structlog

from chassis.definition.runtime import Runtime
from chassis.postgres.database import TROUBLE, Pool
from services.registration.catalogue import rows

log = structlog.get_logger(__name__)

POLL = 0.3
"""Seconds between two looks for what changed."""
PAUSE = 2.0
"""Seconds after trouble."""


async def index_catalogue(runtime: Runtime) -> None:
    """The worker: index for ever, in every replica; they share what is to be done."""
    while True:
        try:
            if await rows.is_behind(runtime.pool):
                await index(runtime.pool)
            await asyncio.sleep(POLL)
        except TROUBLE as error:
            log.warning("catalogue.not_indexed", error=type(error).__name__)
            await asyncio.sleep(PAUSE)


async def index(pool: Pool) -> None:
    """Follow the log as far as it goes, and index what is due."""
    followed = rows.FOLLOWED
    while followed == rows.FOLLOWED:
        async with pool.acquire() as db, db.transaction():
            followed = await rows.follow(db)
    due = rows.INDEXED
    while due == rows.INDEXED:
        async with pool.acquire() as db, db.transaction():
            due = await rows.index_due(db)
