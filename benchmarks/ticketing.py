"""Bookings as callers meet them: over HTTP, from another process, over many connections.

What a booking is compared with stands in `benchmarks/bare.py`.  The team books: what an exhibitor
books is looked at once more, whose contact it is, and costs more than what is measured here.
"""

from __future__ import annotations

import asyncio
import signal
import statistics
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from benchmarks.ground import Ground
from benchmarks.load import Load, Wanted, load
from benchmarks.measuring import Line, Measured, at_least, at_most, percentile, until
from benchmarks.workshops import open_workshops
from chassis.postgres.clock import Clock
from chassis.postgres.database import open_pool
from cli.launch import END, System, free_port, system
from servers.process import ServerProcess
from services.ticketing.app import definition

CROWDS = (64, 500)
"""Connections that are open at once."""
WORKSHOPS = 20
TEAM = 20
RUSH, SEATS = 500, 50
RUSH_SECONDS = 1.0
RUSH_RATIO = 2.5


@dataclass(frozen=True)
class Counters:
    """Both places where a seat can be booked, and who books."""

    running: System
    bare: int
    tokens: Sequence[str]

    @property
    def ours(self) -> int:
        return self.running.ports["ticketing"]

    async def open(self, count: int, capacity: int) -> list[str]:
        """Workshops with so many seats each; returns their session ids."""
        dsn = self.running.addresses.service_dsn["ticketing"]
        pool = await open_pool(dsn, name="benchmarks")
        desk = definition().desk(pool, Clock(simulated=False))
        await desk.start()
        try:
            return await open_workshops(desk, count, capacity)
        finally:
            await desk.stop()
            await pool.close()

    def wanted(self, sessions: Sequence[str], count: int) -> list[Wanted]:
        """Seats in the workshops in turn, each for somebody else and under a key of its own."""
        tokens = cycle(self.tokens)
        return [
            Wanted(
                f"/workshops/{session}/seats",
                next(tokens),
                str(uuid4()),
                {"attendee_id": str(uuid4()), "contact_id": str(uuid4()), "wait": False},
            )
            for session in islice(cycle(sessions), count)
        ]


@asynccontextmanager
async def counters() -> AsyncGenerator[Counters]:
    """The whole system, and the bare route beside it on the same PostgreSQL."""
    async with AsyncExitStack() as cleanup:
        home = Path(cleanup.enter_context(TemporaryDirectory(prefix="maarid-bench-")))
        running = await cleanup.enter_async_context(system(home, simulated=False))
        port = await cleanup.enter_async_context(bare_route(running, home, "ticketing"))
        tokens = [running.token("organiser") for _ in range(TEAM)]
        yield Counters(running, port, tokens)


@asynccontextmanager
async def bare_route(running: System, home: Path, service: str) -> AsyncGenerator[int]:
    """The port of the bare route, which writes to the database of a service."""
    port = free_port()
    bare = ServerProcess("bare", home, (sys.executable, "benchmarks.bare"))
    environment = running.environment(service) | {
        "BARE_DSN": running.addresses.owner_dsn[service],
        "BARE_PORT": str(port),
    }
    bare.start(
        [sys.executable, "-m", "benchmarks.bare"],
        environment=environment,
        on_parent_death=signal.SIGTERM,
    )
    try:
        await until(lambda: listens(port))
        yield port
    finally:
        await bare.stop(END)


async def listens(port: int) -> bool:
    """Whether anybody answers at a port of this machine."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def booking_http(ground: Ground) -> Measured:
    """Bookings a second with every connection asking again as soon as it is answered."""
    figures: dict[str, Any] = {"unit": "bookings/s"}
    ratios: dict[int, float] = {}
    async with counters() as both:
        sessions = await both.open(WORKSHOPS, 1_000_000)
        for crowd in CROWDS:
            count = ground.amount(5000, crowd)
            await _booked(both, both.ours, crowd, sessions, ground.amount(1000, crowd))
            await _booked(both, both.bare, crowd, sessions, ground.amount(1000, crowd))
            pairs: list[tuple[float, float]] = []
            for _ in range(ground.turns):
                theirs = await _booked(both, both.bare, crowd, sessions, count)
                pairs.append((await _booked(both, both.ours, crowd, sessions, count), theirs))
            each = [ours / theirs for ours, theirs in pairs]
            ratios[crowd] = statistics.median(each)
            figures[f"at_{crowd}"] = {
                "ours": round(statistics.median(ours for ours, _ in pairs)),
                "theirs": round(statistics.median(theirs for _, theirs in pairs)),
                "ratios": [round(ratio, 4) for ratio in each],
            }
    worst = min(ratios, key=lambda crowd: ratios[crowd])
    figures |= figures[f"at_{worst}"]
    said = f"{figures['ours']:,} bookings/s : {figures['theirs']:,} bookings/s"
    return Measured(ratios[worst], f"{said}, {worst} connections", figures)


async def _booked(
    both: Counters, port: int, crowd: int, sessions: Sequence[str], count: int
) -> float:
    answered = await load(port, crowd, both.wanted(sessions, count))
    if answered.statuses != {201: count}:
        raise RuntimeError(f"not all were booked: {answered.statuses}")
    return answered.rate


async def rush(ground: Ground) -> Measured:
    """Everybody asks once, at the same moment, for one of a few seats.

    The ratio is that of the slowest hundredth to the bare route's, or where that is worse, its
    share of the seconds that nobody may wait longer, on the scale of the bound.
    """
    crowd, seats = ground.amount(RUSH, 40), ground.amount(SEATS, 4)
    ours: list[float] = []
    theirs: list[float] = []
    async with counters() as both:
        for turn in range(ground.turns + 1):
            sessions = await both.open(1, seats)
            wanted = both.wanted(sessions, crowd)
            bare = await load(both.bare, crowd, wanted)
            rushed = await load(both.ours, crowd, wanted)
            if rushed.statuses != {201: seats, 409: crowd - seats}:
                raise RuntimeError(f"not exactly {seats} were booked: {rushed.statuses}")
            if turn:  # The first one warms both up.
                theirs.append(_p99(bare))
                ours.append(_p99(rushed))
    each = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    mine, other = statistics.median(ours), statistics.median(theirs)
    figures = {
        "unit": "ms",
        "ours": round(mine * 1000),
        "theirs": round(other * 1000),
        "ratios": [round(ratio, 4) for ratio in each],
    }
    ratio = max(statistics.median(each), mine / RUSH_SECONDS * RUSH_RATIO)
    return Measured(ratio, f"{mine * 1000:.0f} ms : {other * 1000:.0f} ms", figures)


def _p99(answered: Load) -> float:
    return percentile(answered.times, 0.99)


LINES = (
    Line(
        "ticketing.booking_http",
        "bookings over HTTP, 64 and 500 connections, against a bare route with one INSERT",
        at_least(0.7),
        booking_http,
    ),
    Line(
        "ticketing.rush",
        "500 at once for 50 seats, p99, against the same route; at most 1 s",
        at_most(RUSH_RATIO),
        rush,
    ),
)
"""These start servers of their own."""
