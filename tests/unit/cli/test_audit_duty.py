"""What the audit finds wrong with stand duty, by the events of ticketing alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from maarid_contracts import Contract
from maarid_contracts.ticketing import (
    DutyBrokenV1,
    DutyClaimedV1,
    DutyMovedV1,
    DutyReleasedV1,
    DutyRestoredV1,
    SeatReleasedV1,
    SeatReservedV1,
    WorkshopMovedV1,
)

from chassis.log.events import Recorded
from cli.audit.duty import Duty
from cli.audit.lines import Line

FAIR, US = "agadir-2025", str(uuid4())
NINE = datetime(2025, 2, 16, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = str(uuid4()), str(uuid4())
A, B = str(uuid4()), str(uuid4())
NO_DATABASE = cast(Any, None)


async def judged(*events: Contract) -> Line:
    check = Duty()
    for event in events:
        recorded = Recorded(1, NINE, cast(Any, None))
        check.hears[type(event)](recorded, event)
    return await check.judge(NO_DATABASE)


def slot(hours: int) -> dict[str, datetime]:
    return {"starts_at": NINE + hours * HOUR, "ends_at": NINE + (hours + 2) * HOUR}


def claimed(seat: str, session: str, hours: int, people: int = 2) -> DutyClaimedV1:
    whose = {"fair_id": FAIR, "organisation_id": US, "session_id": session, "seat_id": seat}
    return DutyClaimedV1.model_validate({**whose, **slot(hours), "places": 1, "people": people})


def moved(seat: str, session: str, hours: int) -> DutyMovedV1:
    whose = {"fair_id": FAIR, "organisation_id": US, "session_id": session, "seat_id": seat}
    return DutyMovedV1.model_validate({**whose, **slot(hours), "people": 2})


def ended(seat: str, session: str) -> DutyReleasedV1:
    whose = {"fair_id": FAIR, "organisation_id": US, "session_id": session, "seat_id": seat}
    return DutyReleasedV1.model_validate({**whose, "reason": "seat_released"})


def seated(seat: str, session: str) -> SeatReservedV1:
    return SeatReservedV1(fair_id=FAIR, session_id=session, seat_id=seat, attendee_id=str(uuid4()))


def freed(seat: str, session: str) -> SeatReleasedV1:
    return SeatReleasedV1(
        fair_id=FAIR, session_id=session, seat_id=seat, attendee_id=str(uuid4()), reason="by_hand"
    )


BROKEN = DutyBrokenV1(
    fair_id=FAIR,
    organisation_id=US,
    at=NINE + HOUR,
    sessions=(FIRST, SECOND),
    places=2,
    people=2,
)
RESTORED = DutyRestoredV1(fair_id=FAIR, organisation_id=US)
BOTH = (claimed(A, FIRST, 0), seated(A, FIRST), claimed(B, SECOND, 2), seated(B, SECOND))
MOVED = WorkshopMovedV1.model_validate(
    {"fair_id": FAIR, "session_id": SECOND, "hall_id": "hall-b", **slot(1)}
)


async def test_duty_that_holds_or_is_reported_to_be_broken_is_whole() -> None:
    line = await judged(*BOTH, MOVED, moved(B, SECOND, 1), BROKEN)
    assert (line.holds, line.figures) == (True, "2 times claimed, 2 held, 1 reported")
    mended = (freed(A, FIRST), ended(A, FIRST), RESTORED)
    assert (await judged(*BOTH, MOVED, moved(B, SECOND, 1), BROKEN, *mended)).holds
    assert (await judged(claimed(A, FIRST, 0, 1), claimed(B, SECOND, 1, 1))).holds
    # A place that no exhibitor took has no claim.
    assert (await judged(seated(A, FIRST), freed(A, FIRST))).holds


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((*BOTH[:2], claimed(B, SECOND, 1), BROKEN), id="left by a reservation"),
        pytest.param((*BOTH, moved(B, SECOND, 1)), id="left, and nobody says so"),
        pytest.param((*BOTH, BROKEN), id="said to be left, and is not"),
        pytest.param((*BOTH, ended(A, FIRST)), id="a seat whose claim ended"),
        pytest.param(
            (claimed(A, FIRST, 0), ended(A, FIRST), seated(A, FIRST)), id="a seat after its claim"
        ),
        pytest.param((moved(A, FIRST, 1),), id="a move of what was not claimed"),
    ],
)
async def test_what_is_wrong_is_found(events: tuple[Contract, ...]) -> None:
    assert not (await judged(*events)).holds
