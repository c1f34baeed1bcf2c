"""Given what happened at a fair, when somebody asks, then this is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.registration.fairs.domain import (
    DECIDER,
    CallClosed,
    CallOpened,
    CloseCall,
    Command,
    Event,
    LapseCall,
    OpenCall,
)
from tests.deciding import given
from tests.unit.registration.a_fair import (
    ANNOUNCE,
    ANNOUNCED,
    BIG,
    CALLED,
    CLOSED,
    DEADLINE,
    FAIR,
    NOW,
    OPENED,
    PAIR,
    PARTNER,
    PRODUCTS_POLE,
    PROGRAMME,
    WHOLE,
    A,
    B,
    C,
    D,
    accept,
    applied,
    gave_up,
    registered,
    reject,
    rejected,
    submitted,
    waitlist,
    waitlisted,
    withdraw,
    withdrawn,
)

FULL = (*applied(A, B, C, D, BIG), registered(A), registered(B), registered(C))

DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    "a fair is announced": ((), ANNOUNCE, [ANNOUNCED]),
    "the same announcement again is silent": ((ANNOUNCED,), ANNOUNCE, []),
    "a fair of one day": (
        (),
        replace(ANNOUNCE, last_day=ANNOUNCE.first_day),
        [replace(ANNOUNCED, last_day=ANNOUNCED.first_day)],
    ),
    "a call opens": ((ANNOUNCED,), OpenCall(DEADLINE, NOW), [OPENED]),
    "the same call again is silent": (CALLED, OpenCall(DEADLINE, NOW), []),
    "the same call is silent even after its deadline": (CALLED, OpenCall(DEADLINE, DEADLINE), []),
    "a deadline moves": (
        CALLED,
        OpenCall(DEADLINE + timedelta(days=7), NOW),
        [CallOpened(FAIR, DEADLINE + timedelta(days=7))],
    ),
    "a closed call opens again": ((*CALLED, CLOSED), OpenCall(DEADLINE, NOW), [OPENED]),
    "a deadline may be the last day": (
        (ANNOUNCED,),
        OpenCall(datetime(2025, 9, 22, 12, tzinfo=UTC), NOW),
        [CallOpened(FAIR, datetime(2025, 9, 22, 12, tzinfo=UTC))],
    ),
    "a call closes by hand": (CALLED, CloseCall("by_hand"), [CLOSED]),
    "closing again is silent": ((*CALLED, CLOSED), CloseCall("by_hand"), []),
    "a call lapses at its deadline": (CALLED, LapseCall(DEADLINE), [CallClosed(FAIR, "deadline")]),
    "a call does not lapse before its deadline": (
        CALLED,
        LapseCall(DEADLINE - timedelta(seconds=1)),
        [],
    ),
    "a closed call does not lapse": ((*CALLED, CLOSED), LapseCall(DEADLINE), []),
    "no call, nothing lapses": ((ANNOUNCED,), LapseCall(DEADLINE), []),
    "an organisation applies": (CALLED, A, [submitted(A)]),
    "it applies in the last second": (
        CALLED,
        replace(A, now=DEADLINE - timedelta(seconds=1)),
        [submitted(A)],
    ),
    "the same application again is silent": (applied(A), A, []),
    "also when the call is over": ((*applied(A), CLOSED), A, []),
    "a partner applies where exhibitors have no places": (CALLED, PARTNER, [submitted(PARTNER)]),
    "an organisation may ask for the whole pole": (CALLED, WHOLE, [submitted(WHOLE)]),
    "a second organisation applies": (applied(A), B, [submitted(B)]),
    "rejected, it may apply again": (
        (*applied(A), rejected(A)),
        replace(A, application_id="application-again"),
        [submitted(replace(A, application_id="application-again"))],
    ),
    "withdrawn, it may apply again": (
        (*applied(A), withdrawn(A)),
        replace(A, application_id="application-again"),
        [submitted(replace(A, application_id="application-again"))],
    ),
    "after giving up its place it may apply again": (
        (*applied(A), registered(A), gave_up(A)),
        replace(A, application_id="application-again"),
        [submitted(replace(A, application_id="application-again"))],
    ),
    "an application is accepted, its families sorted": (applied(A), accept(A), [registered(A)]),
    "the last places are given": ((*applied(A, BIG), registered(BIG)), accept(A), [registered(A)]),
    "accepting again is silent": ((*applied(A), registered(A)), accept(A), []),
    "a partner takes no place": (applied(PARTNER), accept(PARTNER), [registered(PARTNER)]),
    "a partner is accepted in a full pole": (
        (*FULL, submitted(replace(PARTNER, pole_id="products"))),
        accept(PARTNER),
        [registered(replace(PARTNER, pole_id="products"))],
    ),
    "one that waits is accepted by hand": (
        (*applied(A), waitlisted(A, 1)),
        accept(A),
        [registered(A, from_waitlist=True)],
    ),
    "an application is put on the list": (FULL, waitlist(D), [waitlisted(D, 1)]),
    "the next one waits behind it": (
        (*FULL, waitlisted(D, 1)),
        waitlist(BIG),
        [waitlisted(BIG, 2)],
    ),
    "waiting again is silent": ((*FULL, waitlisted(D, 1)), waitlist(D), []),
    "an application is rejected": (applied(A), reject(A), [rejected(A)]),
    "one that waits is rejected": ((*applied(A), waitlisted(A, 1)), reject(A), [rejected(A)]),
    "rejecting again is silent": ((*applied(A), rejected(A)), reject(A), []),
    "the rejected one has left the list": (
        (*applied(A, B), waitlisted(A, 1), rejected(A)),
        waitlist(B),
        [waitlisted(B, 1)],
    ),
    "an application is withdrawn": (applied(A), withdraw(A), [withdrawn(A)]),
    "one that waits is withdrawn": ((*applied(A), waitlisted(A, 1)), withdraw(A), [withdrawn(A)]),
    "withdrawing again is silent": ((*applied(A), withdrawn(A)), withdraw(A), []),
    "an exhibitor gives its place back": ((*applied(A), registered(A)), withdraw(A), [gave_up(A)]),
    "giving it back again is silent": (
        (*applied(A), registered(A), gave_up(A)),
        withdraw(A),
        [],
    ),
    "a place given back can be taken": ((*FULL, gave_up(C)), accept(D), [registered(D)]),
    "the first on the list moves up": (
        (*FULL, waitlisted(D, 1), waitlisted(BIG, 2)),
        withdraw(A),
        [gave_up(A), registered(D, "place_given_back", from_waitlist=True)],
    ),
    "the first whose booths fit moves up": (
        (*FULL, waitlisted(BIG, 1), waitlisted(D, 2)),
        withdraw(A),
        [gave_up(A), registered(D, "place_given_back", from_waitlist=True)],
    ),
    "nobody whose booths do not fit moves up": (
        (*FULL, waitlisted(BIG, 1)),
        withdraw(A),
        [gave_up(A)],
    ),
    "who waits for two takes a free place and the one given back": (
        (*FULL, waitlisted(BIG, 1), gave_up(B)),
        withdraw(A),
        [gave_up(A), registered(BIG, "place_given_back", from_waitlist=True)],
    ),
    "several places given back go to several, in order": (
        (
            *applied(WHOLE, BIG, C, D),
            registered(WHOLE),
            *(waitlisted(each, rank) for rank, each in enumerate((C, BIG, D), start=1)),
        ),
        withdraw(WHOLE),
        [
            gave_up(WHOLE),
            registered(C, "place_given_back", from_waitlist=True),
            registered(BIG, "place_given_back", from_waitlist=True),
        ],
    ),
    "who no longer fits behind one who moved up is passed over": (
        (
            *applied(A, BIG, C, PAIR, D),
            registered(A),
            registered(BIG),
            waitlisted(C, 1),
            waitlisted(PAIR, 2),
            waitlisted(D, 3),
        ),
        withdraw(BIG),
        [
            gave_up(BIG),
            registered(C, "place_given_back", from_waitlist=True),
            registered(D, "place_given_back", from_waitlist=True),
        ],
    ),
    "no more move up than places were given back": (
        (*applied(A, B, C), registered(A), waitlisted(B, 1), waitlisted(C, 2)),
        withdraw(A),
        [gave_up(A), registered(B, "place_given_back", from_waitlist=True)],
    ),
    "a partner's leaving moves nobody up": (
        (*applied(A), submitted(PARTNER), registered(PARTNER), waitlisted(A, 1)),
        withdraw(PARTNER),
        [gave_up(PARTNER)],
    ),
    "lists of other poles stay": (
        (
            *CALLED,
            submitted(A),
            submitted(replace(B, pole_id="institutional")),
            registered(A),
            waitlisted(replace(B, pole_id="institutional"), 1),
        ),
        withdraw(A),
        [gave_up(A)],
    ),
}


@pytest.mark.parametrize(("events", "command", "expected"), DECIDED.values(), ids=DECIDED.keys())
def test_it_is_decided(events: tuple[Event, ...], command: Command, expected: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*expected)


REFUSED: dict[str, tuple[tuple[Event, ...], Command, str]] = {
    "another fair under the same id": (
        (ANNOUNCED,),
        replace(ANNOUNCE, edition=3),
        "fair_already_announced",
    ),
    "the last day before the first": (
        (),
        replace(ANNOUNCE, last_day=date(2025, 9, 16)),
        "days_out_of_order",
    ),
    "doors that close when they open": (
        (),
        replace(ANNOUNCE, closes_at=ANNOUNCE.opens_at),
        "hours_out_of_order",
    ),
    "no pole": ((), replace(ANNOUNCE, poles=()), "no_pole"),
    "a pole twice": ((), replace(ANNOUNCE, poles=(PRODUCTS_POLE, PRODUCTS_POLE)), "pole_twice"),
    "a programme twice": (
        (),
        replace(ANNOUNCE, programmes=(PROGRAMME, PROGRAMME)),
        "programme_twice",
    ),
    "a call of a fair that nobody announced": ((), OpenCall(DEADLINE, NOW), "fair_unknown"),
    "closing it": ((), CloseCall("by_hand"), "fair_unknown"),
    "an application to it": ((), A, "fair_unknown"),
    "a decision on it": ((), accept(A), "fair_unknown"),
    "a deadline that has come": ((ANNOUNCED,), OpenCall(DEADLINE, DEADLINE), "deadline_passed"),
    "a deadline after the fair": (
        (ANNOUNCED,),
        OpenCall(datetime(2025, 9, 23, tzinfo=UTC), NOW),
        "deadline_after_fair",
    ),
    "closing a call that never opened": ((ANNOUNCED,), CloseCall("by_hand"), "call_not_open"),
    "applying before the call": ((ANNOUNCED,), A, "call_not_open"),
    "applying after it was closed": ((*CALLED, CLOSED), A, "call_closed"),
    "applying at the deadline": (CALLED, replace(A, now=DEADLINE), "call_closed"),
    "applying twice": (applied(A), replace(A, application_id="other"), "already_applied"),
    "applying while waiting": (
        (*applied(A), waitlisted(A, 1)),
        replace(A, application_id="other"),
        "already_applied",
    ),
    "applying as an exhibitor": (
        (*applied(A), registered(A)),
        replace(A, application_id="other"),
        "already_applied",
    ),
    "a pole that there is not": (CALLED, replace(A, pole_id="moon"), "pole_unknown"),
    "a programme that there is not": (
        CALLED,
        replace(A, programmes=("mouazara", "moon")),
        "programme_unknown",
    ),
    "more booths than the pole has": (CALLED, replace(A, booths=4), "more_booths_than_pole"),
    "accepting nobody": (CALLED, accept(A), "application_unknown"),
    "accepting into a full pole": (FULL, accept(D), "pole_full"),
    "accepting more booths than are left": ((*FULL, gave_up(A)), accept(BIG), "pole_full"),
    "accepting one that waits into a full pole": (
        (*FULL, waitlisted(D, 1)),
        accept(D),
        "pole_full",
    ),
    "accepting a rejected one": (
        (*applied(A), rejected(A)),
        accept(A),
        "application_rejected",
    ),
    "withdrawing a rejected one": (
        (*applied(A), rejected(A)),
        withdraw(A),
        "application_rejected",
    ),
    "accepting a withdrawn one": (
        (*applied(A), withdrawn(A)),
        accept(A),
        "application_withdrawn",
    ),
    "rejecting one that gave up": (
        (*applied(A), registered(A), gave_up(A)),
        reject(A),
        "application_withdrawn",
    ),
    "letting an exhibitor wait": (
        (*applied(A), registered(A)),
        waitlist(A),
        "application_accepted",
    ),
    "rejecting an exhibitor": ((*applied(A), registered(A)), reject(A), "application_accepted"),
    "letting a partner wait": (applied(PARTNER), waitlist(PARTNER), "partner_needs_no_place"),
}


@pytest.mark.parametrize(("events", "command", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(events: tuple[Event, ...], command: Command, code: str) -> None:
    given(DECIDER, *events).when(command).refused(code)


def test_a_full_pole_says_what_is_left_and_what_was_wanted() -> None:
    full = given(DECIDER, *FULL, gave_up(A)).when(accept(BIG))
    full.refused("pole_full", pole_id="products", free=1, wanted=2)
