"""Read tables: derived from events alone, so that they can be thrown away and made again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast, get_args

import orjson

from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact
from chassis.postgres.database import Connection

T = TypeVar("T")
Own = Callable[[Connection, Sequence[Fact[Any]]], Awaitable[None]]
Heard = Callable[[Connection, Sequence[ReceivedEvent]], Awaitable[None]]
Row = tuple[Any, ...]
Write = tuple[str, Row]
"""A statement and its parameters."""


async def nothing(db: Connection, batch: Sequence[Any]) -> None:
    """For events that feed no table."""


@dataclass(frozen=True)
class Projection:
    """The read tables of a subject or a service, and the two functions that write them.

    `own` runs in the transaction that records the events; `heard` in the one that marks the
    versions heard.  Neither may read a clock or depend on how events of different streams come
    between each other: a rebuild replays the own log first, then topic after topic.

    `events` and `contracts` are the classes, or unions of classes, that the two functions take;
    they are given nothing else.
    """

    tables: tuple[str, ...]
    own: Own = nothing
    heard: Heard = nothing
    events: Any = ()
    contracts: Any = ()


def classes_of(union: Any) -> tuple[type[Any], ...]:
    """The classes of a union, of a tuple of them, or of one class."""
    if isinstance(union, tuple):
        return cast(tuple[type[Any], ...], union)
    return get_args(union) or (union,)


def combined(*parts: Projection) -> Projection:
    """One projection out of those of several subjects; their statements come in this order."""
    owns = _Shared([(p.events, p.own) for p in parts if p.own is not nothing])
    hears = _Shared([(p.contracts, p.heard) for p in parts if p.heard is not nothing])

    async def own(db: Connection, facts: Sequence[Fact[Any]]) -> None:
        await owns.write(db, facts, lambda fact: fact.event)

    async def heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
        await hears.write(db, batch, lambda received: received.contract)

    return Projection(
        tables=tuple(table for part in parts for table in part.tables),
        own=own if owns.takes else nothing,
        heard=heard if hears.takes else nothing,
        events=tuple(owns.takes),
        contracts=tuple(hears.takes),
    )


class _Shared(Generic[T]):
    """Functions of several projections, each of which is given what it takes of a batch."""

    def __init__(
        self, parts: Sequence[tuple[Any, Callable[[Connection, Sequence[T]], Awaitable[None]]]]
    ) -> None:
        self._functions = [function for _, function in parts]
        self.takes: dict[type[Any], list[int]] = {}
        """The numbers of the functions that take each class."""
        for number, (union, _) in enumerate(parts):
            for each in classes_of(union):
                self.takes.setdefault(each, []).append(number)

    async def write(self, db: Connection, batch: Sequence[T], what: Callable[[T], object]) -> None:
        shares: defaultdict[int, list[T]] = defaultdict(list)
        for each in batch:
            for number in self.takes.get(type(what(each)), ()):
                shares[number].append(each)
        for number in sorted(shares):
            await self._functions[number](db, shares[number])


def rows_of_facts(statements: Sequence[str], write_of: Callable[[Fact[Any]], Write]) -> Own:
    """An `own` by which each event writes one row, by one of the statements."""

    async def own(db: Connection, facts: Sequence[Fact[Any]]) -> None:
        await write(db, statements, map(write_of, facts))

    return own


def rows_of_contracts(statements: Sequence[str], write_of: Callable[[Any], Write]) -> Heard:
    """A `heard` by which each event of others writes one row, by one of the statements."""

    async def heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
        await write(db, statements, (write_of(received.contract) for received in batch))

    return heard


async def write(db: Connection, statements: Sequence[str], writes: Iterable[Write]) -> None:
    """Write rows, each by its statement: one round trip a statement, in the order of `statements`.

    New rows come first, then their changes in the order of the events.  A row that exists already
    was written by another replica at this moment: the log refuses this batch.
    """
    found: dict[str, list[Row]] = {statement: [] for statement in statements}
    for statement, row in writes:
        found[statement].append(row)
    for statement, rows in found.items():
        if rows:
            await db.executemany(statement, rows)


def as_json(value: object) -> str:
    """The value as JSON text, for a column of type jsonb."""
    return orjson.dumps(value).decode()
