"""What becomes of the message about an offered seat, and of its answer, moves the offer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from maarid_contracts.notifications import (
    About,
    AnswerReceivedV1,
    MessageDeliveredV1,
    MessageFailedV1,
)
from maarid_contracts.ticketing import SEAT_OFFER

from tests.integration.ticketing.running_ticketing import EVE, Ticketing
from tests.running_service import uid
from tests.waiting import eventually


@dataclass
class Line:
    """A workshop with one seat, which was given up, and those who waited for it."""

    ticketing: Ticketing
    session: str
    waiting: list[str]

    async def shown(self) -> list[str]:
        found = [await self.ticketing.seat(self.session, seat) for seat in self.waiting]
        return [each["status"] for each in found]

    async def become(self, *statuses: str) -> None:
        await eventually(self.shown, lambda found: found == list(statuses))

    async def events(self, name: str) -> list[Any]:
        said = await self.ticketing.published(f"workshop-{self.session}")
        return [data for type_, data in said if type_ == f"{name}.v1"]

    async def delivered(self, seat: int, **more: Any) -> None:
        about = About(kind=SEAT_OFFER, id=self.waiting[seat])
        message = MessageDeliveredV1(message_id=uid(), about=about)
        await self.ticketing.hear(f"message-{message.message_id}", message, **more)

    async def answered(self, seat: int, answer: str, **more: Any) -> None:
        about = About(kind=more.pop("kind", SEAT_OFFER), id=self.waiting[seat])
        said = AnswerReceivedV1(message_id=uid(), contact_id=uid(), about=about, answer=answer)
        await self.ticketing.hear(f"message-{said.message_id}", said, **more)

    async def all_heard(self) -> None:
        """Until what was said of messages so far was heard and reacted to."""
        await eventually(
            lambda: self.ticketing.get("/status"),
            lambda status: (
                (heard := status["heard"]["notifications.events.v1"])["applied"] == heard["reacted"]
            ),
        )


async def line(ticketing: Ticketing, waiting: int = 3, minutes: int = 30) -> Line:
    session = await ticketing.schedule(await ticketing.announce(), seats=1)
    rules = {"places_per_organisation": 4, "offer_minutes": minutes}
    await ticketing.done(f"/workshops/{session}/rules", rules)
    seated, *those = [
        (await ticketing.reserve(session, contact_id=uid()))["seat_id"] for _ in range(1 + waiting)
    ]
    await ticketing.cancel(session, seated)
    found = Line(ticketing, session, those)
    await found.become("offered", *["waitlisted"] * (waiting - 1))
    return found


async def test_the_time_of_an_offer_begins_when_its_message_came(ticketing: Ticketing) -> None:
    those = await line(ticketing)
    came = EVE + timedelta(minutes=5)
    await those.delivered(0, occurred_at=came, twice=True)
    (begun,) = await eventually(
        lambda: those.events("SeatOfferDeadlineSet"), lambda found: len(found) == 1
    )
    assert begun["began_at"] == came.isoformat().replace("+00:00", "Z")
    assert begun["lapses_at"] == "2025-09-16T08:35:00Z"
    # Another message about it, however much later, does not begin it anew.
    await those.delivered(0, occurred_at=came + timedelta(minutes=20))
    await ticketing.set_clock(came + timedelta(minutes=30))
    await those.become("released", "offered", "waitlisted")
    assert len(await those.events("SeatOfferDeadlineSet")) == 1
    assert len(await those.events("SeatOfferLapsed")) == 1


async def test_a_message_that_fails_passes_the_offer_on(ticketing: Ticketing) -> None:
    those = await line(ticketing)
    about = About(kind=SEAT_OFFER, id=those.waiting[0])
    failed = MessageFailedV1(message_id=uid(), reason="no_consent", about=about)
    await ticketing.hear(f"message-{failed.message_id}", failed, twice=True)
    await those.become("waitlisted", "offered", "waitlisted")
    (passed,) = await those.events("SeatOfferPassed")
    assert passed["reason"] == "no_consent"


async def test_yes_takes_the_seat_and_no_leaves_it_to_the_next(ticketing: Ticketing) -> None:
    those = await line(ticketing)
    await those.answered(0, "decline")
    await those.become("released", "offered", "waitlisted")
    (declined,) = await those.events("SeatOfferDeclined")
    assert declined["reason"] == "declined_by_message"
    await those.answered(1, "accept", twice=True)
    await those.become("released", "reserved", "waitlisted")
    # Whoever was not asked, or answers again, changes nothing; nor does what we cannot follow.
    for seat, answer in ((0, "accept"), (1, "decline"), (2, "accept"), (2, "perhaps")):
        await those.answered(seat, answer)
    await those.answered(1, "decline", kind="place_offer")
    unknown = About(kind=SEAT_OFFER, id=uid())
    told: list[Any] = [
        AnswerReceivedV1(message_id=uid(), contact_id=uid(), about=unknown, answer="accept"),
        MessageDeliveredV1(message_id=uid(), about=unknown),
        MessageFailedV1(message_id=uid(), reason="no_consent", about=unknown),
        MessageDeliveredV1(message_id=uid()),
        MessageFailedV1(message_id=uid(), reason="no_consent"),
    ]
    for each in told:
        await ticketing.hear(f"message-{each.message_id}", each)
    await those.all_heard()
    assert await those.shown() == ["released", "reserved", "waitlisted"]
    status = await ticketing.get("/status")
    assert status["dead_letters"] == 0


async def test_yes_and_no_at_once_are_one_answer(ticketing: Ticketing) -> None:
    for _ in range(3):
        those = await line(ticketing, waiting=2)
        await asyncio.gather(those.answered(0, "accept"), those.answered(0, "decline"))
        await eventually(those.shown, lambda found: found[0] != "offered")
        taken = (await those.shown())[0] == "reserved"
        await those.become(*(("reserved", "waitlisted") if taken else ("released", "offered")))


async def test_an_answer_after_the_deadline_comes_too_late(ticketing: Ticketing) -> None:
    those = await line(ticketing, waiting=2)
    await those.delivered(0, occurred_at=EVE)
    await eventually(lambda: those.events("SeatOfferDeadlineSet"), lambda found: len(found) == 1)
    await ticketing.set_clock(EVE + timedelta(minutes=30))
    await those.become("released", "offered")
    await those.answered(0, "accept")
    await those.all_heard()
    assert await those.shown() == ["released", "offered"]
