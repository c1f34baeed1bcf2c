"""Phones at the doors of workshops: who came, who walked in, and for whom there was no room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from services.ticketing.app import definition
from services.ticketing.devices import handlers
from services.ticketing.devices.handlers import Said, doors
from services.ticketing.devices.rows import Device
from services.ticketing.workshops.domain import (
    Command,
    OpenWorkshop,
    ReserveSeat,
    Rules,
    SetRules,
    workshop_stream,
)
from services.ticketing.workshops.handlers import NO_SHOWS
from tests.conftest import Databases, Stack
from tests.integration.ticketing.phones import phone_of
from tests.integration.ticketing.running_ticketing import FIRST, Ticketing
from tests.running_service import connected, migrated, process_of, refusal, replica_on, uid
from tests.waiting import eventually, until

FAIR = "ouarzazate-2025"
DAY = date(2025, 9, 17)
NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEN_PAST = NOON + 10 * MINUTE
NO_SHOW_RULES = {"places_per_organisation": 4, "no_show_minutes": 10}
TITLE = Text(ar="التسويق", fr="Marketing")


@dataclass(frozen=True)
class Hall:
    """A workshop with 4 seats, of which 3 are taken, two replicas, and a phone at the door."""

    owner: asyncpg.Connection
    replicas: tuple[Runtime, Runtime]
    session: str
    phone: Device
    holders: tuple[str, str, str]

    def said(self, number: int, ticket: str | None, people: int = 1, **more: Any) -> Said:
        at = NOON + number * timedelta(seconds=1)
        said = Said(
            uid(), number, at, 0, ticket, None, None, "in", people, "let_in", "offline", False
        )
        return said._replace(**more)

    async def upload(self, replica: Runtime, *batch: Said) -> None:
        await handlers.record(replica, self.phone, NOON, batch)

    async def decide(self, command: Command) -> None:
        wish = CommandContext(uuid4(), "test:x")
        await self.replicas[0].desk.execute(workshop_stream(self.session), command, wish)

    async def types(self) -> list[str]:
        rows = await self.owner.fetch(
            "select type from log.events where stream = $1 order by version offset 5",
            f"workshop-{self.session}",
        )
        return [row["type"].removesuffix(".v1") for row in rows]

    async def counts(self) -> tuple[int, int, int, int]:
        row = await self.owner.fetchrow(
            "select attended, walk_ins, over_capacity, no_shows from workshops"
            " where session_id = $1",
            self.session,
        )
        assert row is not None
        return (row["attended"], row["walk_ins"], row["over_capacity"], row["no_shows"])


@asynccontextmanager
async def hall(database: Databases) -> AsyncGenerator[Hall]:
    service = definition()
    owner_dsn, dsn = await migrated(database, service)
    session, device_id = uid(), uid()
    holders = (uid(), uid(), uid())
    async with (
        connected(owner_dsn) as owner,
        replica_on(service, dsn) as one,
        replica_on(service, dsn) as other,
    ):
        await owner.execute("insert into fairs values ($1, 'UTC', $2, $2)", FAIR, DAY)
        await owner.execute(
            "insert into devices (device_id, fair_id, gate_id, session_id, label, code_until,"
            " registered_at) values ($1, $2, 'hall-1', $3, 'phone', $4, $4)",
            device_id,
            FAIR,
            session,
            NOON,
        )
        phone = Device(device_id, FAIR, "hall-1", session, "phone")
        made = Hall(owner, (one, other), session, phone, holders)
        ends = NOON + timedelta(hours=2)
        await made.decide(OpenWorkshop(FAIR, session, TITLE, "hall-a", 4, NOON, ends))
        await made.decide(SetRules(session, Rules(4, no_show_minutes=10), NOON - MINUTE))
        for holder in holders:
            await made.decide(ReserveSeat(session, uid(), holder, None, False, NOON - MINUTE))
        yield made


async def test_scans_at_a_door_are_attendances_and_walk_ins_once(database: Databases) -> None:
    async with hall(database) as made:
        first, second, _ = made.holders
        batch = [made.said(1, first), made.said(2, None), made.said(3, None, 2)]
        # Holders have badges here, which are no tickets of the fair.
        batch += [made.said(4, second), made.said(5, first, verdict="already_inside")]
        batch += [made.said(6, second, direction="out", verdict="let_out")]
        await asyncio.gather(*(made.upload(each, *batch) for each in made.replicas * 3))
        await asyncio.gather(*(doors.tell(each) for each in made.replicas * 3))
        expected = ["seat_attended", "walk_in_admitted", "workshop_full", "capacity_exceeded"]
        assert await made.types() == [*expected, "seat_attended"]
        assert await made.counts() == (2, 1, 2, 0)
        # The same seat, scanned by the same phone in another scan, and all others once more.
        await made.upload(made.replicas[1], *batch, made.said(7, first))
        assert len(await made.types()) == 5


async def test_a_phone_that_is_paired_again_tells_its_scans_once(database: Databases) -> None:
    async with hall(database) as made:
        walked_in = made.said(1, None)
        await made.upload(made.replicas[0], walked_in)
        again = uid()
        await made.owner.execute(
            "insert into devices select $1, fair_id, gate_id, session_id, label, null, null,"
            " code_until, null, registered_at from devices",
            again,
        )
        phone = Device(again, FAIR, "hall-1", made.session, "phone")
        await handlers.record(made.replicas[1], phone, NOON, [walked_in._replace(sequence=7)])
        assert await made.owner.fetchval("select count(*) from scans") == 2
        assert await made.counts() == (0, 1, 0, 0)


async def test_what_was_recorded_before_a_crash_is_told_by_another_replica(
    database: Databases,
) -> None:
    async with hall(database) as made:
        one, other = made.replicas
        # As an upload leaves it whose process dies before it tells.
        strange = made.phone._replace(session_id=None)
        await handlers.record(one, strange, NOON, [made.said(1, made.holders[0])])
        assert await made.counts() == (0, 0, 0, 0)
        await doors.tell(other)
        assert await made.counts() == (1, 0, 0, 0)
        # And one that dies after it has told, before that is kept.
        await made.owner.execute("update devices set heard_version = 0")
        await made.owner.execute("delete from log.outcomes")
        await asyncio.gather(doors.tell(one), doors.tell(other))
        assert await made.counts() == (1, 0, 0, 0)
        assert await made.owner.fetchval("select heard_version from devices") == 1


async def test_no_shows_are_released_after_the_door_was_heard(database: Databases) -> None:
    async with hall(database) as made:
        first, second, third = made.holders
        replica = made.replicas[0]
        unheard = made.phone._replace(session_id=None)
        await handlers.record(replica, unheard, NOON, [made.said(1, first)])
        timer = Timer("no-shows", NO_SHOWS, TEN_PAST, {"session_id": made.session})
        await doors.release_no_shows(timer, replica)
        assert await made.counts() == (1, 0, 0, 2)
        # Uploaded late: the seats are released, and there is room for three.
        await made.upload(replica, made.said(2, second), made.said(3, third, 2), made.said(4, None))
        assert await made.counts() == (1, 3, 1, 2)
        rows = await made.owner.fetch("select data from log.events where type like 'walk_in%'")
        assert all(NOON.isoformat()[:16] in row["data"] for row in rows)


async def test_a_door_in_the_running_service(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    session = await ticketing.schedule(fair, seats=4, starts_at=NOON)
    await ticketing.done(f"/workshops/{session}/rules", NO_SHOW_RULES)
    came, typed, stranger = [await ticketing.issue(fair, FIRST) for _ in range(3)]
    group = (await ticketing.reserve(session, attendee_id=came, places=2))["seat_id"]
    seats = [group]
    for holder in (typed, uid()):
        seats.append((await ticketing.reserve(session, attendee_id=holder))["seat_id"])
    await ticketing.set_clock(NOON)
    letters = (await ticketing.get(f"/tickets/{typed}"))["short_code"]
    phone = await phone_of(ticketing, fair, "hall-1", session_id=session)
    phone.scan(NOON, came, people=2)
    phone.scan(NOON, None, typed=letters)
    phone.scan(NOON, stranger, overruled=True)
    for _ in range(3):
        assert (await phone.upload(NOON)).status_code == 200
    shown = await ticketing.workshop(session)
    counted = ("walk_ins", "over_capacity", "seats_left", "full")
    assert [shown[name] for name in counted] == [0, 1, 0, True]
    attended = [(await ticketing.seat(session, seat))["attended_at"] for seat in seats]
    assert attended == ["2025-09-17T11:00:00Z", "2025-09-17T11:00:00Z", None]
    (bundled,) = (await phone.bundle())["sessions"]
    assert (bundled["walk_ins"], bundled["attended"]) == (1, 3)
    assert sorted(each["places"] for each in bundled["seats"]) == [1, 1, 2]
    said = await ticketing.said(f"workshop-{session}", until="CapacityExceeded")
    assert said[-1][1] | {"walk_in_id": None} == {
        "fair_id": fair,
        "session_id": session,
        "walk_in_id": None,
        "people": 1,
        "left": 0,
        "at": "2025-09-17T11:00:00Z",
    }
    await ticketing.set_clock(TEN_PAST)
    await eventually(
        lambda: ticketing.seat(session, seats[2]), lambda seat: seat["reason"] == "no_show"
    )
    assert [(await ticketing.seat(session, seat))["status"] for seat in seats[:2]] == [
        "reserved",
        "reserved",
    ]
    # The one for whom there was no room sits on the place that became free.
    refused = await ticketing.post(f"/workshops/{session}/walk-ins", {"people": 1})
    assert refusal(refused) == (409, "no_room")
    # A phone at a door lets nobody into the fair.
    assert refusal(await phone.check_in(stranger)) == (422, "gate_differs")


async def test_a_phone_lets_in_at_its_own_gate_alone(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    phone = await phone_of(ticketing, fair, "gate-north")
    elsewhere = await phone.check_in(ticket, gate_id="gate-south")
    assert refusal(elsewhere) == (422, "gate_differs")
    assert (await phone.check_in(ticket)).json()["gate_id"] == "gate-north"


async def test_a_service_that_dies_with_an_upload_tells_it_when_it_is_back(stack: Stack) -> None:
    async with process_of(Ticketing, "ticketing", stack) as ticketing:
        system = ticketing.system
        await system.stop_services()
        await system.start_service("ticketing", MAARID_BREAK_AT="doors.told:1")
        await system.wait_ready("ticketing")
        fair = await ticketing.announce()
        session = await ticketing.schedule(fair, seats=2, starts_at=NOON)
        seat = (await ticketing.reserve(session, attendee_id=(holder := uid())))["seat_id"]
        await ticketing.set_clock(NOON)
        phone = await phone_of(ticketing, fair, "hall-1", session_id=session)
        phone.scan(NOON, holder)
        phone.scan(NOON, None)
        upload = asyncio.create_task(phone.upload(NOON))
        process = system.processes["ticketing"]
        await until(lambda: process.pid is None, "the service is killed")
        await asyncio.gather(upload, return_exceptions=True)
        await system.start_service("ticketing")
        await system.wait_ready("ticketing")
        await ticketing.set_clock(NOON)
        heard = "select true from devices where heard_version = 1"
        await until(lambda: ticketing.rows(heard), "the workshop has heard")
        shown = await ticketing.workshop(session)
        assert (shown["walk_ins"], shown["over_capacity"]) == (1, 0)
        assert (await ticketing.seat(session, seat))["attended_at"] is not None
        assert (await phone.upload(NOON)).json()["received_to"] == 2
        assert (await ticketing.workshop(session))["walk_ins"] == 1
