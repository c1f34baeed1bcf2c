"""What the desk works with: commands that were asked, the states of streams, which it keeps from
round to round and brings up to date before each decision, and what a round is about to write."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from chassis.kernel.decider import Decider
from chassis.log.context import CommandContext
from chassis.log.event_types import EventTypes
from chassis.log.events import Fact, OutcomeRow
from chassis.postgres.database import Connection

NO_STREAM = ""
"""The stream of refusals that no decider gave."""
PIECE = 20_000
"""Events of one stream that are read at once: a long one is read in pieces, each in time."""
KEPT = 10_000
"""States that are kept from round to round."""

FRESHEN = """
select 'event' as kind, e.stream, e.version, e.type, e.data::text as data, e.command_id,
       null::bytea as request_hash, 0 as events, null::text as refusal
  from unnest($1::text[], $2::bigint[]) as known(stream, version)
 cross join lateral (select * from log.events where stream = known.stream
                      and version > known.version order by version limit $4) as e
union all
select 'outcome', o.stream, o.first_version, null, o.details::text, o.command_id,
       o.request_hash, o.events, o.refusal
  from log.outcomes as o where o.command_id = any($3::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused before the desk, as a command to keep it."""

    code: str
    details: Mapping[str, Any]


@dataclass(slots=True)
class Asked:
    """A command in the queue.  A command of None asks for the stream's state, and without a stream
    for nothing but an answer."""

    stream: str
    command: Any
    context: CommandContext
    answer: asyncio.Future[Any]
    traceparent: str | None
    deadline: float

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless the caller was answered before."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def outcome(
        self, first_version: int, events: int, code: str | None = None, details: str | None = None
    ) -> OutcomeRow:
        """What is stored of the command."""
        id_, request_hash = self.context.command_id, self.context.request_hash
        return OutcomeRow(id_, request_hash, self.stream, first_version, events, code, details)


@dataclass(slots=True)
class Round:
    """What a round is about to write, and whom to answer with what afterwards."""

    facts: list[Fact[object]] = field(default_factory=list[Fact[object]])
    stored: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    outcomes: list[OutcomeRow] = field(default_factory=list[OutcomeRow])
    answers: list[tuple[Asked, Any]] = field(default_factory=list[tuple[Asked, Any]])
    later: list[Asked] = field(default_factory=list[Asked])
    repeated: list[tuple[Asked, asyncpg.Record]] = field(
        default_factory=list[tuple[Asked, asyncpg.Record]]
    )
    counts: Counter[str] = field(default_factory=Counter[str])
    """How many commands came to which end; told to the metrics once a round."""


@dataclass(slots=True)
class State:
    """What a stream came to with its last event that was read."""

    decider: Decider[Any, Any, Any]
    value: Any
    version: int = 0


class States:
    """The states of one service's streams; of those touched last, so many are kept."""

    def __init__(self, event_types: EventTypes, deciders: Sequence[Decider[Any, Any, Any]]) -> None:
        self._event_types = event_types
        self._deciders: Mapping[str, Decider[Any, Any, Any]] = {
            each.category: each for each in deciders
        }
        self._states: OrderedDict[str, State] = OrderedDict()

    def takes(self, stream: str) -> bool:
        """Whether there is a decider for the category of a stream."""
        return stream.partition("-")[0] in self._deciders

    def __getitem__(self, stream: str) -> State:
        return self._states[stream]

    def forget(self, stream: str) -> None:
        """Read the stream anew when it is touched next."""
        self._states.pop(stream, None)

    def trim(self) -> None:
        """Forget the streams that were not touched for longest, if there are too many."""
        while len(self._states) > KEPT:
            self._states.popitem(last=False)

    async def freshen(
        self, connection: Connection, streams: Collection[str], command_ids: Sequence[UUID]
    ) -> tuple[dict[UUID, asyncpg.Record], set[str]]:
        """Read on in streams; returns the outcomes of those commands that were decided before, and
        the streams that go on behind what was read."""
        for stream in streams:
            if stream in self._states:
                self._states.move_to_end(stream)
            else:
                decider = self._deciders[stream.partition("-")[0]]
                self._states[stream] = State(decider, decider.initial())
        rows = await connection.fetch(
            FRESHEN,
            list(streams),
            [self._states[stream].version for stream in streams],
            command_ids,
            PIECE,
        )
        outcomes: dict[UUID, asyncpg.Record] = {}
        for row in rows:
            if row["kind"] == "outcome":
                outcomes[row["command_id"]] = row
                continue
            state = self._states[row["stream"]]
            event = self._event_types.load(row["type"], row["data"])
            state.value = state.decider.evolve(state.value, event)
            state.version = row["version"]
        behind: set[str] = set()
        if len(rows) >= PIECE:
            read = Counter(row["stream"] for row in rows if row["kind"] == "event")
            behind = {stream for stream, events in read.items() if events == PIECE}
        return outcomes, behind
