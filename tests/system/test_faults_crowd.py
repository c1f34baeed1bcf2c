"""A crowd at the last seats of a workshop, while PostgreSQL or the relay is killed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from chassis.kafka.reading import TopicReader
from tests.histories import Call, contradictions
from tests.running_service import uid
from tests.system.breakable_system import CONTACTS, BreakableSystem, sent_twice
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.unhurried, pytest.mark.timeout(1800)]

CAPACITY, LAST = 20, 5
BUYERS = 50
ROUNDS = 200
CRASHES = (20, 65, 110, 155)
"""Rounds in which PostgreSQL is killed."""
RUSH = 400


@dataclass
class Crowd:
    """Callers of one workshop at several replicas, and what they were told."""

    breakable: BreakableSystem
    session_id: str
    addresses: list[str]
    calls: list[Call] = field(default_factory=list[Call])

    async def reserve(self, number: int) -> str | None:
        """Ask for a seat; returns its id, or None where all are taken."""
        began = time.monotonic()
        path = f"/workshops/{self.session_id}/seats"
        wanted = {"attendee_id": uid(), "wait": False}
        asked = await self.breakable.ask("ticketing", path, wanted, at=self._at(number))
        seat: str | None = None
        if asked.status_code == 201:
            seat = str(asked.json()["seat_id"])
        else:
            assert (asked.status_code, asked.json()["code"]) == (409, "workshop_full"), asked.text
        step = None if seat is None else f"+{seat}"
        self.calls.append(Call(began, time.monotonic(), step))
        return seat

    async def give_up(self, number: int, seat: str) -> None:
        began = time.monotonic()
        path = f"/workshops/{self.session_id}/seats/{seat}/cancel"
        asked = await self.breakable.ask("ticketing", path, {}, at=self._at(number))
        assert asked.status_code == 200, asked.text
        self.calls.append(Call(began, time.monotonic(), f"-{seat}"))

    async def buy(self, number: int, kept: list[str]) -> None:
        """Ask for a seat; every other one that gets one gives it up again at once."""
        seat = await self.reserve(number)
        if seat is not None and number % 2:
            await self.give_up(number, seat)
        elif seat is not None:
            kept.append(seat)

    async def log(self) -> list[str]:
        """The steps of the stream, in its order."""
        rows = await self.breakable.rows(
            "ticketing",
            "select type, data::json ->> 'seat_id' as seat from log.events where stream = $1"
            " and type in ('seat_reserved.v1', 'seat_released.v1') order by version",
            f"workshop-{self.session_id}",
        )
        return [("+" if row["type"] == "seat_reserved.v1" else "-") + row["seat"] for row in rows]

    def _at(self, number: int) -> str:
        return self.addresses[number % len(self.addresses)]


async def test_fifty_buyers_for_the_last_five_seats_see_one_order_through_crashes(
    breakable: BreakableSystem,
) -> None:
    session_id = await breakable.workshop(await breakable.fair(), CAPACITY)
    async with AsyncExitStack() as stack:
        second, _ = await stack.enter_async_context(breakable.replica("ticketing"))
        crowd = Crowd(breakable, session_id, [breakable.system.urls["ticketing"], second])
        for number in range(CAPACITY - LAST):
            assert await crowd.reserve(number) is not None
        for turn in range(ROUNDS):
            kept: list[str] = []
            answered = len(crowd.calls)
            buying = [asyncio.create_task(crowd.buy(each, kept)) for each in range(BUYERS)]
            if turn in CRASHES:
                await until(lambda was=answered: len(crowd.calls) > was, "somebody is answered")
                await breakable.stack.restart_postgres("immediate")
            await asyncio.gather(*buying)
            assert len(kept) <= LAST
            await asyncio.gather(*(crowd.give_up(n, seat) for n, seat in enumerate(kept)))
    log = await crowd.log()
    # As many were refused as a rush is for, and as many took effect.
    assert sum(call.step is None for call in crowd.calls) > ROUNDS * (BUYERS - 2 * LAST) / 2
    assert len(log) > ROUNDS * LAST
    assert contradictions(crowd.calls, log, CAPACITY) == []
    # The check is no blind one: the same history with one event elsewhere cannot be true.
    assert contradictions(crowd.calls, [log[-1], *log[:-1]], CAPACITY) != []
    await breakable.audited()


async def test_a_relay_killed_in_a_rush_publishes_every_seat_and_each_is_counted_once(
    breakable: BreakableSystem,
) -> None:
    fair = await breakable.fair()
    session_id = await breakable.workshop(fair, RUSH)
    path = f"/workshops/{session_id}/seats"
    sold: list[str] = []

    async def buy(number: int) -> None:
        for _ in range(RUSH // BUYERS):
            wanted = {"attendee_id": uid(), "contact_id": fair.contacts[number % CONTACTS]}
            asked = await breakable.ask("ticketing", path, wanted)
            assert asked.status_code == 201, asked.text
            sold.append(asked.json()["seat_id"])

    buying = [asyncio.create_task(buy(number)) for number in range(BUYERS)]
    await until(lambda: len(sold) >= BUYERS, "the rush has begun")
    # Between what the topic has acknowledged and the cursor that would say so.
    await breakable.killed_at("relay.acknowledged", "ticketing", 3)
    await breakable.whole()
    await asyncio.gather(*buying)
    lines = await breakable.audited()
    assert len(set(sold)) == RUSH

    rows = await breakable.rows(
        "ticketing",
        "select version, event_id::text as id, type from log.events where stream = $1"
        " order by version",
        f"workshop-{session_id}",
    )
    seats = {row["id"] for row in rows if row["type"] == "seat_reserved.v1"}
    assert len(seats) == RUSH
    sent = await _sent(breakable, f"workshop-{session_id}")
    # Nothing is lost; what came twice is what had been acknowledged when the relay was killed.
    assert sent.keys() == {row["id"] for row in rows}
    again = sum(sent.values()) - len(sent)
    assert 0 < again <= sent_twice(lines)

    # Whoever hears them counts each once: a message a seat, and the figures of the workshop.
    told = await breakable.rows(
        "notifications",
        "select causation_id::text as cause from log.events where causation_id = any($1)"
        " and type = 'message_requested.v1'",
        list(seats),
    )
    assert Counter(row["cause"] for row in told) == Counter(seats)
    shown = await breakable.ask("ticketing", f"/workshops/{session_id}", method="GET")
    assert shown.json()["seats_reserved"] == RUSH


async def _sent(breakable: BreakableSystem, stream: str) -> Counter[str]:
    """How often each event of a stream stands on the topic."""
    found: Counter[str] = Counter()
    bootstrap = breakable.system.addresses.bootstrap
    async with TopicReader(bootstrap, "ticketing.events.v1") as reader:
        async for records in reader.rest():
            for record in records:
                headers = dict(record.headers)
                if headers.get("ce_subject") == stream.encode():
                    found[(headers.get("ce_id") or b"").decode()] += 1
    return found
