"""The yardstick of the desk: the `eventsourcing` library, used as its documentation shows.

The same decision as ticketing's: a seat for an attendee who has none, while there are seats and
the workshop has not begun.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import cycle, islice
from typing import cast
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError


class Workshop(Aggregate):
    """A workshop's seats, as the library's documentation writes an aggregate."""

    @event("Opened")
    def __init__(self, capacity: int, starts_at: datetime) -> None:
        self.capacity = capacity
        self.starts_at = starts_at
        self.reserved: dict[str, str] = {}
        self.seat_of: dict[str, str] = {}

    def reserve(self, seat_id: str, attendee_id: str, now: datetime) -> None:
        """Raises ValueError where the seat cannot be had."""
        if seat_id in self.reserved:
            return
        if now >= self.starts_at or attendee_id in self.seat_of:
            raise ValueError(seat_id)
        if len(self.reserved) >= self.capacity:
            raise ValueError("full")
        self.take(seat_id, attendee_id)

    @event("SeatReserved")
    def take(self, seat_id: str, attendee_id: str) -> None:
        self.reserved[seat_id] = attendee_id
        self.seat_of[attendee_id] = seat_id


class Workshops(Application[UUID]):
    """The library's application; whoever loses a race decides again."""

    def open(self, capacity: int, starts_at: datetime) -> UUID:
        workshop = Workshop(capacity, starts_at)
        self.save(workshop)
        return workshop.id

    def reserve(self, workshop_id: UUID, seat_id: str, attendee_id: str, now: datetime) -> None:
        while True:
            try:
                workshop = cast(Workshop, self.repository.get(workshop_id))
                workshop.reserve(seat_id, attendee_id, now)
                self.save(workshop)
            except (IntegrityError, RuntimeError):
                # RuntimeError: the library copies a cached aggregate while another thread brings
                # it up to date, and the copy fails.  Without its cache it is ten times slower.
                continue
            return


@contextmanager
def application(dsn: str, callers: int, *, cached: bool) -> Generator[Workshops]:
    """The application on its own PostgreSQL recorder; `cached` keeps aggregates in memory."""
    parts = urlsplit(dsn)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
        "POSTGRES_POOL_SIZE": str(callers),
        "POSTGRES_MAX_OVERFLOW": str(callers),
        "POSTGRES_MAX_WAITING": str(callers * 4),
    }
    if cached:
        environment["AGGREGATE_CACHE_MAXSIZE"] = "1000"
    made = Workshops(env=environment)
    try:
        yield made
    finally:
        made.close()


def rate(
    app: Workshops, streams: Sequence[UUID], seats: Sequence[tuple[str, str]], callers: int
) -> float:
    """Reservations a second by so many threads, over the streams in turn."""
    now = datetime.now().astimezone()
    work = iter(list(zip(islice(cycle(streams), len(seats)), seats, strict=True)))
    lock = threading.Lock()
    failures: list[Exception] = []

    def caller() -> None:
        try:
            while True:
                with lock:
                    piece = next(work, None)
                if piece is None:
                    return
                stream, (seat, attendee) = piece
                app.reserve(stream, seat, attendee, now)
        except Exception as error:  # noqa: BLE001 - a thread's failure is raised below.
            failures.append(error)

    threads = [threading.Thread(target=caller) for _ in range(callers)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    if failures:
        raise failures[0]
    return len(seats) / elapsed
