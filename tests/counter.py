"""A service with nothing but a counter, to test the chassis with: it names no fair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from maarid_contracts import Contract

from chassis.definition.projection import Projection
from chassis.definition.runtime import Runtime
from chassis.definition.service import EventSourced, ServiceDefinition, Subscription
from chassis.kafka.received import ReceivedEvent
from chassis.kernel.decider import Decider
from chassis.log.event_types import EventType, EventTypes
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Migration

TOPIC = "counter.events.v1"


class Refused(Exception):
    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Add:
    amount: int
    limit: int = 1_000_000


@dataclass(frozen=True)
class Echo:
    amount: int


@dataclass(frozen=True)
class Added:
    amount: int
    note: str = ""


@dataclass
class Count:
    total: int = 0


class AddedV1(Contract):
    """Something was added."""

    topic: ClassVar[str] = TOPIC
    amount: int
    note: str = ""


class SubtractedV1(Contract):
    """Published on the topic, and needed by nobody here."""

    topic: ClassVar[str] = TOPIC
    amount: int


def decide(command: Add | Echo, count: Count) -> list[Added]:
    match command:
        case Add(0):
            return []
        case Add(amount) if amount < 0:
            raise Refused("negative", amount=amount)
        case Add(amount, limit) if count.total + amount > limit:
            raise Refused("over_limit", total=count.total)
        case Add(amount):
            return [Added(amount)]
        case Echo(amount):
            return [Added(amount, "echo")]


def evolve(count: Count, event: Added) -> Count:
    count.total += event.amount
    return count


async def project_own(db: Connection, facts: Sequence[Fact[Any]]) -> None:
    await db.executemany(
        "insert into counts (stream, total, version) values ($1, $2, $3)"
        " on conflict (stream) do update set total = counts.total + excluded.total,"
        " version = excluded.version",
        [(fact.stream, fact.event.amount, fact.version) for fact in facts],
    )


class Bug(Exception):
    """What a handler with a bug raises; a test mends it."""


BROKEN: set[int] = set()
"""Amounts that the projection chokes on, and policies if negative, until a test mends them."""


async def project_heard(db: Connection, heard: Sequence[ReceivedEvent]) -> None:
    for one in heard:
        if one.contract.amount in BROKEN:
            raise Bug
    await db.executemany(
        "insert into heard_counts (stream, total, times) values ($1, $2, 1)"
        " on conflict (stream) do update set total = heard_counts.total + excluded.total,"
        " times = heard_counts.times + 1",
        [(one.stream, one.contract.amount) for one in heard],
    )


async def echo(heard: ReceivedEvent, runtime: Runtime) -> None:
    if -heard.contract.amount in BROKEN:
        raise Bug
    if heard.stream.startswith("echo-"):
        return
    stream = ECHO.stream(heard.stream.partition("-")[2])
    await runtime.desk.execute(stream, Echo(heard.contract.amount), heard.context("echo"))


EVENT_TYPES = EventTypes((EventType("added.v1", Added, AddedV1),))
COUNT = Decider("count", Count, decide, evolve)
ECHO = Decider("echo", Count, decide, evolve)
DECIDERS = (COUNT, ECHO)
PROJECTION = Projection(("counts", "heard_counts"), project_own, project_heard)
TABLES = Migration(
    "counter/0001_read_tables",
    "create table read.counts (stream text primary key, total bigint not null, version bigint);"
    "create table read.heard_counts (stream text primary key, total bigint not null, times int);",
)


@dataclass(frozen=True)
class CounterBlueprint(ServiceDefinition):
    """The counter keeps its tables in this file."""

    @property
    def migrations(self) -> list[Migration]:
        return [*super().migrations, TABLES]


def definition(topic: str = TOPIC, **changes: Any) -> ServiceDefinition:
    """The counter, which hears its own topic."""
    values: dict[str, Any] = {
        "name": "counter",
        "package": Path(__file__).parent / "nowhere",
        "routers": (),
        "event_sourced": EventSourced(topic, DECIDERS, EVENT_TYPES),
        "projection": PROJECTION,
        "subscriptions": (Subscription(topic, (AddedV1,), {AddedV1: (echo,)}),),
    }
    return CounterBlueprint(**{**values, **changes})
