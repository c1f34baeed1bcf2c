"""Offers over HTTP: who sees and answers them, and what is heard of their messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from maarid_contracts.notifications import (
    About,
    CallNotedV1,
    MessageDeliveredV1,
    MessageFailedV1,
    MessageRequestedV1,
)
from maarid_contracts.registration import PLACE_OFFER

from chassis.replaying.rebuild import compare
from services.registration.app import definition
from tests.integration.registration.running_registration import DEADLINE, SPRING, Registration
from tests.running_service import RECORDED_AT, connected, refusal, uid
from tests.waiting import eventually

HOURS = 48
LAPSES = RECORDED_AT + timedelta(hours=HOURS)
RULES: dict[str, Any] = {"terms": [], "offer_hours": HOURS}


@dataclass(frozen=True)
class Offering:
    """A fair with two places: who exhibits, and who waits, in order."""

    registration: Registration
    fair_id: str
    exhibitors: list[str]
    waiting: list[str]
    organisations: dict[str, str]

    @property
    def offers(self) -> str:
        return f"/fairs/{self.fair_id}/offers"

    async def give_back(self) -> Any:
        """An exhibitor withdraws; the one offer that is made by that."""
        gone = self.exhibitors.pop()
        decided = await self.registration.decide(self.fair_id, gone, "withdraw", "cannot_come")
        (application_id,) = decided["offered"]
        return await self.of(application_id)

    async def of(self, application_id: str) -> Any:
        found = await self.registration.all(self.offers)
        return [each for each in found if each["application_id"] == application_id][-1]

    async def told(
        self,
        application_id: str,
        *contracts: Any,
        message_id: str | None = None,
        at: datetime = RECORDED_AT,
        outcome: str = "reached",
    ) -> None:
        """What notifications says of a message to an application; `at` is by the sender's clock."""
        offer = await self.of(application_id)
        about = About(kind=PLACE_OFFER, id=offer["offer_id"])
        message_id = message_id or uid()
        made = {
            MessageRequestedV1: {"contact_id": uid(), "template": "place_offered"},
            MessageFailedV1: {"reason": "no_consent"},
            MessageDeliveredV1: {},
            CallNotedV1: {"outcome": outcome},
        }
        await self.registration.hear(
            f"message-{message_id}",
            *(each(message_id=message_id, about=about, **made[each]) for each in contracts),
            occurred_at=at,
        )

    async def state(self, application_id: str, state: str) -> Any:
        return await eventually(
            lambda: self.of(application_id), lambda offer: offer["state"] == state
        )

    async def answer(self, offer: Any, what: str, body: Any = None, **more: Any) -> Any:
        path = f"{self.offers}/{offer['offer_id']}/{what}"
        return await self.registration.post(path, body, **more)


async def offering(registration: Registration, waiting: int = 3) -> Offering:
    fair_id = await registration.call()
    await registration.done(f"/fairs/{fair_id}/selection/rules", RULES)
    organisations: dict[str, str] = {}

    async def applied(what: str) -> str:
        organisation_id = await registration.enrol()
        await registration.contact(organisation_id)
        application_id = await registration.apply(fair_id, organisation_id)
        await registration.decide(fair_id, application_id, what)
        organisations[application_id] = organisation_id
        return application_id

    exhibitors = [await applied("accept") for _ in range(2)]
    return Offering(
        registration,
        fair_id,
        exhibitors,
        [await applied("waitlist") for _ in range(waiting)],
        organisations,
    )


async def test_an_offer_runs_from_the_delivery_of_its_message_and_lapses_by_itself(
    registration: Registration,
) -> None:
    fair = await offering(registration)
    first, second, _ = fair.waiting
    offer = await fair.give_back()
    assert (offer["application_id"], offer["state"], offer["hours"]) == (first, "offered", HOURS)
    assert (offer["unreached_because"], offer["lapses_at"]) == ("no_report", None)
    await registration.set_clock(RECORDED_AT)
    await fair.told(first, MessageRequestedV1, MessageDeliveredV1)
    running = await fair.state(first, "running")
    assert datetime.fromisoformat(running["began_at"]) == RECORDED_AT
    assert datetime.fromisoformat(running["lapses_at"]) == LAPSES
    assert (running["told_by"], running["unreached_because"]) == ("delivered", None)
    await registration.set_clock(LAPSES)
    late = await fair.state(first, "lapsed")
    # Two more hours do not help: the place is the next one's.
    assert refusal(await fair.answer(late, "accept")) == (409, "offer_lapsed")
    assert (await fair.of(second))["state"] == "offered"
    application = await registration.get(f"/fairs/{fair.fair_id}/applications/{first}")
    shown = (application["status"], application["reason"], application["rank"])
    assert shown == ("waitlisted", "offer_lapsed", None)
    again = await registration.decide(fair.fair_id, first, "waitlist", "called_back")
    assert again["rank"] == 2
    said = await registration.said(f"fair-{fair.fair_id}", until="OfferLapsed")
    assert [name for name, _ in said if "Offer" in name] == [
        "PlaceOffered",
        "OfferDeadlineSet",
        "OfferLapsed",
        "PlaceOffered",
    ]
    await registration.set_clock(SPRING)


