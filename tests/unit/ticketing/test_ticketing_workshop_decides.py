"""What a workshop decides: given events, when a command comes, then these events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.ticketing.workshops.domain import (
    DECIDER,
    PLACES_PER_ORGANISATION,
    CancelSeat,
    CancelWorkshop,
    Command,
    Event,
    MoveWorkshop,
    OpenWorkshop,
    ReserveSeat,
    Rules,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    SetRules,
    WorkshopCancelled,
    WorkshopFull,
    WorkshopMoved,
    WorkshopOpened,
    WorkshopReopened,
    WorkshopRulesSet,
)
from tests.deciding import given

FAIR, SESSION = "ouarzazate-2025", "0192f5c4-0000-7000-8000-000000000001"
STARTS = datetime(2025, 9, 18, 9, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)
BEFORE = STARTS - timedelta(days=3)
TITLE = Text(ar="التسويق", fr="Marketing", en="Marketing")

OPENED = WorkshopOpened(FAIR, SESSION, TITLE, "hall-a", 2, STARTS, ENDS)
OPEN = OpenWorkshop(FAIR, SESSION, TITLE, "hall-a", 2, STARTS, ENDS)
FULL = WorkshopFull(FAIR, SESSION, 2)
REOPENED = WorkshopReopened(FAIR, SESSION, 1)
US = "0192f5c4-0000-7000-8000-00000000aaaa"
FOUR = PLACES_PER_ORGANISATION
TWO_EACH = WorkshopRulesSet(FAIR, SESSION, 2)
CANCELLED = WorkshopCancelled(FAIR, SESSION, "speaker_ill")


def reserve(seat: str, who: str, *, wait: bool = True, now: datetime = BEFORE) -> ReserveSeat:
    return ReserveSeat(SESSION, seat, who, f"contact-of-{who}", wait, now)


def cancel(seat: str, now: datetime = BEFORE) -> CancelSeat:
    return CancelSeat(SESSION, seat, "cancelled_by_attendee", now)


def reserved(seat: str, who: str, *, moved_up: bool = False) -> SeatReserved:
    return SeatReserved(FAIR, SESSION, seat, who, f"contact-of-{who}", moved_up)


def waitlisted(seat: str, who: str, rank: int) -> SeatWaitlisted:
    return SeatWaitlisted(FAIR, SESSION, seat, who, f"contact-of-{who}", rank)


def released(
    seat: str, who: str, *, waited: bool = False, reason: str = "cancelled_by_attendee"
) -> SeatReleased:
    return SeatReleased(FAIR, SESSION, seat, who, f"contact-of-{who}", waited, reason)


def ours(asked: ReserveSeat) -> ReserveSeat:
    """The same asked for by an exhibitor of ours for its organisation."""
    return replace(asked, organisation_id=US)


def held(count: int) -> list[Event]:
    """A large workshop in which our organisation has so many seats."""
    seats = [reserved(f"s{n}", f"w{n}") for n in range(count)]
    return [replace(OPENED, capacity=40), *(replace(seat, organisation_id=US) for seat in seats)]


FULL_HOUSE: list[Event] = [OPENED, reserved("s1", "ana"), reserved("s2", "bel"), FULL]
TWO_WAIT: list[Event] = [*FULL_HOUSE, waitlisted("s3", "cin", 1), waitlisted("s4", "dou", 2)]


DECISIONS: dict[str, tuple[list[Event], Command, list[Event]]] = {
    "a workshop opens": ([], OPEN, [OPENED]),
    "an open workshop does not open again": ([OPENED], OPEN, []),
    "the first who comes has a seat": ([OPENED], reserve("s1", "ana"), [reserved("s1", "ana")]),
    "the last seat makes the workshop full": (
        [OPENED, reserved("s1", "ana")],
        reserve("s2", "bel"),
        [reserved("s2", "bel"), FULL],
    ),
    "the same reservation again is silent": (
        [OPENED, reserved("s1", "ana")],
        reserve("s1", "ana"),
        [],
    ),
    "an attendee who finds it full waits": (
        FULL_HOUSE,
        reserve("s3", "cin"),
        [waitlisted("s3", "cin", 1)],
    ),
    "an attendee who comes later waits longer": (
        [*FULL_HOUSE, waitlisted("s3", "cin", 1)],
        reserve("s4", "dou"),
        [waitlisted("s4", "dou", 2)],
    ),
    "the same wish to wait again is silent": (TWO_WAIT, reserve("s4", "dou"), []),
    "a rank counts those who wait now": (
        [*TWO_WAIT, released("s3", "cin", waited=True)],
        reserve("s5", "ela"),
        [waitlisted("s5", "ela", 2)],
    ),
    "a seat given up is free": (
        [OPENED, reserved("s1", "ana")],
        cancel("s1"),
        [released("s1", "ana")],
    ),
    "a seat given up in a full workshop reopens it": (
        FULL_HOUSE,
        cancel("s1"),
        [released("s1", "ana"), REOPENED],
    ),
    "a seat given up goes to the first on the waiting list": (
        TWO_WAIT,
        cancel("s2"),
        [released("s2", "bel"), reserved("s3", "cin", moved_up=True)],
    ),
    "the next seat given up goes to the next on the waiting list": (
        [*TWO_WAIT, released("s2", "bel"), reserved("s3", "cin", moved_up=True)],
        cancel("s3"),
        [released("s3", "cin"), reserved("s4", "dou", moved_up=True)],
    ),
    "an attendee who gave up waiting does not move up": (
        [*TWO_WAIT, released("s3", "cin", waited=True)],
        cancel("s1"),
        [released("s1", "ana"), reserved("s4", "dou", moved_up=True)],
    ),
    "giving up a place on the waiting list frees no seat": (
        TWO_WAIT,
        cancel("s3"),
        [released("s3", "cin", waited=True)],
    ),
    "giving up a seat twice is silent": (
        [OPENED, reserved("s1", "ana"), released("s1", "ana")],
        cancel("s1"),
        [],
    ),
    "an attendee who gave up a seat may take another": (
        [OPENED, reserved("s1", "ana"), released("s1", "ana")],
        reserve("s5", "ana"),
        [reserved("s5", "ana")],
    ),
    "a reopened workshop fills up again": (
        [*FULL_HOUSE, released("s1", "ana"), REOPENED],
        reserve("s5", "ela"),
        [reserved("s5", "ela"), FULL],
    ),
    "a workshop moves": (
        [OPENED],
        MoveWorkshop(SESSION, "hall-b", STARTS, ENDS),
        [WorkshopMoved(FAIR, SESSION, "hall-b", STARTS, ENDS)],
    ),
    "a workshop that moves to where it is stays": (
        [OPENED],
        MoveWorkshop(SESSION, "hall-a", STARTS, ENDS),
        [],
    ),
    "a workshop that moved to a later hour takes reservations until then": (
        [OPENED, WorkshopMoved(FAIR, SESSION, "hall-a", ENDS, ENDS + timedelta(hours=2))],
        reserve("s1", "ana", now=STARTS),
        [reserved("s1", "ana")],
    ),
    "a cancelled workshop releases every seat and place": (
        [*FULL_HOUSE, waitlisted("s3", "cin", 1)],
        CancelWorkshop(SESSION, "speaker_ill"),
        [
            released("s1", "ana", reason="workshop_cancelled"),
            released("s2", "bel", reason="workshop_cancelled"),
            released("s3", "cin", waited=True, reason="workshop_cancelled"),
            CANCELLED,
        ],
    ),
    "a cancelled workshop is not cancelled again": (
        [OPENED, CANCELLED],
        CancelWorkshop(SESSION, "speaker_ill"),
        [],
    ),
    "an organisation has places up to the bound": (
        held(FOUR - 1),
        ours(reserve("s9", "ana")),
        [replace(reserved("s9", "ana"), organisation_id=US)],
    ),
    "an organisation waits for a seat as one of its places": (
        FULL_HOUSE,
        ours(reserve("s3", "cin")),
        [replace(waitlisted("s3", "cin", 1), organisation_id=US)],
    ),
    "an attendee who moves up does so for the organisation": (
        [*FULL_HOUSE, replace(waitlisted("s3", "cin", 1), organisation_id=US)],
        cancel("s1"),
        [
            released("s1", "ana"),
            replace(reserved("s3", "cin", moved_up=True), organisation_id=US),
        ],
    ),
    "a place given up is one that the organisation may take again": (
        [*held(FOUR), released("s0", "w0")],
        ours(reserve("s9", "ana")),
        [replace(reserved("s9", "ana"), organisation_id=US)],
    ),
    "another organisation has places of its own": (
        held(FOUR),
        replace(ours(reserve("s9", "ana")), organisation_id="them"),
        [replace(reserved("s9", "ana"), organisation_id="them")],
    ),
    "no bound holds the team": (held(FOUR), reserve("s9", "ana"), [reserved("s9", "ana")]),
    "the team sets another bound": ([OPENED], SetRules(SESSION, Rules(2), BEFORE), [TWO_EACH]),
    "the bound that is set is not set again": (
        [OPENED, TWO_EACH],
        SetRules(SESSION, Rules(2), BEFORE),
        [],
    ),
    "the usual bound can be set, and is then no longer the usual one": (
        [OPENED],
        SetRules(SESSION, Rules(FOUR), BEFORE),
        [WorkshopRulesSet(FAIR, SESSION, FOUR)],
    ),
    "a wider bound lets more in": (
        [*held(FOUR), WorkshopRulesSet(FAIR, SESSION, FOUR + 1)],
        ours(reserve("s9", "ana")),
        [replace(reserved("s9", "ana"), organisation_id=US)],
    ),
    "a seat of a cancelled workshop is given up already": (
        [
            OPENED,
            reserved("s1", "ana"),
            released("s1", "ana", reason="workshop_cancelled"),
            CANCELLED,
        ],
        cancel("s1"),
        [],
    ),
}


@pytest.mark.parametrize(("events", "command", "then"), DECISIONS.values(), ids=DECISIONS)
def test_a_workshop_decides(events: list[Event], command: Command, then: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*then)


REFUSALS: dict[str, tuple[list[Event], Command, str, dict[str, object]]] = {
    "no seat in a workshop that was not opened": (
        [],
        reserve("s1", "ana"),
        "workshop_unknown",
        {"session": SESSION},
    ),
    "no seat to give up in a workshop that was not opened": (
        [],
        cancel("s1"),
        "workshop_unknown",
        {"session": SESSION},
    ),
    "a workshop that was not opened does not move": (
        [],
        MoveWorkshop(SESSION, "hall-b", STARTS, ENDS),
        "workshop_unknown",
        {"session": SESSION},
    ),
    "a workshop that was not opened is not cancelled": (
        [],
        CancelWorkshop(SESSION, "speaker_ill"),
        "workshop_unknown",
        {"session": SESSION},
    ),
    "nobody has two seats": (
        [OPENED, reserved("s1", "ana")],
        reserve("s2", "ana"),
        "already_reserved",
        {"seat": "s1"},
    ),
    "nobody waits while seated": (
        FULL_HOUSE,
        reserve("s3", "ana"),
        "already_reserved",
        {"seat": "s1"},
    ),
    "nobody waits twice": (
        TWO_WAIT,
        reserve("s5", "dou"),
        "already_reserved",
        {"seat": "s4"},
    ),
    "no more places than the bound for one organisation": (
        held(FOUR),
        ours(reserve("s9", "ana")),
        "enough_places",
        {"places": FOUR, "most": FOUR},
    ),
    "those who wait count as well": (
        [
            *FULL_HOUSE,
            TWO_EACH,
            replace(waitlisted("s3", "cin", 1), organisation_id=US),
            replace(waitlisted("s4", "dou", 2), organisation_id=US),
        ],
        ours(reserve("s9", "ela")),
        "enough_places",
        {"places": 2, "most": 2},
    ),
    "a narrower bound takes no place away, and gives none": (
        [*held(3), TWO_EACH],
        ours(reserve("s9", "ana")),
        "enough_places",
        {"places": 3, "most": 2},
    ),
    "nobody learns the seat of a stranger": (
        [OPENED, reserved("s1", "ana")],
        replace(ours(reserve("s9", "ana")), contact_id="contact-of-ours"),
        "already_reserved",
        {},
    ),
    "nor that of another organisation, where only its id is known": (
        [OPENED, replace(reserved("s1", "ana"), contact_id=None, organisation_id="them")],
        ours(reserve("s9", "ana")),
        "already_reserved",
        {},
    ),
    "an organisation learns which seat it took": (
        held(1),
        replace(ours(reserve("s9", "w0")), contact_id="contact-of-ours"),
        "already_reserved",
        {"seat": "s0"},
    ),
    "the contact told of a seat learns which it is, also where the team took it": (
        [OPENED, replace(reserved("s1", "ana"), contact_id=None)],
        replace(ours(reserve("s9", "ana")), contact_id="ana"),
        "already_reserved",
        {"seat": "s1"},
    ),
    "no bound in a workshop that was not opened": (
        [],
        SetRules(SESSION, Rules(2), BEFORE),
        "workshop_unknown",
        {"session": SESSION},
    ),
    "no other bound in a cancelled workshop": (
        [OPENED, CANCELLED],
        SetRules(SESSION, Rules(2), BEFORE),
        "workshop_cancelled",
        {"session": SESSION},
    ),
    "an attendee who will not wait is told that it is full": (
        TWO_WAIT,
        reserve("s5", "ela", wait=False),
        "workshop_full",
        {"capacity": 2, "waiting": 2},
    ),
    "no seat once the workshop has begun": (
        [OPENED],
        reserve("s1", "ana", now=STARTS),
        "workshop_started",
        {"starts_at": "2025-09-18T09:00:00+00:00"},
    ),
    "no seat changes hands once the workshop has begun": (
        TWO_WAIT,
        cancel("s1", now=STARTS),
        "workshop_started",
        {"starts_at": "2025-09-18T09:00:00+00:00"},
    ),
    "the waiting list stands still once the workshop has begun": (
        TWO_WAIT,
        cancel("s3", now=STARTS),
        "workshop_started",
        {"starts_at": "2025-09-18T09:00:00+00:00"},
    ),
    "no seat in a cancelled workshop": (
        [OPENED, CANCELLED],
        reserve("s1", "ana"),
        "workshop_cancelled",
        {"session": SESSION},
    ),
    "a cancelled workshop does not move": (
        [OPENED, CANCELLED],
        MoveWorkshop(SESSION, "hall-b", STARTS, ENDS),
        "workshop_cancelled",
        {"session": SESSION},
    ),
    "a reservation that was given up does not come back": (
        [OPENED, reserved("s1", "ana"), released("s1", "ana")],
        reserve("s1", "ana"),
        "seat_released",
        {"seat": "s1"},
    ),
    "a seat that was not taken cannot be given up": (
        [OPENED],
        cancel("s9"),
        "seat_unknown",
        {"seat": "s9"},
    ),
}


@pytest.mark.parametrize(("events", "command", "code", "details"), REFUSALS.values(), ids=REFUSALS)
def test_a_workshop_refuses(
    events: list[Event], command: Command, code: str, details: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refused:
        given(DECIDER, *events).when(command).events()
    assert (refused.value.code, refused.value.details) == (code, details)


def test_a_seat_may_be_taken_until_the_moment_the_workshop_begins() -> None:
    last_moment = STARTS - timedelta(microseconds=1)
    given(DECIDER, OPENED).when(reserve("s1", "ana", now=last_moment)).then(reserved("s1", "ana"))


def test_a_seat_may_have_no_contact() -> None:
    command = replace(reserve("s1", "ana"), contact_id=None)
    then = replace(reserved("s1", "ana"), contact_id=None)
    given(DECIDER, OPENED).when(command).then(then)
