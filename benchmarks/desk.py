"""The desk against the `eventsourcing` library, and one command alone against one INSERT."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from uuid import uuid4

import asyncpg

from benchmarks import library
from benchmarks.ground import Ground, Place
from benchmarks.measuring import (
    Line,
    Measured,
    at_least,
    at_most,
    in_turns,
    percentile,
    rate_of,
    settle,
)
from benchmarks.workshops import CAPACITY, Wish, open_workshops, soon, wishes
from services.ticketing.app import definition

CALLERS = 64
HOT, MANY = 85, 12
"""Bounds of the two lines, at the lower end of their spread: on a machine that is shared they move
by a fifth within an hour, both sides together or not (docs/benchmarks.md)."""


async def hot_stream(ground: Ground) -> Measured:
    """Everybody wants a seat in the same workshop."""
    return await _against_library(ground, streams=1, ours=30_000, theirs=400)


async def many_streams(ground: Ground) -> Measured:
    """The same wishes, spread over 300 workshops."""
    return await _against_library(ground, streams=300, ours=30_000, theirs=3_000)


async def _against_library(ground: Ground, *, streams: int, ours: int, theirs: int) -> Measured:
    async with ground.place(definition()) as place:

        async def desk() -> float:
            return await on_streams(place, streams, ground.amount(ours, 500))

        async def eventsourcing() -> float:
            return await _library(ground, streams, ground.amount(theirs, 64), CALLERS)

        measured = await in_turns(ground, desk, eventsourcing, unit="decisions/s")
        # Said as well, for whoever would keep callers from meeting in the library at all.
        alone = await _library(ground, streams, ground.amount(theirs, 64), 1)
        figures = {**measured.figures, "callers": CALLERS, "theirs_one_caller": round(alone)}
        return replace(measured, figures=figures)


async def on_streams(place: Place, streams: int, count: int) -> float:
    """Decisions a second of ticketing's desk, on so many streams."""
    async with place.desk() as desk:
        work = wishes(await open_workshops(desk, streams), count)

        async def reserve(wish: Wish) -> None:
            await desk.execute(*wish)

        return await rate_of(work, CALLERS, reserve)


async def _library(ground: Ground, streams: int, count: int, callers: int) -> float:
    owner_dsn, _, _ = await ground.database("eventsourcing")
    seats = [(str(uuid4()), str(uuid4())) for _ in range(count)]
    settle()
    with library.application(owner_dsn, callers, cached=True) as app:
        workshops = [app.open(CAPACITY, soon()) for _ in range(streams)]
        return await asyncio.to_thread(library.rate, app, workshops, seats, callers)


async def alone_p50(ground: Ground) -> Measured:
    """One caller on an idle system waits for the disk as a bare INSERT does, and little more."""
    count = ground.amount(400, 50)
    async with ground.place(definition()) as place:
        owner = await asyncpg.connect(place.owner_dsn)
        await owner.execute("create table public.bare (id uuid primary key, data jsonb not null)")

        async def desk() -> float:
            async with place.desk() as running:
                work = wishes(await open_workshops(running, 1), count)
                settle()
                times: list[float] = []
                for wish in work:
                    began = time.perf_counter()
                    await running.execute(*wish)
                    times.append(time.perf_counter() - began)
                return percentile(times, 0.5)

        async def insert() -> float:
            data = '{"fair_id": "bench-2030", "session_id": "0", "seat_id": "0"}'
            settle()
            times: list[float] = []
            for _ in range(count):
                began = time.perf_counter()
                await owner.execute("insert into public.bare values ($1, $2)", uuid4(), data)
                times.append(time.perf_counter() - began)
            return percentile(times, 0.5)

        try:
            return await in_turns(ground, desk, insert, unit="ms", scale=1000)
        finally:
            await owner.close()


LINES = (
    Line(
        "desk.hot_stream",
        "decisions on one stream, 64 callers, against the eventsourcing library",
        at_least(HOT),
        hot_stream,
    ),
    Line(
        "desk.many_streams",
        "decisions on 300 streams, 64 callers, against the eventsourcing library",
        at_least(MANY),
        many_streams,
    ),
    Line(
        "desk.alone_p50",
        "one command alone, p50, against one committed INSERT",
        at_most(7),
        alone_p50,
    ),
)
