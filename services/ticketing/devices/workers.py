"""What phones at doors let in is told to workshops also where its upload ended with a crash."""

from __future__ import annotations

import asyncio

from chassis.definition.runtime import Runtime
from services.ticketing.devices.handlers import doors

LOOK_SECONDS = 2.0


async def hear_doors(runtime: Runtime) -> None:
    """Look for what was not told, for ever; each replica looks for itself."""
    while True:
        await doors.tell(runtime)
        await asyncio.sleep(LOOK_SECONDS)
