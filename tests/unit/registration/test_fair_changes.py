"""Fairs that move or are called off, and those that nobody could come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from chassis.kernel.text import Text
from services.registration.fairs.domain import (
    DECIDER,
    CallClosed,
    CallOpened,
    CancelFair,
    ChangeFair,
    CloseCall,
    Command,
    Event,
    LapseCall,
    OpenCall,
)
from services.registration.selection.application import kept_of
from tests.deciding import given
from tests.unit.registration.a_fair import (
    ANNOUNCE,
    ANNOUNCED,
    CALLED,
    CANCELLED,
    CLOSED,
    DEADLINE,
    FAIR,
    MOVE,
    MOVED,
    NOW,
    OPENED,
    A,
    B,
    accept,
    applied,
    registered,
    reject,
    submitted,
    waitlist,
    waitlisted,
    withdraw,
)

VENUE = Text("ساحة الموحدين", "Place Al Mouahidine")
OFF = CancelFair("bad_weather")
OFF_CALL = CallClosed(FAIR, "fair_cancelled")
LONG_AGO = replace(ANNOUNCED, first_day=date(1, 1, 1), last_day=date(9999, 12, 31))
"""A fair that was announced before anybody looked at its days."""

DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    "a fair moves": ((ANNOUNCED,), MOVE, [MOVED]),
    "the same move again is silent": ((ANNOUNCED, MOVED), MOVE, []),
    "what is as it was is no change": (
        (ANNOUNCED,),
        ChangeFair("typing_error", edition=2, venue=ANNOUNCE.venue),
        [],
    ),
    "only what is new is named": (
        (ANNOUNCED,),
        ChangeFair("typing_error", edition=2, venue=VENUE),
        [
            replace(
                MOVED,
                venue=VENUE,
                first_day=ANNOUNCE.first_day,
                last_day=ANNOUNCE.last_day,
                changed=("venue",),
                reason="typing_error",
            )
        ],
    ),
    "a change stands on the one before": (
        (ANNOUNCED, MOVED),
        ChangeFair("typing_error", venue=VENUE),
        [replace(MOVED, venue=VENUE, changed=("venue",), reason="typing_error")],
    ),
    "an open call does not mind": (CALLED, MOVE, [MOVED]),
    "a call that closed keeps no fair from moving to before its deadline": (
        (ANNOUNCED, replace(OPENED, closes_at=datetime(2025, 9, 22, tzinfo=UTC)), CLOSED),
        ChangeFair("earlier", last_day=date(2025, 9, 20)),
        [
            replace(
                MOVED,
                first_day=ANNOUNCE.first_day,
                last_day=date(2025, 9, 20),
                changed=("last_day",),
                reason="earlier",
            )
        ],
    ),
    "who applied before still does": ((*applied(A), MOVED), accept(A), [registered(A)]),
    "a deadline follows the new days": (
        (ANNOUNCED, MOVED),
        OpenCall(datetime(2025, 9, 29, tzinfo=UTC), NOW),
        [CallOpened(FAIR, datetime(2025, 9, 29, tzinfo=UTC))],
    ),
    "a fair of the year 1 is put right": (
        (LONG_AGO,),
        MOVE,
        [MOVED],
    ),
    "a call of a fair that ends after all calendars": (
        (replace(LONG_AGO, timezone="America/New_York"),),
        OpenCall(DEADLINE, NOW),
        [OPENED],
    ),
    "a fair is called off": ((ANNOUNCED,), OFF, [CANCELLED]),
    "also one of the year 1": ((LONG_AGO,), OFF, [CANCELLED]),
    "with it its open call": (CALLED, OFF, [OFF_CALL, CANCELLED]),
    "a closed call is not closed again": ((*CALLED, CLOSED), OFF, [CANCELLED]),
    "applications stay as they are": (
        (*applied(A, B), registered(A), waitlisted(B, 1)),
        OFF,
        [OFF_CALL, CANCELLED],
    ),
    "calling off again is silent, whatever the reason": (
        (ANNOUNCED, CANCELLED),
        CancelFair("something_else"),
        [],
    ),
    "an application that was made is told the same again": (
        (*applied(A), OFF_CALL, CANCELLED),
        A,
        [],
    ),
    "its call is closed": ((*CALLED, OFF_CALL, CANCELLED), CloseCall("by_hand"), []),
    "and does not lapse": ((*CALLED, OFF_CALL, CANCELLED), LapseCall(DEADLINE), []),
}


@pytest.mark.parametrize(("events", "command", "expected"), DECIDED.values(), ids=DECIDED.keys())
def test_it_is_decided(events: tuple[Event, ...], command: Command, expected: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*expected)


# In Paris the clocks leap from two to three on 30 March 2025, and repeat that hour on 26 October.
PARIS: dict[str, Any] = {"timezone": "Europe/Paris", "closes_at": time(22)}
SPRING: dict[str, Any] = {"first_day": date(2025, 3, 28), "last_day": date(2025, 3, 31)} | PARIS
AUTUMN: dict[str, Any] = {"first_day": date(2025, 10, 24), "last_day": date(2025, 10, 27)} | PARIS

IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "in the year 1": ({"first_day": date(1, 9, 17), "last_day": date(1, 9, 22)}, "year"),
    "until the year 9999": ({"last_day": date(9999, 12, 31)}, "year"),
    "in the last century": ({"first_day": date(1999, 12, 31)}, "year"),
    "in the next century": (
        {"first_day": date(2099, 12, 31), "last_day": date(2100, 1, 1)},
        "year",
    ),
    "for nine years": ({"last_day": date(2034, 9, 22)}, "long"),
    "for 32 days": ({"last_day": date(2025, 10, 18)}, "long"),
    "before it begins": ({"last_day": date(2025, 9, 16)}, "days"),
    "closed before it opens": ({"closes_at": time(9)}, "hours"),
    "at an hour that is leapt over": (SPRING | {"opens_at": time(2, 30)}, "hour"),
    "until an hour that is leapt over": (
        SPRING | {"opens_at": time(1), "closes_at": time(2)},
        "hour",
    ),
    "at an hour that comes twice": (AUTUMN | {"opens_at": time(2, 59, 59)}, "hour"),
    # Ramadan began on 1 March 2025, and the clocks of Morocco went back from three to two before.
    "at an hour that Ramadan repeats": (
        {
            "first_day": date(2025, 2, 20),
            "last_day": date(2025, 2, 24),
            "opens_at": time(2, 15),
            "closes_at": time(14),
        },
        "hour",
    ),
}
CODES = {
    "year": "year_out_of_range",
    "long": "fair_too_long",
    "days": "days_out_of_order",
    "hours": "hours_out_of_order",
    "hour": "hour_not_told",
}


@pytest.mark.parametrize(("wrong", "code"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_a_fair_that_nobody_could_come_to_is_refused(wrong: dict[str, Any], code: str) -> None:
    announcing = replace(ANNOUNCE, **wrong)
    changing = replace(ChangeFair("typing_error"), **wrong)
    given(DECIDER).when(announcing).refused(CODES[code])
    given(DECIDER, ANNOUNCED).when(changing).refused(CODES[code])


POSSIBLE: dict[str, dict[str, Any]] = {
    "a whole month": {"last_day": date(2025, 10, 17)},
    "the century's last day": {"first_day": date(2099, 12, 31), "last_day": date(2099, 12, 31)},
    "over a change of clocks": SPRING | {"opens_at": time(10)},
    "at the hour to which clocks leap": SPRING | {"opens_at": time(3)},
    "before the hour that comes twice": AUTUMN | {"opens_at": time(1, 59)},
}


@pytest.mark.parametrize("when", POSSIBLE.values(), ids=POSSIBLE.keys())
def test_a_fair_that_people_can_come_to_is_announced(when: dict[str, Any]) -> None:
    announcing = replace(ANNOUNCE, **when)
    given(DECIDER).when(announcing).then(replace(ANNOUNCED, **when))


REFUSED: dict[str, tuple[tuple[Event, ...], Command, str]] = {
    "changing a fair that nobody announced": ((), MOVE, "fair_unknown"),
    "calling it off": ((), OFF, "fair_unknown"),
    "moving to before the deadline of an open call": (
        CALLED,
        ChangeFair("earlier", first_day=date(2025, 6, 1), last_day=date(2025, 6, 30)),
        "call_outlives_fair",
    ),
    "a deadline after the doors have closed for the last time": (
        (ANNOUNCED,),
        OpenCall(datetime(2025, 9, 22, 21, 30, tzinfo=UTC), NOW),
        "deadline_after_fair",
    ),
    "announcing anew what has changed": (
        (ANNOUNCED, MOVED),
        ANNOUNCE,
        "fair_already_announced",
    ),
    "announcing it": ((ANNOUNCED, CANCELLED), ANNOUNCE, "fair_cancelled"),
    "changing it": ((ANNOUNCED, CANCELLED), MOVE, "fair_cancelled"),
    "opening its call": ((ANNOUNCED, CANCELLED), OpenCall(DEADLINE, NOW), "fair_cancelled"),
    "closing a call that never opened": (
        (ANNOUNCED, CANCELLED),
        CloseCall("by_hand"),
        "call_not_open",
    ),
    "applying to it": ((*CALLED, OFF_CALL, CANCELLED), A, "fair_cancelled"),
    "accepting": ((*applied(A), OFF_CALL, CANCELLED), accept(A), "fair_cancelled"),
    "rejecting": ((*applied(A), OFF_CALL, CANCELLED), reject(A), "fair_cancelled"),
    "letting wait": ((*applied(A), OFF_CALL, CANCELLED), waitlist(A), "fair_cancelled"),
    "withdrawing, which would move others up": (
        (*applied(A, B), registered(A), waitlisted(B, 1), OFF_CALL, CANCELLED),
        withdraw(A),
        "fair_cancelled",
    ),
}


@pytest.mark.parametrize(("events", "command", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(events: tuple[Event, ...], command: Command, code: str) -> None:
    given(DECIDER, *events).when(command).refused(code)


def test_a_change_keeps_what_stands_on_the_fair() -> None:
    before = given(DECIDER, *applied(A, B)).state()
    after = given(DECIDER, *applied(A, B), MOVED).state()
    assert after.selection == before.selection
    assert after.call == before.call
    assert kept_of(submitted(A)) == after.selection.applications[A.application_id].submitted
