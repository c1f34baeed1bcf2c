"""Gates without a network upload in any order, in any parts, again and again: the tables are the
same, and say what the scans come to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import hypothesis
import pytest_asyncio
from hypothesis import strategies as st

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.events import read_after
from chassis.process.ids import uuid7
from services.ticketing.app import definition
from services.ticketing.devices import handlers
from services.ticketing.devices.handlers import Said
from services.ticketing.devices.rows import Device
from services.ticketing.gates.movements import Movement, presence_of
from services.ticketing.tickets.domain import (
    CheckIn,
    IssueTicket,
    TicketDetails,
    TicketKind,
    ticket_stream,
)
from tests.conftest import Databases
from tests.running_service import connected, migrated, replica_on

DAY = date(2025, 9, 17)
NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
TICKETS = (1, 1, 3)
"""The parties of the tickets that are shown."""


@dataclass
class Replicas:
    """Two replicas of ticketing, and the database's owner."""

    both: tuple[Runtime, Runtime]
    owner: Any


@pytest_asyncio.fixture(loop_scope="session")
async def replicas(database: Databases) -> AsyncGenerator[Replicas]:
    service = definition()
    owner_dsn, dsn = await migrated(database, service)
    async with (
        connected(owner_dsn) as owner,
        replica_on(service, dsn) as one,
        replica_on(service, dsn) as other,
    ):
        yield Replicas((one, other), owner)


@dataclass(frozen=True)
class Shown:
    """A ticket shown at a gate; without a ticket it is a tally."""

    gate: int
    minute: int
    ticket: int | None
    direction: str
    people: int
    asked: bool
    """Whether a steward with a network let in with this ticket at that moment as well."""


SHOWN = st.builds(
    Shown,
    gate=st.integers(0, 3),
    minute=st.integers(0, 12),
    ticket=st.none() | st.integers(0, len(TICKETS) - 1),
    direction=st.sampled_from(("in", "in", "out")),
    people=st.integers(1, 2),
    asked=st.booleans(),
)
WORLDS = count(1)


class World:
    """A fair of its own; its ids differ from another's in their first half alone, so their order is
    the same."""

    def __init__(self, gates: int, shown: Sequence[Shown]) -> None:
        self._prefix = uuid4().int >> 64 << 64
        self.fair = f"fair-{next(WORLDS)}-{uuid4().hex[:8]}"
        self.tickets = [self.id_of(1000 + n) for n in range(len(TICKETS))]
        self.devices = [
            Device(self.id_of(2000 + n), self.fair, f"gate-{n}", None, "phone")
            for n in range(gates)
        ]
        self.said: list[tuple[int, Said]] = []
        numbers = [count(1) for _ in range(gates)]
        for n, each in enumerate(shown):
            gate = each.gate % gates
            # The clock of each gate is wrong by so much, as it has measured.
            ahead = timedelta(minutes=7 * gate)
            at = NOON + timedelta(minutes=each.minute) + ahead
            ticket = None if each.ticket is None else self.tickets[each.ticket]
            wrong = round(-ahead.total_seconds() * 1000)
            what = (each.direction, each.people, f"let_{each.direction}", "offline", False)
            scan = Said(self.id_of(n), next(numbers[gate]), at, wrong, ticket, None, None, *what)
            self.said.append((gate, scan))

    def id_of(self, number: int) -> str:
        return str(UUID(int=self._prefix + number))

    def number_of(self, id_: UUID) -> int:
        return id_.int - self._prefix

    async def open(self, replicas: Replicas) -> None:
        await replicas.owner.execute(
            "insert into fairs (fair_id, timezone, first_day, last_day) values ($1, $2, $3, $3)",
            self.fair,
            "Africa/Casablanca",
            DAY,
        )
        await replicas.owner.executemany(
            "insert into devices (device_id, fair_id, gate_id, label, code_until, registered_at)"
            " values ($1, $2, $3, 'phone', now(), now())",
            [(each.device_id, self.fair, each.gate_id) for each in self.devices],
        )
        for id_, party in zip(self.tickets, TICKETS, strict=True):
            details = TicketDetails(self.fair, id_, TicketKind.VISITOR, DAY, party, None)
            command = IssueTicket(details, DAY, DAY)
            await self._decide(replicas.both[0], id_, command)

    async def _decide(self, at: Runtime, ticket: str, command: Any) -> None:
        context = CommandContext(uuid7(), "test:x")
        await at.desk.execute(ticket_stream(ticket), command, context)

    async def let_in(self, at: Runtime, ticket: int, minute: int, number: int) -> None:
        """A steward with a network lets one in, whatever else is known."""
        now = NOON + timedelta(minutes=minute)
        id_, scan = self.tickets[ticket], self.id_of(5000 + number)
        command = CheckIn(id_, "gate-online", now, DAY, DAY, DAY, people=1, overrule=True)
        await self._decide(at, id_, replace(command, scan_id=scan))

    async def tables(self, replicas: Replicas) -> dict[str, list[tuple[Any, ...]]]:
        """What stands of this fair, with numbers in the place of ids."""
        queries = {
            "tickets": "select ticket_id, inside, entered, came, entered_at, entered_gate"
            " from tickets where fair_id = $1",
            "scans": "select device_id, sequence, scan_id, at, ticket_id, direction, people"
            " from scans where fair_id = $1",
            "doubles": "select ticket_id, second_id, second_at, first_id, first_at, first_gate"
            " from doubles where fair_id = $1",
        }
        found: dict[str, list[tuple[Any, ...]]] = {}
        for name, query in queries.items():
            rows = await replicas.owner.fetch(query, self.fair)
            found[name] = sorted(
                (
                    tuple(self.number_of(v) if isinstance(v, UUID) else v for v in row)
                    for row in rows
                ),
                key=repr,
            )
        return found

    def movements_of(self, ticket: int, shown: Sequence[Shown]) -> list[Movement]:
        """What the scans of a ticket say, for the rules in Python."""
        found: list[Movement] = []
        for (gate, scan), _ in zip(self.said, shown, strict=True):
            if scan.ticket_id == self.tickets[ticket]:
                at = scan.at + timedelta(milliseconds=scan.offset_ms or 0)
                device = self.devices[gate]
                about = (device.gate_id, device.device_id, scan.sequence)
                found.append(Movement(scan.scan_id, at, scan.direction, scan.people, *about))
        return found


