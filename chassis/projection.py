"""Read tables: derived from events alone, so that they can be thrown away and made again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chassis.database import Connection
from chassis.heard import Heard
from chassis.log import Fact


async def nothing_own(db: Connection, facts: Sequence[Fact]) -> None:
    """For a service whose own events feed no table."""


@dataclass(frozen=True)
class Projection:
    """The read tables of a service and the two functions that write them.

    `own` runs in the transaction that records the events; `heard` in the one that marks the
    versions heard.  Neither may read a clock or depend on how events of different streams come
    between each other: a rebuild replays the own log first, then topic after topic.
    """

    tables: tuple[str, ...]
    own: Callable[[Connection, Sequence[Fact]], Awaitable[None]] = nothing_own
    heard: Callable[[Connection, Sequence[Heard]], Awaitable[None]] | None = None