async def test_an_organisation_answers_its_own_offer_and_sees_no_other(
    registration: Registration,
) -> None:
    fair = await offering(registration)
    first, second, _ = fair.waiting
    offer, other = await fair.give_back(), await fair.give_back()
    own, others = (
        f"exhibitor organisation_id={fair.organisations[each]}" for each in (first, second)
    )
    assert [each["offer_id"] for each in await registration.all(fair.offers, own)] == [
        offer["offer_id"]
    ]
    theirs = await registration.look(fair.offers, own, organisation_id=fair.organisations[second])
    assert refusal(theirs) == (404, "organisation_unknown")
    assert refusal(await fair.answer(offer, "accept", role=others)) == (404, "offer_unknown")
    elsewhere = f"/fairs/{await registration.call()}/offers/{offer['offer_id']}/accept"
    assert refusal(await registration.post(elsewhere)) == (404, "offer_unknown")

    key = uid()
    accepted = await fair.answer(offer, "accept", role=own, key=key)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    again = await fair.answer(offer, "accept", role=own, key=key)
    assert again.json() == accepted.json()
    exhibitor = (await registration.exhibitors(fair.fair_id))[first]
    assert (exhibitor["booths"], exhibitor["from_waitlist"]) == (1, True)
    no = await fair.answer(other, "decline", {"reason": "no_time"}, role=others)
    assert (no.json()["state"], no.json()["reason"]) == ("declined", "no_time")
    application = await registration.get(f"/fairs/{fair.fair_id}/applications/{second}")
    assert (application["status"], application["reason"]) == ("withdrawn", "no_time")
    yes = await fair.answer(other, "accept", role=others)
    assert refusal(yes) == (409, "offer_ended")


async def test_whoever_is_not_reached_is_listed_and_told_by_the_team(
    registration: Registration,
) -> None:
    fair = await offering(registration)
    first = fair.waiting[0]
    await fair.give_back()
    await fair.told(first, MessageRequestedV1, MessageFailedV1)
    offer = await fair.state(first, "unreached")
    assert offer["unreached_because"] == "no_consent"
    (listed,) = await registration.all(fair.offers, state="unreached")
    assert listed == offer
    assert await registration.all(fair.offers, state="running") == []
    await registration.set_clock(DEADLINE)
    told = (await fair.answer(offer, "told")).json()
    assert (told["state"], told["told_by"]) == ("running", "told")
    assert datetime.fromisoformat(told["began_at"]) == DEADLINE
    await registration.set_clock(DEADLINE + timedelta(hours=1))
    # A second call changes nothing, and the message that comes at last neither.
    assert (await fair.answer(offer, "told")).json() == told
    await fair.told(first, MessageRequestedV1, MessageDeliveredV1)
    assert await fair.of(first) == told
    await registration.set_clock(DEADLINE + timedelta(hours=HOURS))
    await fair.state(first, "lapsed")
    lapsed = await fair.of(first)
    assert refusal(await fair.answer(lapsed, "told")) == (409, "offer_lapsed")
    await registration.set_clock(SPRING)


async def test_an_offer_runs_from_the_call_by_which_its_contact_was_told(
    registration: Registration,
) -> None:
    fair = await offering(registration)
    first, second, _ = fair.waiting
    await fair.give_back()
    await registration.set_clock(RECORDED_AT)
    await fair.told(first, MessageRequestedV1, MessageFailedV1)
    await fair.state(first, "unreached")
    await fair.told(first, CallNotedV1, outcome="no_answer")
    at = RECORDED_AT + timedelta(hours=1)
    await fair.told(first, CallNotedV1, CallNotedV1, at=at)
    running = await fair.state(first, "running")
    assert datetime.fromisoformat(running["began_at"]) == at
    assert running["told_by"] == "told"
    # Too late: it has lapsed, or is no offer of ours.
    late = at + timedelta(hours=HOURS)
    await registration.set_clock(late)
    lapsed = await fair.state(first, "lapsed")
    await fair.told(first, CallNotedV1, at=late)
    strange = About(kind=PLACE_OFFER, id=uid())
    for about in (strange, None):
        noted = CallNotedV1(message_id=uid(), outcome="reached", about=about)
        await registration.hear(f"message-{noted.message_id}", noted)
    await fair.told(second, CallNotedV1, at=late)
    await fair.state(second, "running")
    assert await fair.of(first) == lapsed
    await registration.set_clock(SPRING)


