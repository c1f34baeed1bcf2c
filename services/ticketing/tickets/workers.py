"""Tickets that let more people in than they are for are told of, soon after scans show it."""

from __future__ import annotations

import asyncio

from chassis.definition.runtime import Runtime
from services.ticketing.gates import read as gates
from services.ticketing.tickets import handlers

LOOK_SECONDS = 2.0
AT_ONCE = 100


async def find_double_entries(runtime: Runtime) -> None:
    """Look for double entries of which nobody was told, for ever; each replica looks for itself."""
    while True:
        if not await tell(runtime):
            await asyncio.sleep(LOOK_SECONDS)


async def tell(runtime: Runtime) -> int:
    """Tell of some; returns of how many."""
    found = await gates.untold(runtime.pool, AT_ONCE)
    await asyncio.gather(*(handlers.note_double_entry(runtime, each) for each in found))
    return len(found)
