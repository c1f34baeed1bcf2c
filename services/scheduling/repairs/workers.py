"""The background work of repairs that are offered."""

from __future__ import annotations

import asyncio

import structlog

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.postgres.database import TROUBLE
from services.scheduling.repairs import handlers, rows
from services.scheduling.repairs.rows import Need

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0


async def offer_repairs(runtime: Runtime) -> None:
    """Offer a repair where somebody came late or went since an assignment was adopted, for ever.

    A look at the tables and no policy: events that are heard anew start nothing, one that became a
    dead letter or fell into the instant of an adoption is not missed, and of twenty withdrawals in
    a row the last state alone counts.
    """
    before: dict[str, Need] = {}
    while True:
        try:
            before = await handlers.offer_where_needed(runtime, before)
            await rows.prune(runtime.pool, runtime.clock.now())
        except (*TROUBLE, Refused) as error:
            log.warning("repairs.trouble", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
