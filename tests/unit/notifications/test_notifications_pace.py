"""The calls of one process stay apart, also after it stood still."""

from __future__ import annotations

import asyncio
import time

from services.notifications.networks.pace import Pace

RATE, CALLS = 200.0, 330


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for each in times if at <= each < at + 1) for at in times)


async def test_no_second_has_a_tenth_more_than_its_number_even_after_standing_still() -> None:
    pace = Pace(RATE)
    times: list[float] = []

    async def call() -> None:
        await pace.turn()
        times.append(time.monotonic())

    began = time.monotonic()
    calls = [asyncio.create_task(call()) for _ in range(CALLS)]
    await asyncio.sleep(0.1)
    time.sleep(0.3)  # noqa: ASYNC251 - The whole process stands still, as on a busy machine.
    await asyncio.gather(*calls)
    assert most_in_a_second(times) <= RATE * 1.1
    # What was lost is not lost for good, but for the time of standing still itself.
    assert time.monotonic() - began < CALLS / RATE + 0.6
