"""Making the read tables again, against only reading the log that they are made from."""

from __future__ import annotations

import time

import asyncpg

from benchmarks.ground import Ground, Place
from benchmarks.measuring import Line, Measured, at_least, in_turns, settle
from benchmarks.workshops import fill
from chassis.kafka.topics import make_topics
from chassis.log.events import COLUMNS
from chassis.replaying.rebuild import rebuild
from services.ticketing.app import definition


async def throughput(ground: Ground) -> Measured:
    """Ticketing's tables from position 0."""
    await make_topics(ground.bootstrap)
    async with ground.place(definition()) as place:
        await fill(place, streams=100, count=ground.amount(30_000, 500))

        async def ours() -> float:
            settle()
            began = time.perf_counter()
            events = await rebuild(place.definition, place.owner_dsn, place.role, ground.bootstrap)
            return events / (time.perf_counter() - began)

        async def reading() -> float:
            return await _read(place)

        return await in_turns(ground, ours, reading, unit="events/s")


async def _read(place: Place) -> float:
    settle()
    began = time.perf_counter()
    db = await asyncpg.connect(place.owner_dsn)
    try:
        position = 0
        while rows := await db.fetch(
            f"select {COLUMNS} from log.events where position > $1 order by position limit 2000",
            position,
        ):
            position = rows[-1]["position"]
        return position / (time.perf_counter() - began)
    finally:
        await db.close()


LINES = (
    Line(
        "rebuild.throughput",
        "read tables from position 0, against reading the same log bare",
        at_least(0.08),
        throughput,
    ),
)
