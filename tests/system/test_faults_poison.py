"""Records of others on the real topics: no kind of them stops a topic or costs an event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from maarid_contracts import scheduling, ticketing
from maarid_contracts.envelope import Text
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import SessionKind

from chassis.kafka.envelope import Message, encode
from chassis.log.events import Fact, Recorded
from chassis.process.ids import uuid7
from cli.letters import UnknownLetter, letters, wish
from tests.running_service import uid
from tests.system.breakable_system import BreakableSystem, Fair, breakable_system
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

SOON = 5.0
"""Seconds within which the next stream's record is handled."""


@dataclass
class Forger:
    """Somebody else who writes to the topics of services."""

    producer: Any

    async def write(self, topic: str, message: Message, partition: int | None = None) -> None:
        await self.producer.send_and_wait(
            topic, message.value, key=message.key, headers=message.headers, partition=partition
        )

    async def write_everywhere(self, topic: str, message: Message) -> None:
        """In every partition, so that whatever comes next comes behind it."""
        for partition in sorted(await self.producer.partitions_for(topic)):
            await self.write(topic, message, partition)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broken() -> AsyncGenerator[BreakableSystem]:
    """A system of this file's own: the last of its tests leaves it with a record nobody wrote."""
    async with breakable_system() as breakable:
        yield breakable


@pytest_asyncio.fixture(loop_scope="session")
async def forger(breakable: BreakableSystem) -> AsyncGenerator[Forger]:
    producer = AIOKafkaProducer(bootstrap_servers=breakable.system.addresses.bootstrap, acks="all")
    await producer.start()
    yield Forger(producer)
    await producer.stop()


def forged(fair_id: str, version: int) -> Message:
    """A session that scheduling has never scheduled."""
    now = datetime.now(UTC)
    contract = scheduling.SessionScheduledV1(
        fair_id=fair_id,
        session_id=uid(),
        kind=SessionKind.WORKSHOP,
        title=Text(ar="نص", fr="Texte"),
        topic_code="marketing",
        hall_id="hall-0",
        language=Language.ARABIC,
        audience="exhibitors",
        starts_at=now,
        ends_at=now,
        seats=10,
    )
    stream = f"programme-{fair_id}"
    fact = Fact(stream, version, contract, uuid7(), now, "test:x", uuid7(), None, uuid7(), None)
    return encode(Recorded(version, now, fact), contract)


def not_json(message: Message) -> Message:
    return Message(message.key, b"{not json", message.headers)


def wrong_schema(message: Message) -> Message:
    return Message(message.key, b'{"fair_id": 7}', message.headers)


def tombstone(message: Message) -> Message:
    return Message(message.key, None, message.headers)


def unknown_type(message: Message) -> Message:
    return with_header(message, "ce_type", b"maarid.scheduling.SessionPainted.v1")


def not_utf8(message: Message) -> Message:
    return with_header(message, "ce_type", b"maarid.scheduling.\xff\xfe\x00.v1")


def no_headers(message: Message) -> Message:
    return Message(message.key, message.value, [])


def with_header(message: Message, name: str, value: bytes) -> Message:
    kept = [(other, old) for other, old in message.headers if other != name]
    return Message(message.key, message.value, [*kept, (name, value)])


async def opens(breakable: BreakableSystem, fair: Fair, seconds: float = SOON) -> None:
    """A session is scheduled, and ticketing lets people reserve its seats."""
    session = await breakable.schedule(fair, 10)

    async def opened() -> bool:
        return await breakable.is_open(session)

    await until(opened, "the next session is heard of", seconds)


async def seat_is_told(breakable: BreakableSystem, session: str, fair: Fair) -> None:
    """Somebody takes a seat, and notifications tells them."""
    wanted = {"attendee_id": uid(), "contact_id": fair.contacts[0]}
    taken = await breakable.made("ticketing", f"/workshops/{session}/seats", wanted)

    async def told() -> bool:
        events = await breakable.events("ticketing", "seat_reserved.v1")
        cause = next(e["event_id"] for e in events if e["seat_id"] == taken["seat_id"])
        messages = await breakable.events("notifications", "message_requested.v1")
        return cause in {message["causation_id"] for message in messages}

    await until(told, "whoever took the seat is told", SOON)


