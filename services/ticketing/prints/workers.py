"""The worker of prints: keeps a press as long as the service runs."""

from __future__ import annotations

import asyncio

from chassis.definition.runtime import Runtime
from services.ticketing.prints.handlers.press import close_press, open_press

LOOK_SECONDS = 5.0


async def keep_press(runtime: Runtime) -> None:
    """The worker: opens the press, and ends its child when there is nothing to print."""
    press = open_press(runtime)
    try:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await press.rest()
    finally:
        await close_press(runtime)
