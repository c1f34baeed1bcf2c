"""Ticketing's workshops under load: the hot stream of this system, with its real projection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import NamedTuple
from uuid import uuid4

from benchmarks.ground import Place
from benchmarks.measuring import rate_of
from chassis.kernel.decider import Stream
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from services.ticketing.workshops.domain import (
    Command,
    Event,
    OpenWorkshop,
    ReserveSeat,
    Workshop,
    workshop_stream,
)

FAIR = "bench-2030"
CAPACITY = 1_000_000


class Wish(NamedTuple):
    """One command to reserve a seat."""

    stream: Stream[Command, Workshop, Event]
    command: ReserveSeat
    context: CommandContext


def soon() -> datetime:
    """When the workshops begin: far enough for every measurement."""
    return datetime.now(UTC) + timedelta(days=30)


async def open_workshops(desk: Desk, count: int, capacity: int = CAPACITY) -> list[str]:
    """Open workshops, with more seats than anybody asks for unless said otherwise; returns their
    session ids."""
    starts_at = soon()
    sessions = [str(uuid4()) for _ in range(count)]
    for session in sessions:
        await desk.execute(
            workshop_stream(session),
            OpenWorkshop(
                FAIR,
                session,
                Text("ورشة", "Atelier"),
                "hall-1",
                capacity,
                starts_at,
                starts_at + timedelta(hours=2),
            ),
            CommandContext(uuid4(), "organiser:bench"),
        )
    return sessions


def wishes(sessions: Sequence[str], count: int) -> list[Wish]:
    """Seats in the workshops in turn, each for somebody else."""
    now = datetime.now(UTC)
    return [
        Wish(
            workshop_stream(session),
            ReserveSeat(session, str(uuid4()), str(uuid4()), None, False, now),
            CommandContext(uuid4(), "exhibitor:bench"),
        )
        for session in islice(cycle(sessions), count)
    ]


async def fill(place: Place, *, streams: int, count: int) -> None:
    """Reserve seats through the desk, so that the log is one that the service has written."""
    async with place.desk() as desk:
        work = wishes(await open_workshops(desk, streams), count)
        await rate_of(work, 400, lambda wish: desk.execute(*wish))
