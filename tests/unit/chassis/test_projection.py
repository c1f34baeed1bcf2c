"""The projections of several subjects as one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from maarid_contracts.registration import FairCancelledV1
from maarid_contracts.scheduling import HallOpenedV1

from chassis.definition.projection import (
    Projection,
    combined,
    nothing,
    rows_of_contracts,
    rows_of_facts,
)
from chassis.definition.service import subscriptions_of
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact
from chassis.postgres.database import Connection

DB = cast(Connection, None)
ID = UUID(int=1)
NOW = datetime(2026, 9, 17, tzinfo=UTC)


def fact(event: object) -> Fact[Any]:
    return Fact("counter-a", 1, event, ID, NOW, "somebody", ID, None, ID, None)


def received(contract: object) -> ReceivedEvent:
    return ReceivedEvent(contract, "type", "topic", "counter-a", 1, ID, NOW, ID, None)


class Calls:
    """What the parts were given, in the order of the calls."""

    def __init__(self) -> None:
        self.all: list[tuple[str, list[Any]]] = []

    def part(self, name: str, events: Any = (), contracts: Any = ()) -> Projection:
        async def own(db: Connection, facts: Sequence[Fact[Any]]) -> None:
            self.all.append((name, [each.event for each in facts]))

        async def heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
            self.all.append((name, [each.contract for each in batch]))

        return Projection(
            (name,), own if events else nothing, heard if contracts else nothing, events, contracts
        )


async def test_each_part_is_given_what_it_takes_in_the_order_of_the_parts() -> None:
    calls = Calls()
    whole = combined(
        calls.part("floor", int | str),
        calls.part("programme", contracts=bytes),
        calls.part("figures", str, bytes),
    )
    assert whole.tables == ("floor", "programme", "figures")
    await whole.own(DB, [fact("a"), fact(1), fact(1.5), fact("b")])
    assert calls.all == [("floor", ["a", 1, "b"]), ("figures", ["a", "b"])]
    calls.all.clear()
    await whole.heard(DB, [received(b"x"), received("not taken")])
    assert calls.all == [("programme", [b"x"]), ("figures", [b"x"])]
    assert (whole.events, whole.contracts) == ((int, str), (bytes,))


async def test_a_part_that_gets_nothing_is_not_called() -> None:
    calls = Calls()
    await combined(calls.part("floor", int), calls.part("programme", str)).own(DB, [fact(1)])
    assert calls.all == [("floor", [1])]


def test_parts_that_write_nothing_make_a_projection_that_writes_nothing() -> None:
    whole = combined(Projection(tables=("fairs",)))
    assert (whole.own, whole.heard) == (nothing, nothing)


class Statements:
    """A connection that notes what it is to write."""

    def __init__(self) -> None:
        self.all: list[tuple[str, list[Any]]] = []

    async def executemany(self, statement: str, rows: list[Any]) -> None:
        self.all.append((statement, rows))


async def test_rows_are_written_statement_by_statement_in_the_order_of_the_events() -> None:
    db = Statements()
    own = rows_of_facts(("new", "change", "end"), lambda fact: (str(fact.event[0]), fact.event[1:]))
    events = [("change", 1), ("new", 2), ("change", 3)]
    await own(cast(Connection, db), [fact(event) for event in events])
    assert db.all == [("new", [(2,)]), ("change", [(1,), (3,)])]
    db.all.clear()
    heard = rows_of_contracts(("new",), lambda contract: ("new", (contract,)))
    await heard(cast(Connection, db), [received(1)])
    assert db.all == [("new", [(1,)])]


def test_a_service_hears_what_its_tables_and_its_policies_need() -> None:
    async def policy(*_: object) -> None: ...

    projection = Calls().part("halls", contracts=HallOpenedV1)
    registration, scheduling = subscriptions_of(
        projection, [(FairCancelledV1, policy), (FairCancelledV1, policy)]
    )
    assert (registration.topic, scheduling.topic) == (FairCancelledV1.topic, HallOpenedV1.topic)
    assert registration.policies == {FairCancelledV1: (policy, policy)}
    assert (list(scheduling.contracts), scheduling.policies) == ([HallOpenedV1], {})
