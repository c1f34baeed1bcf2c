"""The event log: one table, positions without gaps in commit order, and the outbox as well."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from chassis.log.event_types import EventTypes
from chassis.postgres.database import Connection, Pool

Event = TypeVar("Event", covariant=True)

MAX_EVENT_BYTES = 900_000
"""Larger events are refused before they are stored, so that none can stick in the relay."""


class Fact(NamedTuple, Generic[Event]):
    """One event in its stream: what happened, when, through whom, and because of what."""

    stream: str
    version: int
    event: Event
    event_id: UUID
    occurred_at: datetime
    actor: str
    command_id: UUID
    causation_id: UUID | None
    correlation_id: UUID
    traceparent: str | None


class Recorded(NamedTuple):
    """A fact as it stands in the log."""

    position: int
    recorded_at: datetime
    fact: Fact[object]


COLUMNS = (
    "position, recorded_at, stream, version, type, data::text as data, event_id, occurred_at,"
    " actor, command_id, causation_id, correlation_id, traceparent"
)
"""In the order of a Fact."""


def fact_of(row: asyncpg.Record, event_types: EventTypes) -> Fact[object]:
    """The fact of a row of `log.events`, read with COLUMNS."""
    # Taken apart at once: looking ten columns up by name costs more than the rest.
    _, _, stream, version, name, data, *others = row
    return Fact(stream, version, event_types.load(name, data), *others)


async def read_after(
    connection: Connection | Pool, event_types: EventTypes, position: int, limit: int
) -> list[Recorded]:
    """The next events after a position, in order; never skips one (see `log.append`)."""
    rows = await connection.fetch(
        f"select {COLUMNS} from log.events where position > $1 order by position limit $2",
        position,
        limit,
    )
    return _recorded(rows, event_types)


def _recorded(rows: Sequence[asyncpg.Record], event_types: EventTypes) -> list[Recorded]:
    return [
        Recorded(row["position"], row["recorded_at"], fact_of(row, event_types)) for row in rows
    ]


PIECE_EVENTS, PIECE_BYTES = 2000, 1_000_000
PIECE = f"""
select {COLUMNS}
  from (select *, sum(pg_column_size(data)) over (order by position) - pg_column_size(data)
               as bytes_before
          from log.events where position > $1 order by position limit $2) as piece
 where bytes_before < $3
 order by position
"""


async def read_all(
    connection: Connection, event_types: EventTypes, *, after: int = 0
) -> AsyncIterator[list[Recorded]]:
    """The log behind a position in order, in pieces of so many events, or so many bytes of them:
    one upload of a gate's phone weighs as much as a thousand reservations."""
    while rows := await connection.fetch(PIECE, after, PIECE_EVENTS, PIECE_BYTES):
        batch = _recorded(rows, event_types)
        yield batch
        after = batch[-1].position


async def head(connection: Connection | Pool) -> int:
    """The position of the last event; 0 for an empty log."""
    return await connection.fetchval("select coalesce(max(position), 0) from log.events")


class OutcomeRow(NamedTuple):
    """What is stored of a command: its events, or its refusal; in the order of log.new_outcome."""

    command_id: UUID
    request_hash: bytes | None
    stream: str
    first_version: int
    events: int
    refusal: str | None
    details: str | None


APPEND = """
declare appending no scroll cursor for
select log.append($1::log.new_event[], $2::log.new_outcome[])
"""
COMMIT = "fetch appending; commit"


async def append(
    connection: Connection,
    facts: Sequence[Fact[object]],
    stored: Sequence[tuple[str, str]],
    outcomes: Sequence[OutcomeRow],
) -> None:
    """Hand over facts and outcomes, which `commit` writes; nothing is written or locked yet.
    `stored` holds each fact's name on disk and its JSON."""
    events = [
        (
            fact.stream,
            fact.version,
            name,
            data,
            fact.event_id,
            fact.command_id,
            fact.causation_id,
            fact.correlation_id,
            fact.actor,
            fact.traceparent,
            fact.occurred_at,
        )
        for fact, (name, data) in zip(facts, stored, strict=True)
    ]
    await connection.execute(APPEND, events, outcomes)


async def commit(connection: Connection) -> None:
    """Write what `append` was handed, and end the transaction.

    It is one message to the server, so that the lock that numbers the log is held by the server
    alone: a process that stands still, or cannot be heard, keeps nobody from the log.
    Raises asyncpg.UniqueViolationError where a version or a command id has been taken by somebody
    else.
    """
    await connection.execute(COMMIT)
