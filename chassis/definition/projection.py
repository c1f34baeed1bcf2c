"""Read tables: derived from events alone, so that they can be thrown away and made again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact
from chassis.postgres.database import Connection


async def nothing_own(db: Connection, facts: Sequence[Fact[Any]]) -> None:
    """For a service whose own events feed no table."""


@dataclass(frozen=True)
class Projection:
    """The read tables of a service and the two functions that write them.

    `own` runs in the transaction that records the events; `heard` in the one that marks the
    versions heard.  Neither may read a clock or depend on how events of different streams come
    between each other: a rebuild replays the own log first, then topic after topic.
    """

    tables: tuple[str, ...]
    own: Callable[[Connection, Sequence[Fact[Any]]], Awaitable[None]] = nothing_own
    heard: Callable[[Connection, Sequence[ReceivedEvent]], Awaitable[None]] | None = None


def combined(*parts: Projection) -> Projection:
    """One projection out of those of several subjects; their statements come in this order.

    Each part is given every fact and every received event, and takes those of its classes.
    """
    owns = [part.own for part in parts if part.own is not nothing_own]
    hears = [part.heard for part in parts if part.heard is not None]

    async def own(db: Connection, facts: Sequence[Fact[Any]]) -> None:
        for project in owns:
            await project(db, facts)

    async def heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
        for hear in hears:
            await hear(db, batch)

    return Projection(
        tables=tuple(table for part in parts for table in part.tables),
        own=own if owns else nothing_own,
        heard=heard if hears else None,
    )
