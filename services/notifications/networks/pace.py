"""Keeps the calls of one process apart, also where it stood still for a moment."""

from __future__ import annotations

import asyncio

FASTER = 1.05
"""Turns that were given are used a little faster than they are given, so that what a moment of
standing still has cost is made up for."""
BURST_SECONDS = 0.04


class Pace:
    """Lets calls of a network go one by one, so that no second has a tenth more than its number.

    The turns of a network are taken from the database some time before they are used.  A process
    that stands still in between would use all that it holds at once.
    """

    def __init__(self, rate: float) -> None:
        self._step = 1 / (rate * FASTER)
        self._free_at = 0.0
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Returns when the next call may be made."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            await asyncio.sleep(max(self._free_at - clock(), 0))
            self._free_at = max(self._free_at, clock() - BURST_SECONDS) + self._step
