"""Forgets the numbers to which codes were sent."""

from __future__ import annotations

import asyncio

import structlog

from chassis.definition.runtime import Runtime
from chassis.postgres.database import RACE, TROUBLE
from services.notifications.codes import rows

log = structlog.get_logger(__name__)

LOOK_SECONDS = 20.0


async def forget_codes(runtime: Runtime) -> None:
    """Forget what is over, for ever; each replica looks for itself."""
    while True:
        try:
            await rows.forget_ended(runtime.pool)
        except (*TROUBLE, *RACE) as error:
            log.warning("codes.trouble", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
