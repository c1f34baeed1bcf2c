"""Promises about decisions, judged while the events go by."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

from maarid_contracts import Contract
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1
from maarid_contracts.ticketing import SeatReleasedV1, SeatReservedV1, WorkshopOpenedV1

from cli.audit.checks import Booths, Check
from cli.audit.lines import TOLD, Line, Problems, line
from cli.audit.seats import Workshops

ELSEWHERE = cast(Any, None)
"""Where an event stands in the log, and the database: neither matters to these checks."""


async def judged(check: Check, *events: Contract) -> Line:
    feeds = check.hears
    for event in events:
        feeds[type(event)](ELSEWHERE, event)
    return await check.judge(ELSEWHERE)


def assigned(booth: str) -> BoothAssignedV1:
    return BoothAssignedV1(
        fair_id="fair-1",
        booth_id=booth,
        pole_id="products",
        exhibitor_id=str(uuid4()),
        organisation_id=str(uuid4()),
        method="by_hand",
    )


def released(before: BoothAssignedV1) -> BoothReleasedV1:
    return BoothReleasedV1(
        fair_id=before.fair_id,
        booth_id=before.booth_id,
        pole_id=before.pole_id,
        exhibitor_id=before.exhibitor_id,
        organisation_id=before.organisation_id,
        reason="by_hand",
    )


def opened(session: str, capacity: int) -> WorkshopOpenedV1:
    return WorkshopOpenedV1.model_validate(
        {
            "fair_id": "fair-1",
            "session_id": session,
            "title": {"ar": "نص", "fr": "Texte"},
            "hall_id": "hall-1",
            "capacity": capacity,
            "starts_at": "2030-01-01T10:00:00Z",
            "ends_at": "2030-01-01T11:00:00Z",
        }
    )


def reserved(session: str) -> SeatReservedV1:
    return SeatReservedV1(
        fair_id="fair-1", session_id=session, seat_id=str(uuid4()), attendee_id=str(uuid4())
    )


def given_up(seat: SeatReservedV1) -> SeatReleasedV1:
    return SeatReleasedV1(
        fair_id=seat.fair_id,
        session_id=seat.session_id,
        seat_id=seat.seat_id,
        attendee_id=seat.attendee_id,
        reason="cancelled_by_attendee",
    )


async def test_a_booth_that_was_released_may_be_given_again_and_no_other() -> None:
    first = assigned("P-001")
    assert (await judged(Booths(), first, released(first), assigned("P-001"))).holds
    twice = await judged(Booths(), first, assigned("P-002"), assigned("P-001"))
    assert (twice.holds, twice.figures) == (False, "P-001 of fair-1")


async def test_a_workshop_is_over_its_capacity_at_the_moment_it_is() -> None:
    session = str(uuid4())
    seats = [reserved(session) for _ in range(3)]
    two = (opened(session, 2), *seats[:2])
    kept = await judged(Workshops(), *two, given_up(seats[0]), seats[2])
    assert (kept.holds, kept.figures) == (True, "2 seats of 2 in 1 workshops")
    over = await judged(Workshops(), *two, seats[2], given_up(seats[0]))
    assert (over.holds, over.figures) == (False, f"{session}: 3 seats")


async def test_a_seat_that_nobody_has_frees_none() -> None:
    session = str(uuid4())
    gone, *others = (reserved(session) for _ in range(3))
    twice = (opened(session, 1), gone, given_up(gone), given_up(gone))
    assert not (await judged(Workshops(), *twice, *others)).holds


def test_a_line_tells_the_first_problems_and_counts_the_others() -> None:
    found = [Problems(), Problems()]
    for number in range(TOLD + 2):
        found[number % 2].add(f"problem {number}")
    said = line("Nothing is wrong", found, "figures")
    assert not said.holds
    assert said.figures.count("problem") == TOLD
    assert said.figures.endswith(" and 2 more")
    assert line("Nothing is wrong", [Problems()], "figures").figures == "figures"
