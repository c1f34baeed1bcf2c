"""People at work on the whole system through its public routes, while tests break it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.running_service import uid
from tests.system.breakable_system import CONTACTS, BreakableSystem, Fair
from tests.waiting import until

A_WHILE = 0.4
"""Seconds between two wishes of a person: enough at a time, and not more than can be told soon."""


@dataclass
class Load:
    """What organisers and buyers were promised while the system was being broken."""

    breakable: BreakableSystem
    fair: Fair
    sessions: list[str] = field(default_factory=list[str])
    seats: dict[str, str] = field(default_factory=dict[str, str])
    """Seat to session."""
    known: list[str] = field(default_factory=list[str])
    """Sessions of which ticketing has heard."""
    ended: bool = False

    async def organise(self) -> None:
        """Schedule sessions, one after the other."""
        while not self.ended:
            self.sessions.append(await self.breakable.schedule(self.fair))
            await asyncio.sleep(A_WHILE)

    async def buy(self, number: int) -> None:
        """Take seats in the workshop that was scheduled last, for new people all the time."""
        contact_id = self.fair.contacts[number % CONTACTS]
        turn = number
        while not self.ended:
            turn += 1
            if self.sessions and not await self._take(self.sessions[-1], contact_id) and self.known:
                await self._take(self.known[turn % len(self.known)], contact_id)
            await asyncio.sleep(A_WHILE)

    async def _take(self, session_id: str, contact_id: str) -> bool:
        wanted = {"attendee_id": uid(), "contact_id": contact_id}
        key = uid()
        asked = await self.breakable.ask(
            "ticketing", f"/workshops/{session_id}/seats", wanted, key=key
        )
        if asked.status_code == 201:
            self.seats[asked.json()["seat_id"]] = session_id
            if session_id not in self.known:
                self.known.append(session_id)
            return True
        # Its session was scheduled an instant ago, and ticketing has not heard of it yet.
        assert asked.json()["code"] == "workshop_unknown", asked.text
        return False

    async def grows(self, by: int = 10) -> None:
        """Wait until more seats were taken, which proves that the system works."""
        before = len(self.seats)
        await until(lambda: len(self.seats) >= before + by, "seats can be taken")

    async def are_told(self) -> None:
        """Wait until a message was asked for, for seats that are taken from now on."""
        before = set(self.seats)
        await self.grows()
        new = set(self.seats) - before
        taken = await self.breakable.events("ticketing", "seat_reserved.v1")
        causes = {event["event_id"] for event in taken if event["seat_id"] in new}

        async def told() -> bool:
            rows = await self.breakable.rows(
                "notifications",
                "select causation_id from log.events where causation_id = any($1)"
                " and type = 'message_requested.v1'",
                list(causes),
            )
            return causes <= {row["causation_id"] for row in rows}

        await until(told, "those who have taken seats are told")

    async def kept(self) -> None:
        """Every promise stands in the log, once; and every policy acted once on every event."""
        breakable = self.breakable
        opened = Counter(
            e["session_id"] for e in await breakable.events("ticketing", "workshop_opened.v1")
        )
        assert {opened[session] for session in self.sessions} <= {1}
        taken = [
            event
            for event in await breakable.events("ticketing", "seat_reserved.v1")
            if event["fair_id"] == self.fair.fair_id
        ]
        promised = Counter((event["seat_id"], event["session_id"]) for event in taken)
        assert promised == Counter(self.seats.items())
        told = Counter(
            event["causation_id"]
            for event in await breakable.events("notifications", "message_requested.v1")
        )
        assert {told[event["event_id"]] for event in taken} == {1}


@asynccontextmanager
async def load(
    breakable: BreakableSystem, *, buyers: int = 4, organisers: int = 1
) -> AsyncGenerator[Load]:
    """People at work on a new fair for the time of a block; all of them get their last answer."""
    running = Load(breakable, await breakable.fair())
    async with asyncio.TaskGroup() as group:
        for _ in range(organisers):
            group.create_task(running.organise())
        for number in range(buyers):
            group.create_task(running.buy(number))
        try:
            yield running
        finally:
            running.ended = True
