"""Of an exhibitor's people one stays at the stand; what breaks that is refused, or reported."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from maarid_contracts import registration, scheduling
from maarid_contracts.registration import Participation

from tests.integration.ticketing.running_ticketing import STARTS, Ticketing
from tests.running_service import connected, refusal, uid
from tests.waiting import eventually

HOUR = timedelta(hours=1)


@dataclass
class Exhibitor:
    """An organisation that exhibits, and somebody of it who is told."""

    ticketing: Ticketing
    fair: str
    organisation: str
    contact: str
    exhibitor: str

    @property
    def role(self) -> str:
        return f"exhibitor organisation_id={self.organisation}"

    async def ask(
        self, session: str, *, key: str | None = None, wait: bool = True
    ) -> httpx.Response:
        body = {"attendee_id": uid(), "contact_id": self.contact, "wait": wait}
        return await self.ticketing.post(
            f"/workshops/{session}/seats", body, role=self.role, key=key
        )

    async def take(self, session: str) -> str:
        answer = await self.ask(session)
        assert answer.status_code == 201, answer.text
        return answer.json()["seat_id"]

    async def give_up(self, session: str, seat: str) -> None:
        path = f"/workshops/{session}/seats/{seat}/cancel"
        answer = await self.ticketing.post(path, role=self.role)
        assert answer.status_code == 200, answer.text

    async def withdraw(self) -> None:
        """It will not exhibit after all, and ticketing has heard of it."""
        await self.ticketing.hear(
            f"fair-{self.fair}",
            registration.ExhibitorWithdrawnV1(
                fair_id=self.fair,
                exhibitor_id=self.exhibitor,
                organisation_id=self.organisation,
                pole_id="products",
                booths=1,
                reason="cannot_come",
            ),
        )
        async with connected(self.ticketing.owner_dsn) as db:
            query = "select count(*) from read.stands where exhibitor_id = $1"
            await eventually(lambda: db.fetchval(query, self.exhibitor), lambda found: found == 0)

    async def claims(self) -> list[Any]:
        said = await self.ticketing.published(f"duty-{self.fair}-{self.organisation}")
        return [(type_.split(".")[0], data) for type_, data in said]

    async def broken(self) -> list[Any]:
        found = await self.ticketing.all(f"/fairs/{self.fair}/duty")
        return [each for each in found if each["organisation_id"] == self.organisation]


async def exhibits(ticketing: Ticketing, fair: str, people: int = 2) -> Exhibitor:
    """An exhibitor with so many people, of whom ticketing has heard."""
    us = Exhibitor(ticketing, fair, uid(), uid(), uid())
    await ticketing.hear(
        f"organisation-{us.organisation}",
        registration.ContactAddedV1(
            organisation_id=us.organisation, contact_id=us.contact, role="chair"
        ),
    )
    await ticketing.hear(
        f"fair-{fair}",
        registration.ExhibitorRegisteredV1(
            fair_id=fair,
            exhibitor_id=us.exhibitor,
            organisation_id=us.organisation,
            participation=Participation.EXHIBITOR,
            pole_id="products",
            booths=1,
            people=people,
            reason="selected",
        ),
    )
    async with connected(ticketing.owner_dsn) as db:
        query = """select count(*) from read.stands join read.contacts using (organisation_id)
                    where organisation_id = $1"""
        await eventually(lambda: db.fetchval(query, us.organisation), lambda found: found == 1)
    return us


def moved(fair: str, session: str, starts_at: datetime) -> scheduling.SessionRescheduledV1:
    return scheduling.SessionRescheduledV1(
        fair_id=fair,
        session_id=session,
        hall_id="great-hall",
        starts_at=starts_at,
        ends_at=starts_at + 2 * HOUR,
        previous_hall_id="training-tent",
        previous_starts_at=STARTS,
        previous_ends_at=STARTS + 2 * HOUR,
        reason="speaker_late",
    )


async def test_somebody_stays_at_the_stand_while_workshops_overlap(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    us = await exhibits(ticketing, fair)
    first = await ticketing.schedule(fair)
    second = await ticketing.schedule(fair, starts_at=STARTS + HOUR)
    third = await ticketing.schedule(fair, starts_at=STARTS + 2 * HOUR)
    seat, key = await us.take(first), uid()

    refused = await us.ask(second, key=key)
    assert refusal(refused) == (409, "stand_unattended")
    told = refused.json()
    assert (told["people"], told["free"], told["places"]) == (2, 0, 1)
    assert refusal(await us.ask(first)) == (409, "stand_unattended")
    await us.take(third)

    # What is given up is free at once, and the refused request stays refused.
    await us.give_up(first, seat)
    path, team = f"/workshops/{second}/seats", {"attendee_id": uid(), "contact_id": us.contact}
    assert (await ticketing.post(path, team)).status_code == 201, "the team is bound as well"
    assert refusal(await us.ask(second)) == (409, "stand_unattended")
    fourth = await ticketing.schedule(fair, starts_at=STARTS - HOUR)
    await us.take(fourth)
    assert refusal(await us.ask(first)) == (409, "stand_unattended")


async def test_the_same_request_again_gets_the_same_answer_whatever_holds_by_then(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    us = await exhibits(ticketing, fair)
    first, second = await ticketing.schedule(fair), await ticketing.schedule(fair)

    async def send(session: str, key: str, attendee: str) -> httpx.Response:
        body = {"attendee_id": attendee, "contact_id": us.contact}
        return await ticketing.post(f"/workshops/{session}/seats", body, role=us.role, key=key)

    (a, b), (who, other) = (uid(), uid()), (uid(), uid())
    taken = await asyncio.gather(*(send(first, a, who) for _ in range(5)))
    assert {(each.status_code, each.text) for each in taken} == {(201, taken[0].text)}
    refused = [await send(second, b, other) for _ in range(2)]
    assert refusal(refused[0]) == refusal(refused[1]) == (409, "stand_unattended")
    assert refusal(await send(second, a, who)) == (422, "idempotency_key_reused")

    await us.give_up(first, taken[0].json()["seat_id"])
    assert (await send(first, a, who)).text == taken[0].text
    assert refusal(await send(second, b, other)) == (409, "stand_unattended")
    # Nor does it when the exhibitor has left, and has no stand to attend any more.
    await us.withdraw()
    assert refusal(await send(second, b, other)) == (409, "stand_unattended")
    assert (await us.ask(second)).status_code == 201


async def test_what_is_refused_or_cancelled_gives_its_time_back(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    us = await exhibits(ticketing, fair)
    full = await ticketing.schedule(fair, seats=1)
    await ticketing.reserve(full)
    assert refusal(await us.ask(full, wait=False)) == (409, "workshop_full")
    assert [name for name, _ in await us.claims()] == ["DutyClaimed", "DutyReleased"]

    # A place on the waiting list may become a seat at any moment: it claims as well.
    waiting = await us.ask(full)
    assert waiting.json()["status"] == "waitlisted"
    beside = await ticketing.schedule(fair)
    assert refusal(await us.ask(beside)) == (409, "stand_unattended")
    cancelled = scheduling.SessionCancelledV1(fair_id=fair, session_id=full, reason="rain")
    await ticketing.hear(f"programme-{fair}", cancelled)
    await eventually(lambda: us.ask(beside), lambda answer: answer.status_code == 201)


async def test_a_stand_of_one_closes_and_a_stand_of_nobody_known_is_not_bound(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    first, second = await ticketing.schedule(fair), await ticketing.schedule(fair)
    for people in (0, 1):
        us = await exhibits(ticketing, fair, people)
        for session in (first, second):
            await us.take(session)
        assert await us.claims() == []


async def test_a_move_that_leaves_the_stand_alone_is_reported_and_not_undone(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    us = await exhibits(ticketing, fair)
    first = await ticketing.schedule(fair)
    second = await ticketing.schedule(fair, starts_at=STARTS + 2 * HOUR)
    seats = [await us.take(first), await us.take(second)]
    assert await us.broken() == []

    await ticketing.hear(f"programme-{fair}", moved(fair, second, STARTS + HOUR))
    (found,) = await eventually(us.broken, lambda found: len(found) == 1)
    assert found["sessions"] == sorted((first, second))
    assert (found["places"], found["people"]) == (2, 2)
    assert found["at"] == "2025-09-18T10:00:00Z"
    for session, seat in zip((first, second), seats, strict=True):
        assert (await ticketing.seat(session, seat))["status"] == "reserved"
    names = [name for name, _ in await us.claims()]
    assert names == ["DutyClaimed", "DutyClaimed", "DutyMoved", "DutyBroken"]
    auditor = await ticketing.get(f"/fairs/{fair}/duty", "auditor")
    assert auditor["items"] == [found]
    stranger = await ticketing.look(f"/fairs/{fair}/duty", "steward fair_id=agadir-2025")
    assert refusal(stranger) == (404, "fair_unknown")

    await us.give_up(first, seats[0])
    await eventually(us.broken, lambda found: found == [])
    assert (await us.claims())[-1][0] == "DutyRestored"
