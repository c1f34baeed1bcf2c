"""What a workshop decides of those whom a phone at its door has let in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.ticketing.workshops.domain import (
    DECIDER,
    AdmitWalkIn,
    CapacityExceeded,
    Command,
    Event,
    HeldSeatsReleased,
    NoteLetIn,
    ReleaseNoShows,
    SeatAttended,
    WalkInAdmitted,
)
from tests.deciding import given
from tests.unit.ticketing.workshop_cases import (
    AT_DOOR,
    CANCELLED,
    FAIR,
    FULL,
    HOLDS,
    NO_SHOWS,
    NOW,
    ONE_OFFERED,
    OPENED,
    SCANNED,
    SESSION,
    STARTS,
    TEN_PAST,
    gone,
    has,
    reopened,
    waits,
    who,
)

AT = STARTS + timedelta(minutes=1)


def came(seat: str, places: int = 1) -> SeatAttended:
    return SeatAttended(*who(seat), places, AT)


def let_in(
    holder: str | None, people: int = 1, *, scan: str = "scan", now: datetime = TEN_PAST
) -> NoteLetIn:
    attendee = None if holder is None else f"who-{holder}"
    return NoteLetIn(SESSION, scan, attendee, people, AT, now)


def walks_in(people: int) -> WalkInAdmitted:
    return WalkInAdmitted(FAIR, SESSION, "scan", people, AT)


def exceeds(people: int, left: int, *, scan: str = "scan") -> CapacityExceeded:
    return CapacityExceeded(FAIR, SESSION, scan, people, left, AT)


DECISIONS: dict[str, tuple[list[Event], Command, list[Event]]] = {
    "who shows a ticket with a seat comes to it": (AT_DOOR, let_in("b"), [came("b")]),
    "a seat comes once": (SCANNED, let_in("b", scan="other"), []),
    "all of a group come to their seats": (AT_DOOR, let_in("a", 2), [came("a", 2)]),
    "also fewer of them": (AT_DOOR, let_in("a", 1), [came("a", 2)]),
    "more than the group has places for are walk-ins": (
        [OPENED, has("a", 2)],
        let_in("a", 3),
        [came("a", 2), walks_in(1)],
    ),
    "those are inside too where there is no room": (
        AT_DOOR,
        let_in("a", 5),
        [came("a", 2), exceeds(3, 0)],
    ),
    "who shows another ticket is a walk-in": ([OPENED, has("a")], let_in("x"), [walks_in(1)]),
    "as is a tally": ([OPENED, has("a")], let_in(None, 2), [walks_in(2)]),
    "the last places make it full": ([OPENED, has("a")], let_in(None, 3), [walks_in(3), FULL]),
    "who waits has no seat": (
        [OPENED, has("a"), has("b", 3), FULL, waits("d", 1)],
        let_in("d"),
        [exceeds(1, 0)],
    ),
    "nor has whose seat was released before the upload": (
        [*SCANNED, gone("c", reason="no_show"), reopened(1)],
        let_in("c"),
        [walks_in(1), FULL],
    ),
    "a phone lets in where there is no room": (
        [OPENED, has("a", 3)],
        let_in(None, 2),
        [exceeds(2, 1)],
    ),
    "also where seats are offered": (ONE_OFFERED, let_in(None, now=NOW), [exceeds(1, 0)]),
    "seats that are held are for everybody once it has begun": (
        [OPENED, HOLDS, has("a", 2)],
        let_in(None, 2),
        [HeldSeatsReleased(FAIR, SESSION, 2), walks_in(2), FULL],
    ),
    "the same scan again is silent": ([OPENED, walks_in(2)], let_in(None, 2), []),
    "also one for which there was no room": (
        [OPENED, has("a", 4), FULL, exceeds(2, 0)],
        let_in(None, 2),
        [],
    ),
    "nobody is let into a workshop that is cancelled": ([OPENED, CANCELLED], let_in(None), []),
    "whom it had no room for takes the places that become free": (
        [*SCANNED, exceeds(2, 0, scan="other"), gone("a", 2, reason="no_show"), reopened(2)],
        let_in(None),
        [exceeds(1, 0)],
    ),
    "and leaves the others": (
        [*SCANNED, exceeds(1, 0, scan="other"), gone("a", 2, reason="no_show"), reopened(2)],
        let_in(None),
        [walks_in(1)],
    ),
    "whom it had no room for shows as well that somebody stands there": (
        [OPENED, NO_SHOWS, has("a", 4), FULL, exceeds(1, 0)],
        ReleaseNoShows(SESSION, TEN_PAST),
        [gone("a", 4, reason="no_show"), reopened(4)],
    ),
}
REFUSALS: dict[str, tuple[list[Event], Command, str, dict[str, object]]] = {
    "nobody else where others are inside for whom there was no room": (
        [*SCANNED, exceeds(2, 0), gone("a", 2, reason="no_show"), reopened(2)],
        AdmitWalkIn(SESSION, "w", 1, STARTS, STARTS),
        "no_room",
        {"people": 1, "left": 0},
    ),
    "nobody by a phone into a workshop that was not opened": (
        [],
        NoteLetIn(SESSION, "w", None, 1, STARTS, STARTS),
        "workshop_unknown",
        {"session": SESSION},
    ),
}


@pytest.mark.parametrize(("events", "command", "then"), DECISIONS.values(), ids=DECISIONS)
def test_a_door_decides(events: list[Event], command: Command, then: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*then)


@pytest.mark.parametrize(("events", "command", "code", "details"), REFUSALS.values(), ids=REFUSALS)
def test_a_door_refuses(
    events: list[Event], command: Command, code: str, details: dict[str, object]
) -> None:
    given(DECIDER, *events).when(command).refused(code, **details)
