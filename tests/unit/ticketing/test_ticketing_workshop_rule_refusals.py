"""What a workshop refuses by the rules of the team."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.ticketing.workshops.domain import (
    DECIDER,
    AcceptOffer,
    AdmitWalkIn,
    AttendSeat,
    Command,
    DeclineOffer,
    Event,
)
from tests.deciding import given
from tests.unit.ticketing.workshop_cases import (
    AT_DOOR,
    BEGUN,
    CANCELLED,
    HOLDS,
    NOW,
    ONE_OFFERED,
    OPENED,
    RULES,
    SCANNED,
    SESSION,
    STARTS,
    cancel,
    gone,
    has,
    lapsed,
    reserve,
    waits,
)

REFUSALS: dict[str, tuple[list[Event], Command, str, dict[str, object]]] = {
    "nobody reserves before the opening time": (
        [OPENED, replace(RULES, opens_at=NOW + timedelta(microseconds=1))],
        reserve("a"),
        "workshop_not_open",
        {"opens_at": (NOW + timedelta(microseconds=1)).isoformat()},
    ),
    "no group that is larger than the workshop waits for ever": (
        [OPENED],
        reserve("a", 5),
        "group_too_large",
        {"places": 5, "most": 4},
    ),
    "a group that will not wait is told how many are left": (
        [OPENED, has("a"), waits("b", 1, 4)],
        reserve("c", 4, wait=False),
        "too_few_seats",
        {"left": 3, "places": 4, "waiting": 1},
    ),
    "nobody is told of seats that are held for others": (
        [OPENED, HOLDS, has("a", 2)],
        reserve("b", wait=False),
        "workshop_full",
        {"capacity": 4, "waiting": 0},
    ),
    "an offered seat is taken": (
        ONE_OFFERED,
        reserve("e", wait=False),
        "workshop_full",
        {"capacity": 4, "waiting": 1},
    ),
    "the places of a group count for its organisation": (
        [
            OPENED,
            replace(RULES, places_per_organisation=3),
            replace(has("a", 2), organisation_id="us"),
        ],
        replace(reserve("b", 2), organisation_id="us"),
        "enough_places",
        {"places": 2, "most": 3},
    ),
    "nothing was offered": (
        ONE_OFFERED,
        AcceptOffer(SESSION, "d", NOW),
        "offer_over",
        {"seat": "d"},
    ),
    "an offer is not accepted at its deadline": (
        BEGUN,
        AcceptOffer(SESSION, "c", NOW + timedelta(minutes=30)),
        "offer_over",
        {"seat": "c"},
    ),
    "nor once it has lapsed": (
        [*BEGUN, *lapsed("c", 1, NOW + timedelta(minutes=30))],
        AcceptOffer(SESSION, "c", NOW),
        "offer_over",
        {"seat": "c"},
    ),
    "nor once the workshop has begun": (
        ONE_OFFERED,
        AcceptOffer(SESSION, "c", STARTS),
        "workshop_started",
        {"starts_at": STARTS.isoformat()},
    ),
    "nor by whom nobody knows": (
        ONE_OFFERED,
        AcceptOffer(SESSION, "x", NOW),
        "seat_unknown",
        {"seat": "x"},
    ),
    "a seat that one has is not declined": (
        ONE_OFFERED,
        DeclineOffer(SESSION, "a", "cannot_come", NOW),
        "offer_over",
        {"seat": "a"},
    ),
    "a seat whose people are inside is not given up": (
        SCANNED,
        cancel("b"),
        "already_attended",
        {"seat": "b"},
    ),
    "a place on the waiting list opens no door": (
        [*AT_DOOR, waits("d", 1)],
        AttendSeat(SESSION, "d", STARTS),
        "no_seat",
        {"seat": "d"},
    ),
    "nor does a seat that was released": (
        [*AT_DOOR, gone("c")],
        AttendSeat(SESSION, "c", STARTS),
        "no_seat",
        {"seat": "c"},
    ),
    "nor does one that there is not": (
        AT_DOOR,
        AttendSeat(SESSION, "x", STARTS),
        "seat_unknown",
        {"seat": "x"},
    ),
    "no door of a workshop that was not opened": (
        [],
        AttendSeat(SESSION, "x", STARTS),
        "workshop_unknown",
        {"session": SESSION},
    ),
    "nobody is let in beyond the capacity": (
        [OPENED, has("a", 2)],
        AdmitWalkIn(SESSION, "w", 3, STARTS, STARTS),
        "no_room",
        {"people": 3, "left": 2},
    ),
    "nor on seats that are offered": (
        ONE_OFFERED,
        AdmitWalkIn(SESSION, "w", 1, NOW, NOW),
        "no_room",
        {"people": 1, "left": 0},
    ),
    "nor on seats that are held": (
        [OPENED, HOLDS, has("a", 2)],
        AdmitWalkIn(SESSION, "w", 1, NOW, NOW),
        "no_room",
        {"people": 1, "left": 0},
    ),
    "nor into a workshop that is cancelled": (
        [OPENED, CANCELLED],
        AdmitWalkIn(SESSION, "w", 1, STARTS, STARTS),
        "workshop_cancelled",
        {"session": SESSION},
    ),
}


@pytest.mark.parametrize(("events", "command", "code", "details"), REFUSALS.values(), ids=REFUSALS)
def test_a_workshop_refuses_by_its_rules(
    events: list[Event], command: Command, code: str, details: dict[str, object]
) -> None:
    given(DECIDER, *events).when(command).refused(code, **details)
