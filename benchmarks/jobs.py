"""What a caller notices of a job that runs beside the service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

from benchmarks.ground import Ground, Place
from benchmarks.measuring import Line, Measured, at_most, in_turns, percentile, settle, until
from benchmarks.workshops import open_workshops, wishes
from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.jobs.progress import Progress
from chassis.jobs.worker import Worker
from chassis.log.context import CommandContext
from chassis.process.tasks import end
from services.ticketing.app import definition

COUNTING = JobKind("counting", "benchmarks.jobs:count", seconds=600, megabytes=300)


def count(_: object, progress: Progress) -> None:
    """Keep one processor busy until somebody stops it."""
    number = 0
    while True:
        for _ in range(100_000):
            number += 1
        progress(0.5, "counting")


@asynccontextmanager
async def _busy(place: Place) -> AsyncGenerator[None]:
    """A worker whose child computes, for the time of a block."""
    running = asyncio.create_task(Worker("bench", [COUNTING], place.pool).run())
    wish = CommandContext(uuid4(), "organiser:bench")
    job_id = await store.ask(place.pool, COUNTING, "null", wish)

    async def computes() -> bool:
        shown = await store.find(place.pool, job_id, wish.actor)
        return shown["progress"] > 0

    await until(computes)
    try:
        yield
    finally:
        await end(running)
        await store.wish_stop(place.pool, job_id, wish.actor)


async def beside(ground: Ground) -> Measured:
    """One command after another, with a child that computes and without."""
    number = ground.amount(1000, 100)
    async with ground.place(definition()) as place:

        async def idle() -> float:
            async with place.desk() as desk:
                work = wishes(await open_workshops(desk, 1), number)
                settle()
                times: list[float] = []
                for wish in work:
                    began = time.perf_counter()
                    await desk.execute(*wish)
                    times.append(time.perf_counter() - began)
                return percentile(times, 0.99)

        async def busy() -> float:
            async with _busy(place):
                return await idle()

        return await in_turns(ground, busy, idle, unit="ms", scale=1000)


LINES = (
    Line(
        "jobs.beside",
        "one command alone, p99, beside a busy child against an idle one",
        at_most(3),
        beside,
    ),
)
