"""Promises about seats of groups, offers and walk-ins, judged while the events go by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from maarid_contracts import Contract
from maarid_contracts.ticketing import (
    CapacityExceededV1,
    SeatOfferDeadlineSetV1,
    SeatOfferDeclinedV1,
    SeatOfferedV1,
    SeatOfferLapsedV1,
    SeatOfferPassedV1,
    SeatReleasedV1,
    SeatReservedV1,
    WalkInAdmittedV1,
    WorkshopOpenedV1,
)

from chassis.log.events import Fact, Recorded
from cli.audit.checks import Check
from cli.audit.lines import Line
from cli.audit.seats import SeatOffers, Workshops

SESSION, SEAT, OTHER = str(uuid4()), str(uuid4()), str(uuid4())
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATEST = NOON + timedelta(hours=6)
HALF_PAST = NOON + timedelta(minutes=30)
IDS = {"fair_id": "fair-1", "session_id": SESSION, "attendee_id": SEAT, "contact_id": SEAT}

OPENED = WorkshopOpenedV1.model_validate(
    {
        **{"fair_id": "fair-1", "session_id": SESSION, "hall_id": "hall-1", "capacity": 4},
        "title": {"ar": "نص", "fr": "Texte"},
        **{"starts_at": NOON.isoformat(), "ends_at": NOON.isoformat()},
    }
)


def said(model: type[Contract], **more: Any) -> Contract:
    return model.model_validate({**IDS, "seat_id": SEAT, **more})


OFFERED = said(SeatOfferedV1, places=2, minutes=30, lapses_at=LATEST)
BEGUN = said(SeatOfferDeadlineSetV1, began_at=NOON, lapses_at=HALF_PAST)
LAPSED = said(SeatOfferLapsedV1, places=2, lapsed_at=HALF_PAST)
DECLINED = said(SeatOfferDeclinedV1, places=2, reason="cannot_come")
PASSED = said(SeatOfferPassedV1, places=2, reason="no_consent")
LET_GO = said(SeatReleasedV1, waited=True, reason="offer_lapsed", places=2)
TAKEN = said(SeatReservedV1, places=2, from_waitlist=True, from_offer=True)
GROUP = said(SeatReservedV1, seat_id=OTHER, places=3)
WALK_IN = WalkInAdmittedV1(
    fair_id="fair-1", session_id=SESSION, walk_in_id=OTHER, people=2, at=NOON
)


async def judged(check: Check, *events: Contract, at: datetime = HALF_PAST) -> Line:
    id_ = UUID(SEAT)
    for event in events:
        fact = Fact[object]("workshop", 1, event, id_, at, "test:x", id_, None, id_, None)
        check.hears[type(event)](Recorded(1, at, fact), event)
    return await check.judge(cast(Any, None))


async def test_the_seats_of_groups_are_counted() -> None:
    one = said(SeatReservedV1)
    kept = await judged(Workshops(), OPENED, GROUP, one)
    assert (kept.holds, kept.figures) == (True, "4 seats of 4 in 1 workshops")
    assert not (await judged(Workshops(), OPENED, GROUP, said(SeatReservedV1, places=2))).holds
    gone = said(SeatReleasedV1, seat_id=OTHER, reason="by_hand", places=3)
    assert (await judged(Workshops(), OPENED, GROUP, gone, said(SeatReservedV1, places=4))).holds


async def test_what_is_offered_and_what_walk_ins_have_is_taken() -> None:
    kept = await judged(Workshops(), OPENED, OFFERED, WALK_IN)
    assert (kept.holds, kept.figures) == (
        True,
        "0 seats of 4 in 1 workshops, 4 offered or for walk-ins",
    )
    assert not (await judged(Workshops(), OPENED, OFFERED, GROUP)).holds
    assert not (await judged(Workshops(), OPENED, GROUP, WALK_IN)).holds
    for end in (PASSED, LET_GO):
        assert (await judged(Workshops(), OPENED, OFFERED, end, GROUP)).holds
    assert (await judged(Workshops(), OPENED, OFFERED, TAKEN, WALK_IN)).holds


async def test_whom_phones_let_in_beyond_the_seats_is_told_and_breaks_nothing() -> None:
    ids = {"fair_id": "fair-1", "session_id": SESSION, "walk_in_id": SEAT}
    over = CapacityExceededV1(**ids, people=3, left=1, at=NOON)
    kept = await judged(Workshops(), OPENED, GROUP, over)
    assert (kept.holds, kept.figures) == (
        True,
        "3 seats of 4 in 1 workshops, 3 people let in beyond them",
    )


async def test_an_offer_ends_once_and_is_not_taken_after_that() -> None:
    for ends in ([TAKEN], [DECLINED, LET_GO], [PASSED], [LET_GO], [BEGUN, LAPSED, LET_GO]):
        assert (await judged(SeatOffers(), OFFERED, *ends)).holds, ends
        assert not (await judged(SeatOffers(), OFFERED, *ends, TAKEN)).holds, ends
        assert not (await judged(SeatOffers(), OFFERED, *ends, DECLINED)).holds, ends
    found = await judged(SeatOffers(), OFFERED, BEGUN, LAPSED, LET_GO)
    assert found.figures == "1 offers, 0 taken, 1 lapsed, 0 stand"
    assert not (await judged(SeatOffers(), OFFERED, OFFERED)).holds


async def test_an_offer_lapses_at_its_deadline() -> None:
    early = HALF_PAST - timedelta(seconds=1)
    assert not (await judged(SeatOffers(), OFFERED, BEGUN, LAPSED, LET_GO, at=early)).holds
    late = said(SeatOfferLapsedV1, places=2, lapsed_at=LATEST)
    assert not (await judged(SeatOffers(), OFFERED, BEGUN, late, LET_GO, at=LATEST)).holds
    assert (await judged(SeatOffers(), OFFERED, late, LET_GO, at=LATEST)).holds


async def test_a_deadline_is_of_an_offer_and_never_later_than_was_offered() -> None:
    assert not (await judged(SeatOffers(), BEGUN)).holds
    after = said(SeatOfferDeadlineSetV1, began_at=NOON, lapses_at=LATEST + timedelta(seconds=1))
    assert not (await judged(SeatOffers(), OFFERED, after)).holds