async def test_who_has_nobody_to_tell_is_listed_as_well(registration: Registration) -> None:
    fair_id = await registration.call()
    await registration.done(f"/fairs/{fair_id}/selection/rules", RULES)
    exhibitor, silent = (
        await registration.apply(fair_id, booths=2),
        await registration.apply(fair_id),
    )
    await registration.decide(fair_id, exhibitor, "accept")
    await registration.decide(fair_id, silent, "waitlist")
    await registration.decide(fair_id, exhibitor, "withdraw")
    (offer,) = await registration.all(f"/fairs/{fair_id}/offers", told=False)
    assert (offer["state"], offer["unreached_because"]) == ("unreached", "no_contact")


async def test_offers_are_listed_in_order_and_counted(registration: Registration) -> None:
    fair = await offering(registration)
    made = [await fair.give_back()]
    await registration.set_clock(SPRING + timedelta(minutes=1))
    made.append(await fair.give_back())
    ids = [each["offer_id"] for each in made]
    pages = await registration.pages(fair.offers, limit=1)
    assert [page[0]["offer_id"] for page in pages] == ids
    backwards = await registration.all(fair.offers, sort="-offered_at")
    assert [each["offer_id"] for each in backwards] == ids[::-1]
    by_id = await registration.all(fair.offers, sort="offer_id")
    assert [each["offer_id"] for each in by_id] == sorted(ids)
    counted = await registration.get(fair.offers, total=True, limit=1)
    assert counted["total"] == 2


async def test_an_application_that_is_withdrawn_or_rejected_ends_its_offer(
    registration: Registration,
) -> None:
    fair = await offering(registration, waiting=4)
    first, second, third, fourth = fair.waiting
    await fair.give_back()
    await fair.give_back()
    withdrawn = await registration.decide(fair.fair_id, first, "withdraw", "cannot_come")
    assert withdrawn["offered"] == [third]
    rejected = await registration.decide(fair.fair_id, second, "reject", "not_eligible")
    assert rejected["offered"] == [fourth]
    for application_id, why in ((first, "cannot_come"), (second, "not_eligible")):
        offer = await fair.of(application_id)
        assert (offer["state"], offer["reason"]) == ("withdrawn", why)
    assert refusal(await fair.answer(await fair.of(first), "accept")) == (409, "offer_ended")


async def test_a_fair_that_is_called_off_leaves_its_offers_as_they_are(
    registration: Registration,
) -> None:
    fair = await offering(registration)
    first = fair.waiting[0]
    offer = await fair.give_back()
    await fair.answer(offer, "told")
    await registration.done(f"/fairs/{fair.fair_id}/cancel", {"reason": "floods"})
    await registration.set_clock(SPRING + timedelta(hours=HOURS))
    due = "select count(*) from log.timers where payload ->> 'offer_id' = $1"
    async with connected(registration.owner_dsn) as db:
        await eventually(lambda: db.fetchval(due, offer["offer_id"]), lambda number: number == 0)
    assert (await fair.of(first))["state"] == "running"
    assert refusal(await fair.answer(offer, "accept")) == (409, "fair_cancelled")


async def test_an_erased_contact_leaves_the_offer_to_the_team(registration: Registration) -> None:
    fair = await offering(registration)
    first = fair.waiting[0]
    offer = await fair.give_back()
    erased = await registration.send("DELETE", f"/contacts/{offer['contact_id']}")
    assert erased.is_success, erased.text
    assert (await fair.of(first))["state"] == "offered"
    told = await fair.answer(offer, "told")
    assert told.json()["state"] == "running"


async def test_the_tables_of_offers_are_made_again_from_both_logs(
    registration: Registration,
) -> None:
    fair = await offering(registration)
    await fair.give_back()
    # Two messages, in partitions of their own: whichever is heard of first, tables say the same.
    # Of one message the last event counts, also where the clock of its sender is behind.
    other, one = sorted((uid(), uid()))
    before = RECORDED_AT - timedelta(seconds=1)
    await fair.told(fair.waiting[0], MessageRequestedV1, message_id=one)
    await fair.told(fair.waiting[0], MessageFailedV1, message_id=one, at=before)
    await fair.state(fair.waiting[0], "unreached")
    await fair.told(fair.waiting[0], MessageRequestedV1, message_id=other)

    async def heard() -> bool:
        async with connected(registration.owner_dsn) as db:
            return await db.fetchval(
                "select exists (select from log.heard where stream = $1)", f"message-{other}"
            )

    await eventually(heard, bool)
    await fair.state(fair.waiting[0], "unreached")
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []
