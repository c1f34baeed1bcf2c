"""The background work of stand duty."""

from __future__ import annotations

import asyncio
import time

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from services.ticketing.duty import read
from services.ticketing.duty.handlers import settle_claim

LOOK_SECONDS = 1.0
LAPSE_SECONDS = 15.0
"""So long a claim may wait for its seat to be asked for: longer than any caller waits."""


async def settle_claims(runtime: Runtime) -> None:
    """Let claims follow what became of their seats and workshops, for ever.

    Whatever released a seat or moved a workshop, and whoever died meanwhile, the tables say what is
    so.  How long a claim has waited is counted here, by no clock that may be set.
    """
    waiting: dict[str, float] = {}
    while True:
        waiting = await look(runtime, waiting, time.monotonic())
        await asyncio.sleep(LOOK_SECONDS)


async def look(runtime: Runtime, waiting: dict[str, float], now: float) -> dict[str, float]:
    """Settle what there is to settle; returns the claims whose seats are awaited, since when."""
    still: dict[str, float] = {}
    for claim in await read.unsettled(runtime.pool, runtime.clock.now()):
        seat_id = claim["seat_id"]
        since = waiting.get(seat_id, now)
        if claim["found"] == "unasked" and now - since < LAPSE_SECONDS:
            still[seat_id] = since
            continue
        # Any id will do: what is settled already writes nothing.
        context = CommandContext(uuid7(), actor="policy:settle_claims")
        await settle_claim(runtime, context, claim)
    return still
