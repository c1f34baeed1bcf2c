"""Applications that are changed, that come late, and that are given other than they ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registration.fairs.domain import DECIDER, Command, Event, Pole
from services.registration.selection.application import (
    Needs,
    Participation,
)
from services.registration.selection.asking import CHANGEABLE
from services.registration.selection.domain import SubmitApplication
from tests.deciding import given
from tests.unit.registration.a_fair import (
    ANNOUNCED,
    BIG,
    CALLED,
    CANCELLED,
    CLOSED,
    DEADLINE,
    NOW,
    OPENED,
    PARTNER,
    PRODUCTS_POLE,
    WHOLE,
    A,
    B,
    C,
    D,
    accept,
    applied,
    apply,
    change,
    changed,
    gave_up,
    registered,
    rejected,
    submitted,
    waitlisted,
    withdraw,
    withdrawn,
)

CRAFTS = Pole("crafts", PRODUCTS_POLE.name, places=2)
WIDER = replace(ANNOUNCED, poles=(*ANNOUNCED.poles, CRAFTS))
END = datetime(2025, 9, 22, 21, tzinfo=UTC)
"""When the doors close for the last time."""


def wider(*asked: SubmitApplication) -> tuple[Event, ...]:
    """The fair with a second pole for exhibitors, and applications to it."""
    return (WIDER, OPENED, *(submitted(each) for each in asked))


def got(asked: SubmitApplication, booths: int, pole_id: str = "products") -> SubmitApplication:
    """What an organisation was given, as if it had asked for it."""
    return replace(asked, booths=booths, pole_id=pole_id)


IN_CRAFTS = apply("crafts", pole_id="crafts")
LATE = replace(A, now=DEADLINE, late_because="delegation_sent_it_late")

DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    # Fewer booths, or another pole.
    "an organisation is given fewer booths": (
        applied(WHOLE),
        accept(WHOLE, booths=2),
        [registered(got(WHOLE, 2))],
    ),
    "or those it asked for, said aloud": (
        applied(WHOLE),
        accept(WHOLE, 3, "products"),
        [registered(WHOLE)],
    ),
    "or another pole": (
        wider(A),
        accept(A, pole_id="crafts"),
        [registered(got(A, 1, "crafts"))],
    ),
    "or both": (
        wider(WHOLE),
        accept(WHOLE, 2, "crafts"),
        [registered(got(WHOLE, 2, "crafts"))],
    ),
    "a partner gets fewer desks in another pole, and takes no place": (
        wider(PARTNER),
        accept(PARTNER, 1, "crafts"),
        [registered(got(PARTNER, 1, "crafts"))],
    ),
    "the places that are left take others": (
        (*applied(WHOLE, A), registered(got(WHOLE, 2))),
        accept(A),
        [registered(A)],
    ),
    "a place of another pole leaves its own one free": (
        (*wider(A, WHOLE), registered(got(A, 1, "crafts"))),
        accept(WHOLE),
        [registered(WHOLE)],
    ),
    "one that waits for its pole is taken into another": (
        (*wider(A), waitlisted(A, 1)),
        accept(A, pole_id="crafts"),
        [registered(got(A, 1, "crafts"), from_waitlist=True)],
    ),
    "accepting again is silent, whatever it was given": (
        (*applied(WHOLE), registered(got(WHOLE, 2))),
        accept(WHOLE),
        [],
    ),
    "accepting alike again is silent": (
        (*wider(WHOLE), registered(got(WHOLE, 2, "crafts"))),
        accept(WHOLE, 2, "crafts"),
        [],
    ),
    "what was given comes back, and no more moves up": (
        (*applied(WHOLE, A, B), registered(got(WHOLE, 1)), waitlisted(A, 1), waitlisted(B, 2)),
        withdraw(WHOLE),
        [
            gave_up(got(WHOLE, 1)),
            registered(A, "place_given_back", from_waitlist=True),
        ],
    ),
    "it comes back to the pole of which it was": (
        (
            *wider(A, IN_CRAFTS, B),
            registered(got(A, 1, "crafts")),
            waitlisted(B, 1),
            waitlisted(IN_CRAFTS, 1),
        ),
        withdraw(A),
        [
            gave_up(got(A, 1, "crafts")),
            registered(IN_CRAFTS, "place_given_back", from_waitlist=True),
        ],
    ),
    # Changes.
    "an application changes": (
        applied(A),
        change(A, booths=2, people=5),
        [changed(replace(A, booths=2, people=5), "booths", "people")],
    ),
    "the same change again is silent": (
        (*applied(A), changed(replace(A, booths=2), "booths")),
        change(A, booths=2),
        [],
    ),
    "only what is new is named": (
        applied(A),
        change(A, booths=1, needs=Needs(water=True)),
        [changed(replace(A, needs=Needs(water=True)), "needs")],
    ),
    "a change stands on the one before": (
        (*applied(A), changed(replace(A, booths=2), "booths")),
        change(A, people=5),
        [changed(replace(A, booths=2, people=5), "people")],
    ),
    "programmes and products may be none": (
        applied(A),
        change(A, programmes=(), products=()),
        [changed(replace(A, programmes=(), products=()), "products", "programmes")],
    ),
    "so may preferences, and those are given to whoever places the exhibitor": (
        (*applied(A), changed(replace(A, preferences=("quiet",)), "preferences")),
        accept(A),
        [registered(replace(A, preferences=("quiet",)))],
    ),
    "the same preferences again are silent": (
        applied(A),
        change(A, preferences=A.preferences),
        [],
    ),
    "an exhibitor turns out to be a partner, and needs no places": (
        applied(A),
        change(A, participation=Participation.INSTITUTIONAL_PARTNER, pole_id="institutional"),
        [
            changed(
                replace(
                    A,
                    participation=Participation.INSTITUTIONAL_PARTNER,
                    pole_id="institutional",
                ),
                "participation",
                "pole_id",
            )
        ],
    ),
    "new products stand whatever products were seen": (
        applied(A),
        change(A, seen=(), products=A.products[:1]),
        [changed(replace(A, products=A.products[:1]), "products")],
    ),
    "nothing new is no change, whatever was decided": (
        (*applied(A), rejected(A)),
        change(A, DEADLINE, booths=1),
        [],
    ),
    "it is accepted as it is by then": (
        (*wider(A), changed(got(A, 2, "crafts"), "pole_id", "booths")),
        accept(A),
        [registered(got(A, 2, "crafts"))],
    ),
    "an application that came late may be changed while the call is open again": (
        (*CALLED, submitted(LATE), CLOSED, OPENED),
        change(A, booths=2),
        [changed(replace(A, booths=2), "booths")],
    ),
    # Late ones.
    "the team takes an application after the deadline": (CALLED, LATE, [submitted(LATE)]),
    "or after the call was closed by hand": (
        (*CALLED, CLOSED),
        replace(LATE, now=NOW),
        [submitted(LATE)],
    ),
    "until the doors close for the last time": (
        (*CALLED, CLOSED),
        replace(LATE, now=END - timedelta(seconds=1)),
        [submitted(LATE)],
    ),
    "the same late application again is silent": ((*CALLED, submitted(LATE)), LATE, []),
}


@pytest.mark.parametrize(("events", "command", "expected"), DECIDED.values(), ids=DECIDED.keys())
def test_it_is_decided(events: tuple[Event, ...], command: Command, expected: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*expected)


REFUSED: dict[str, tuple[tuple[Event, ...], Command, str, dict[str, Any]]] = {
    "products that somebody else has changed since they were seen": (
        (*applied(A), changed(replace(A, products=()), "products")),
        change(A, booths=2),
        "application_changed_meanwhile",
        {"application_id": A.application_id},
    ),
    "more booths than were asked for": (
        applied(A),
        accept(A, booths=2),
        "more_booths_than_asked",
        {"asked": 1},
    ),
    "a pole that there is not": (
        applied(A),
        accept(A, pole_id="moon"),
        "pole_unknown",
        {"pole_id": "moon"},
    ),
    "more booths than another pole has left": (
        (*wider(WHOLE, IN_CRAFTS), registered(IN_CRAFTS)),
        accept(WHOLE, 2, "crafts"),
        "pole_full",
        {"pole_id": "crafts", "free": 1, "wanted": 2},
    ),
    "fewer booths than are left, and still too many": (
        (*applied(WHOLE, BIG), registered(BIG)),
        accept(WHOLE, booths=2),
        "pole_full",
        {"free": 1, "wanted": 2},
    ),
    "accepting otherwise what was accepted": (
        (*applied(WHOLE), registered(WHOLE)),
        accept(WHOLE, booths=2),
        "application_accepted",
        {},
    ),
    "moving what was accepted": (
        (*wider(A), registered(A)),
        accept(A, pole_id="crafts"),
        "application_accepted",
        {},
    ),
    "changing what there is not": (CALLED, change(A, booths=2), "application_unknown", {}),
    "changing one that waits": (
        (*applied(A), waitlisted(A, 1)),
        change(A, booths=2),
        "application_waitlisted",
        {},
    ),
    "changing one that was accepted": (
        (*applied(A), registered(A)),
        change(A, booths=2),
        "application_accepted",
        {},
    ),
    "changing one that was rejected": (
        (*applied(A), rejected(A)),
        change(A, booths=2),
        "application_rejected",
        {},
    ),
    "changing one that was withdrawn": (
        (*applied(A), withdrawn(A)),
        change(A, booths=2),
        "application_withdrawn",
        {},
    ),
    "changing at the deadline": (applied(A), change(A, DEADLINE, booths=2), "call_closed", {}),
    "changing after the call": ((*applied(A), CLOSED), change(A, booths=2), "call_closed", {}),
    "changing at a fair that was called off": (
        (*applied(A), CANCELLED),
        change(A, booths=2),
        "fair_cancelled",
        {},
    ),
    "changing to a pole that there is not": (
        applied(A),
        change(A, pole_id="moon"),
        "pole_unknown",
        {},
    ),
    "changing to a programme that there is not": (
        applied(A),
        change(A, programmes=("moon",)),
        "programme_unknown",
        {"programme_id": "moon"},
    ),
    "changing to more booths than the pole has": (
        applied(A),
        change(A, booths=4),
        "more_booths_than_pole",
        {"places": 3},
    ),
    "a late application while the call is open": (
        CALLED,
        replace(LATE, now=NOW),
        "call_still_open",
        {"closes_at": DEADLINE},
    ),
    "a late application to a call that never opened": (
        (ANNOUNCED,),
        LATE,
        "call_not_open",
        {},
    ),
    "a late application when the fair is over": (
        (*CALLED, CLOSED),
        replace(LATE, now=END),
        "fair_over",
        {"last_day": ANNOUNCED.last_day},
    ),
    "a late application to a fair that was called off": (
        (*CALLED, CANCELLED),
        LATE,
        "fair_cancelled",
        {},
    ),
    "no reason, no late application": (
        (*CALLED, CLOSED),
        replace(A, now=DEADLINE),
        "call_closed",
        {},
    ),
    "a late application of who has applied": (
        (*applied(A), CLOSED),
        replace(LATE, application_id="application-again"),
        "already_applied",
        {"application_id": A.application_id},
    ),
    "an application of who is one with who has applied": (
        applied(A),
        replace(B, one_with=(C.organisation_id, A.organisation_id)),
        "already_applied",
        {"application_id": A.application_id},
    ),
}


@pytest.mark.parametrize(
    ("events", "command", "code", "details"), REFUSED.values(), ids=REFUSED.keys()
)
def test_it_is_refused(
    events: tuple[Event, ...], command: Command, code: str, details: dict[str, Any]
) -> None:
    given(DECIDER, *events).when(command).refused(code, **details)


def test_who_is_one_with_others_applies_once_they_have_withdrawn() -> None:
    asked = replace(B, one_with=(A.organisation_id,))
    given(DECIDER, *applied(A), withdrawn(A)).when(asked).then(submitted(B))


def test_everything_asked_for_but_who_asks_can_be_changed() -> None:
    asked = submitted(D)
    assert set(CHANGEABLE) == {
        name for name in asked.__dataclass_fields__ if not name.endswith("_id") or "pole" in name
    } - {"late_because"}
