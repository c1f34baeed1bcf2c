"""What goes on beside the requests about lists: imports, and what is kept no longer."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import structlog

from chassis.definition.runtime import Runtime
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import TROUBLE
from services.registration.duplicates.rows import catch_up
from services.registration.intakes.handlers import import_row
from services.registration.intakes.rows import PATIENCE, comparing, files, imports
from services.registration.intakes.rows.imports import Import

log = structlog.get_logger(__name__)

POLL = 0.5
IN_FLIGHT = 100
"""Rows that are imported at a time."""
LEASE = 8.0
"""Seconds after which an import may be taken over whose replica is silent."""
CLEAR_EVERY = 60.0


async def import_lists(runtime: Runtime) -> None:
    """The worker: import for ever, in every replica; a list is imported by one of them."""
    while True:
        try:
            while await import_one(runtime):
                pass
        except (Busy, Unavailable, *TROUBLE) as error:
            log.warning("intakes.trouble", error=type(error).__name__)
        await asyncio.sleep(POLL)


async def import_one(runtime: Runtime) -> bool:
    """Import a list that was asked for; False where there is none."""
    holder = uuid4()
    job = await imports.claim(runtime.pool, holder, LEASE)
    if job is None:
        return False
    await catch_up(runtime.pool, PATIENCE)
    while await imports.renew(runtime.pool, job.intake_id, holder, LEASE):
        if not await _portion(runtime, job):
            await imports.end_import(runtime.pool, job.intake_id, holder, runtime.clock.now())
            log.info("intakes.imported", intake=str(job.intake_id), fair=job.fair_id)
            break
    return True


async def _portion(runtime: Runtime, job: Import) -> int:
    """Import the next rows, all at a time; returns how many there were."""
    rows = await imports.open_rows(runtime.pool, job.intake_id, IN_FLIGHT)
    # What is known may have changed since the list was read.
    named = await comparing.named_by(runtime.pool, rows)
    done = await asyncio.gather(
        *(import_row(runtime, job, row, named.get(row["number"], set())) for row in rows),
        return_exceptions=True,
    )
    for error in done:
        if error is not None:
            raise error
    return len(rows)


async def clear_lists(runtime: Runtime) -> None:
    """The worker: delete what has been kept for long enough, for ever."""
    while True:
        try:
            await files.clear(runtime.pool, runtime.clock.now())
        except TROUBLE as error:
            log.warning("intakes.trouble", error=type(error).__name__)
        await asyncio.sleep(CLEAR_EVERY)