async def upload(
    world: World, replicas: Replicas, shown: Sequence[Shown], chance: random.Random
) -> None:
    """In batches of any size, each again later on perhaps, at both replicas at once."""
    steps: list[Any] = []
    for gate in range(len(world.devices)):
        own = [scan for at, scan in world.said if at == gate]
        chance.shuffle(own)
        while own:
            size = chance.randint(1, len(own))
            batch, own = own[:size], own[size:]
            for _ in range(chance.choice((1, 1, 2))):
                steps.append((gate, [*batch, *chance.choices(batch, k=chance.randint(0, 2))]))
    chance.shuffle(steps)

    async def send(at: Runtime, gate: int, batch: list[Said]) -> None:
        await handlers.record(at, world.devices[gate], datetime.now(UTC), batch)

    asked = sorted((each.minute, n) for n, each in enumerate(shown) if each.asked)

    async def stewards() -> None:
        # One after the other, as their times tell.
        for minute, number in asked:
            ticket = shown[number].ticket
            if ticket is not None:
                await world.let_in(chance.choice(replicas.both), ticket, minute, number)

    await asyncio.gather(stewards(), *(send(chance.choice(replicas.both), *step) for step in steps))


@hypothesis.given(
    gates=st.sampled_from((2, 4)),
    shown=st.lists(SHOWN, min_size=1, max_size=14),
    seed=st.integers(0, 2**32),
)
@hypothesis.settings(
    max_examples=10, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
async def test_any_order_and_repetition_of_uploads_gives_the_same_tables(
    replicas: Replicas, gates: int, shown: list[Shown], seed: int
) -> None:
    found: list[dict[str, list[tuple[Any, ...]]]] = []
    for order in range(2):
        world = World(gates, shown)
        await world.open(replicas)
        await upload(world, replicas, shown, random.Random(seed + order))
        found.append(await world.tables(replicas))
        assert len(found[-1]["scans"]) == len(shown)
    assert found[0] == found[1]
    quiet = [replace(each, asked=False) for each in shown]
    world = World(gates, quiet)
    await world.open(replicas)
    await upload(world, replicas, quiet, random.Random(seed))
    await equals_the_rules_in_python(world, replicas, quiet)


async def equals_the_rules_in_python(
    world: World, replicas: Replicas, shown: Sequence[Shown]
) -> None:
    tables = await world.tables(replicas)
    for number, party in enumerate(TICKETS):
        movements = world.movements_of(number, shown)
        presence = presence_of(movements, party)
        (row,) = [row for row in tables["tickets"] if row[0] == 1000 + number]
        if not movements:
            assert row[1:] == (None,) * 5
            continue
        entered_at = presence.first and presence.first.at
        gate = presence.first and presence.first.gate_id
        came = min(presence.most, party)
        assert row[1:] == (presence.inside, presence.entered, came, entered_at, gate)
        doubles = {(second.scan_id, first.scan_id) for first, second in presence.doubles}
        listed = [row for row in tables["doubles"] if row[0] == 1000 + number]
        assert {(world.id_of(row[1]), world.id_of(row[3])) for row in listed} == doubles


async def test_what_was_written_live_is_what_its_events_make(replicas: Replicas) -> None:
    shown = [
        Shown(n % 4, n % 9, (None, 0, 1, 2)[n % 4], ("in", "in", "out")[n % 3], 1, n % 5 == 0)
        for n in range(60)
    ]
    world = World(4, shown)
    await world.open(replicas)
    await upload(world, replicas, shown, random.Random(7))
    tables = ("tickets", "scans", "doubles", "passages", "arrivals", "double_entries")
    before = {name: await rows(replicas, name) for name in tables}
    assert all(before[name] for name in ("scans", "doubles", "passages", "arrivals"))
    service, position = definition(), 0
    async with replicas.owner.transaction():
        for name in service.projection.tables:
            if name != "fairs":
                await replicas.owner.execute(f"truncate read.{name}")
        # In pieces of other sizes than those in which it was written.
        while piece := await read_after(replicas.owner, service.log.event_types, position, 13):
            await service.projection.own(replicas.owner, [each.fact for each in piece])
            position = piece[-1].position
    assert {name: await rows(replicas, name) for name in tables} == before


async def rows(replicas: Replicas, table: str) -> list[str]:
    found = await replicas.owner.fetch(f"select t::text from read.{table} as t order by 1")
    return [row["t"] for row in found]
