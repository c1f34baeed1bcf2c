"""What a service is made of, for the chassis to run, rebuild and audit."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS, Contract, type_of
from maarid_contracts.envelope import Entry

from chassis.definition.personal import PersonalTable
from chassis.definition.projection import Projection, classes_of, nothing
from chassis.definition.runtime import Runtime, there
from chassis.definition.timers import OnTimer
from chassis.kafka.received import ReceivedEvent
from chassis.kernel.decider import Decider
from chassis.log.desk import Desk
from chassis.log.event_types import EventTypes
from chassis.postgres.clock import Clock
from chassis.postgres.database import Connection, Migration, Pool, migrations_in
from chassis.process.settings import ServiceSettings

Policy = Callable[[ReceivedEvent, Runtime], Awaitable[None]]
Load = Callable[[Pool, Any], Awaitable[str | None]]
Take = Callable[[Pool, Any, str], Awaitable[str]]
ApplyRecord = Callable[[Connection, str, int, Any], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    """One topic of events that a service listens to; other types on it are passed over.

    `reacted_to` are contracts that policies alone need: no read table is made from them.
    """

    topic: str
    contracts: Sequence[type[Contract]]
    policies: Mapping[type[Contract], Sequence[Policy]] = field(
        default_factory=dict[type[Contract], Sequence[Policy]]
    )
    reacted_to: Set[type[Contract]] = frozenset()

    @cached_property
    def types(self) -> Set[str]:
        """The types that the read tables are made from."""
        return frozenset(type_of(one) for one in self.contracts if one not in self.reacted_to)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """What the types that are needed look like."""
        return {
            type_of(model): Entry(type_of(model), self.topic, "stream", model, model.since)
            for model in self.contracts
        }


Reaction = tuple[type[Contract], Policy]
"""A contract, and a policy that reacts to it."""


def subscriptions_of(
    projection: Projection, reactions: Iterable[Reaction] = ()
) -> Sequence[Subscription]:
    """The topics of all that the tables are made from or a policy reacts to."""
    shown = classes_of(projection.contracts)
    policies: dict[type[Contract], list[Policy]] = {contract: [] for contract in shown}
    for contract, policy in reactions:
        policies.setdefault(contract, []).append(policy)
    return [
        Subscription(
            topic,
            tuple(contract for contract in policies if contract.topic == topic),
            {
                contract: tuple(those)
                for contract, those in policies.items()
                if those and contract.topic == topic
            },
            frozenset(policies) - frozenset(shown),
        )
        for topic in EVENT_TOPICS
        if any(contract.topic == topic for contract in policies)
    ]


@dataclass(frozen=True)
class Records:
    """One compacted topic that a service keeps a copy of.

    `apply(db, key, revision, record)` stores the record, or deletes the copy where it is None;
    it ignores a revision that is not newer than the one it has.
    """

    topic: str
    model: type[Contract]
    apply: ApplyRecord


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of long work.

    `function` is `package.module:name`, and only the child imports it.  It is called with the
    input, as JSON data, and a `Progress` (chassis/jobs/progress.py), and returns JSON data: a
    proposal with the version it saw.  A job that takes more than `seconds` or `megabytes` fails.
    """

    name: str
    function: str
    seconds: float
    megabytes: int
    load: Load | None = None
    """For what must not stand in the row of a job, as personal data: gives the function its input,
    as JSON, from what the row has; None where the result has been taken already."""
    take: Take | None = None
    """Puts such a result, as JSON, where it belongs, and returns what the row is to have in its
    place.  After a crash it may be asked to do so again."""
    grace: float = 0.8
    """Seconds that the function has to stop by itself.  What it returns within them is its result:
    a solver is stopped, and the best that it has found is kept."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w+(\.\w+)*:\w+", self.function):
            raise ValueError(f"not package.module:function: {self.function}")
        if self.seconds <= 0 or self.megabytes <= 0:
            raise ValueError(f"{self.name} would have no time or no memory")


@dataclass(frozen=True)
class EventSourced:
    """What a service decides by, and the topic on which its log is published.
    `timers` says what to do at deadlines, by their kind."""

    topic: str
    deciders: Sequence[Decider[Any, Any, Any]]
    event_types: EventTypes
    timers: Mapping[str, OnTimer] = field(default_factory=dict[str, OnTimer])


@dataclass(frozen=True)
class ServiceDefinition:
    """One service.  Without an event-sourced part it has no log: it hears, shows, and decides
    nothing.

    Raises ValueError where a service without a log projects events of its own.
    """

    name: str
    package: Path
    routers: Sequence[APIRouter]
    projection: Projection
    event_sourced: EventSourced | None = None
    subscriptions: Sequence[Subscription] = ()
    records: Sequence[Records] = ()
    workers: Sequence[Callable[[Runtime], Awaitable[None]]] = ()
    jobs: Sequence[JobKind] = ()
    personal: Sequence[PersonalTable] = ()
    authenticators: Mapping[str, Callable[[Any, str], Awaitable[Any]]] = field(
        default_factory=dict[str, "Callable[[Any, str], Awaitable[Any]]"]
    )
    """What knows the callers of tokens that this service gives out (`chassis.edge.auth`), by the
    beginning of the tokens."""
    settings: type[ServiceSettings] = ServiceSettings
    lacking: Callable[[], str | None] = lambda: None
    """What keeps the service from starting, in one line, as a text that one of its files lacks."""

    def __post_init__(self) -> None:
        if self.event_sourced is None and self.projection.own is not nothing:
            raise ValueError(f"{self.name} projects events of its own, and has no log")

    @property
    def log(self) -> EventSourced:
        """The event-sourced part, of a service that is known to decide.  Raises DecidesNothing."""
        return there(self.event_sourced)

    def desk(self, pool: Pool, clock: Clock, on_commit: Callable[[], None] = lambda: None) -> Desk:
        """A desk that decides for this service, once it is started.  Raises DecidesNothing."""
        return Desk(
            service=self.name,
            pool=pool,
            event_types=self.log.event_types,
            deciders=self.log.deciders,
            project=self.projection.own,
            clock=clock,
            on_commit=on_commit,
        )

    def group_of(self, topic: str) -> str:
        """The consumer group by which it hears a topic."""
        return f"{self.name}.{topic}"

    @property
    def topics(self) -> Sequence[str]:
        """Every topic that this service writes: that of its events, and its compacted ones."""
        events = () if self.event_sourced is None else (self.event_sourced.topic,)
        compacted = (each for each in COMPACTED_TOPICS if each.startswith(f"{self.name}."))
        return (*events, *compacted)

    @property
    def migrations(self) -> list[Migration]:
        """The chassis's migrations, then the service's own."""
        chassis = Path(__file__).parents[1] / "migrations"
        return [
            *migrations_in(chassis, "chassis"),
            *migrations_in(self.package / "migrations", self.name),
        ]