async def set_aside(breakable: BreakableSystem) -> list[str]:
    """The dead letters of all services; those that wait behind one are not counted."""
    found = await letters(breakable.system.addresses)
    return [f"{service}:{row['id']}" for service, row in found if not row["waiting"]]


async def cleared(breakable: BreakableSystem) -> None:
    """Somebody decides to go on without whatever was set aside."""

    async def none() -> bool:
        # What waits behind one that is dropped may be no better.
        for name in await set_aside(breakable):
            with suppress(UnknownLetter):
                await wish(breakable.system.addresses, name, "drop")
        return not await letters(breakable.system.addresses)

    await until(none, "the dead letters are dealt with")


@pytest.mark.parametrize(
    ("spoil", "is_set_aside"),
    [
        (not_json, True),
        (wrong_schema, True),
        (tombstone, True),
        (no_headers, True),
        (unknown_type, False),
        (not_utf8, False),
    ],
)
async def test_poison_delays_no_other_stream(
    breakable: BreakableSystem,
    forger: Forger,
    spoil: Callable[[Message], Message],
    is_set_aside: bool,
) -> None:
    fair = await breakable.fair()
    session = await breakable.workshop(fair, 10)
    ghost = f"ghost-{uuid4().hex[:8]}"
    poison = spoil(forged(ghost, 1))
    # On the topic that ticketing hears, and on one that notifications does.
    await forger.write_everywhere(scheduling.TOPIC, poison)
    await opens(breakable, fair)
    await forger.write_everywhere(ticketing.TOPIC, spoil(with_type_of_a_seat(forged(ghost, 1))))
    await seat_is_told(breakable, session, fair)
    if is_set_aside:

        async def by_both() -> bool:
            return {name.partition(":")[0] for name in await set_aside(breakable)} >= {
                "ticketing",
                "notifications",
            }

        await until(by_both, "both have set it aside")
        await breakable.quiet()
        judged = await breakable.judged()
        assert [line.promise for line in judged.values() if not line.holds] == [
            "No record is set aside"
        ]
        await cleared(breakable)
    await breakable.audited()


def with_type_of_a_seat(message: Message) -> Message:
    return with_header(message, "ce_type", b"maarid.ticketing.SeatReserved.v1")


@pytest.mark.parametrize("dropped_first", [True, False])
async def test_a_forged_record_does_not_cost_the_event_whose_version_it_claims(
    breakable: BreakableSystem, forger: Forger, dropped_first: bool
) -> None:
    fair, other = await breakable.fair(), await breakable.fair()
    await breakable.workshop(fair, 10)
    await breakable.quiet()
    stream = f"programme-{fair.fair_id}"
    rows = await breakable.rows(
        "scheduling", "select max(version) as v from log.events where stream = $1", stream
    )
    await forger.write(scheduling.TOPIC, not_json(forged(fair.fair_id, rows[0]["v"] + 1)))

    async def parked() -> bool:
        return bool(await set_aside(breakable))

    await until(parked, "the forged record is set aside")
    if dropped_first:
        await cleared(breakable)
        await opens(breakable, fair)
    else:
        session = await breakable.schedule(fair, 10)
        # Its stream waits for a person; everybody else's goes on.
        await opens(breakable, other)
        assert not await breakable.is_open(session)
        await cleared(breakable)

        async def opened() -> bool:
            return await breakable.is_open(session)

        await until(opened, "the true session is heard of")
    await opens(breakable, fair)
    await breakable.audited()


async def test_the_audit_tells_of_a_record_that_others_would_believe(
    breakable: BreakableSystem, forger: Forger
) -> None:
    """The last test: a topic keeps every record for ever, so this system is never clean again."""
    await breakable.audited()
    ghost = f"ghost-{uuid4().hex[:8]}"
    await forger.write(scheduling.TOPIC, forged(ghost, 1))

    async def believed() -> bool:
        opened = await breakable.events("ticketing", "workshop_opened.v1")
        return ghost in {event["fair_id"] for event in opened}

    await until(believed, "the forged session is believed")
    await breakable.quiet()
    judged = await breakable.judged()
    (broken,) = [line for line in judged.values() if not line.holds]
    assert f"programme-{ghost}" in broken.figures
