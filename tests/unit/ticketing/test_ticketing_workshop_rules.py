"""What a workshop decides by the rules of the team: groups, held seats, offers, and the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.kernel.text import Text
from services.ticketing.workshops.domain import (
    DECIDER,
    LONGEST_OFFER,
    AcceptOffer,
    AdmitWalkIn,
    AttendSeat,
    BeginOffer,
    CancelSeat,
    CancelWorkshop,
    CapacityExceeded,
    Command,
    DeclineOffer,
    Event,
    HeldSeatsReleased,
    MeetDeadlines,
    NoteLetIn,
    PassOffer,
    ReleaseNoShows,
    ReserveSeat,
    Rules,
    SeatAttended,
    SeatOfferDeadlineSet,
    SeatOfferDeclined,
    SeatOffered,
    SeatOfferLapsed,
    SeatOfferPassed,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    SetRules,
    WalkInAdmitted,
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
NOW = STARTS - timedelta(days=3)
LATEST = NOW + LONGEST_OFFER
TEN_PAST = STARTS + timedelta(minutes=10)
AT = STARTS + timedelta(minutes=1)
TITLE = Text(ar="التسويق", fr="Marketing", en="Marketing")

OPENED = WorkshopOpened(FAIR, SESSION, TITLE, "hall-a", 4, STARTS, ENDS)
FULL = WorkshopFull(FAIR, SESSION, 4)
CANCELLED = WorkshopCancelled(FAIR, SESSION, "speaker_ill")
RULES = WorkshopRulesSet(FAIR, SESSION, 4)
OFFERS = replace(RULES, offer_minutes=30)
HOLDS = replace(RULES, held=2, held_until=NOW + timedelta(days=1))
NO_SHOWS = replace(RULES, no_show_minutes=10)


def who(seat: str) -> tuple[str, str, str, str, str]:
    return (FAIR, SESSION, seat, f"who-{seat}", f"contact-{seat}")


def reserve(
    seat: str, places: int = 1, *, supported: bool = False, wait: bool = True, now: datetime = NOW
) -> ReserveSeat:
    ids = (SESSION, seat, f"who-{seat}", f"contact-{seat}")
    return ReserveSeat(*ids, wait, now, None, places, supported)


def cancel(seat: str, now: datetime = NOW) -> CancelSeat:
    return CancelSeat(SESSION, seat, "by_hand", now)


def has(seat: str, places: int = 1, *, supported: bool = False) -> SeatReserved:
    return SeatReserved(*who(seat), places=places, supported=supported)


def waits(seat: str, rank: int, places: int = 1, *, supported: bool = False) -> SeatWaitlisted:
    return SeatWaitlisted(*who(seat), rank, None, places, supported)


def moves_up(
    seat: str, places: int = 1, *, supported: bool = False, offer: bool = False
) -> SeatReserved:
    return SeatReserved(*who(seat), True, None, places, supported, offer)


def gone(
    seat: str, places: int = 1, *, waited: bool = False, reason: str = "by_hand"
) -> SeatReleased:
    return SeatReleased(*who(seat), waited, reason, places)


def offered(seat: str, places: int = 1, latest: datetime = LATEST) -> SeatOffered:
    return SeatOffered(*who(seat), places, 30, latest)


def lapsed(seat: str, places: int, at: datetime) -> list[Event]:
    left = gone(seat, places, waited=True, reason="offer_lapsed")
    return [SeatOfferLapsed(*who(seat), places, at), left]


def reopened(left: int) -> WorkshopReopened:
    return WorkshopReopened(FAIR, SESSION, left)


ALL_TAKEN: list[Event] = [OPENED, has("a", 3), has("b"), FULL]
A_FIVE_WAITS: list[Event] = [
    OPENED,
    has("a", 2),
    has("b", 2),
    FULL,
    waits("c", 1, 3),
    waits("d", 2),
]
ONE_OFFERED: list[Event] = [
    *(OPENED, OFFERS, has("a", 3), has("b"), FULL, waits("c", 1), waits("d", 2)),
    *(gone("b"), offered("c")),
]
BEGUN: list[Event] = [
    *ONE_OFFERED,
    SeatOfferDeadlineSet(*who("c"), NOW, NOW + timedelta(minutes=30)),
]
HELD_FULL: list[Event] = [OPENED, HOLDS, has("a", 2), waits("b", 1)]


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


AT_DOOR: list[Event] = [OPENED, NO_SHOWS, has("a", 2), has("b"), has("c"), FULL]
SCANNED: list[Event] = [*AT_DOOR, SeatAttended(*who("b"), 1, STARTS)]

DECISIONS: dict[str, tuple[list[Event], Command, list[Event]]] = {
    # Groups
    "a group has all its seats": ([OPENED], reserve("a", 3), [has("a", 3)]),
    "a group that takes the last seats makes it full": (
        [OPENED, has("a", 2)],
        reserve("b", 2),
        [has("b", 2), FULL],
    ),
    "a group that does not fit waits for all its seats": (
        [OPENED, has("a", 2)],
        reserve("b", 3),
        [waits("b", 1, 3)],
    ),
    "one who fits is seated before the group that waits": (
        [OPENED, has("a", 2), waits("b", 1, 3)],
        reserve("c", 2),
        [has("c", 2), FULL],
    ),
    "who comes after a group that waits has the next rank": (
        [*ALL_TAKEN, waits("c", 1, 3)],
        reserve("d"),
        [waits("d", 2)],
    ),
    "a freed seat passes over the group that it does not fit": (
        A_FIVE_WAITS,
        cancel("b"),
        [gone("b", 2), moves_up("d"), reopened(1)],
    ),
    "the first whom it fits is the first who asked, also where it is a group": (
        [*ALL_TAKEN, waits("c", 1, 3), waits("d", 2)],
        cancel("a"),
        [gone("a", 3), moves_up("c", 3)],
    ),
    "the seats of a group go to several": (
        [*ALL_TAKEN, waits("c", 1), waits("d", 2, 2), waits("e", 3)],
        cancel("a"),
        [gone("a", 3), moves_up("c"), moves_up("d", 2)],
    ),
    "a group that was passed over is seated when it fits": (
        [*A_FIVE_WAITS, gone("b", 2), moves_up("d"), reopened(1)],
        cancel("a"),
        [gone("a", 2), moves_up("c", 3), FULL],
    ),
    # Rules
    "seats can be reserved from the opening time on": (
        [OPENED, replace(RULES, opens_at=NOW)],
        reserve("a"),
        [has("a")],
    ),
    "all rules are set at once": (
        [OPENED],
        SetRules(SESSION, Rules(3, NOW, 2, STARTS, 30, 10), NOW),
        [WorkshopRulesSet(FAIR, SESSION, 3, NOW, 2, STARTS, 30, 10)],
    ),
    "the rules that hold are not set again": (
        [OPENED, OFFERS],
        SetRules(SESSION, Rules(4, offer_minutes=30), NOW),
        [],
    ),
    "seats that are held no more go to those who wait": (
        HELD_FULL,
        SetRules(SESSION, Rules(4), NOW),
        [RULES, moves_up("b")],
    ),
    # Held seats
    "seats are held for those whom a programme supports": (
        [OPENED, HOLDS, has("a", 2)],
        reserve("b"),
        [waits("b", 1)],
    ),
    "one of them has a seat that is held": (
        HELD_FULL,
        reserve("c", supported=True),
        [has("c", supported=True)],
    ),
    "what they have counts as held": (
        [OPENED, HOLDS, has("a", 2, supported=True)],
        reserve("b", 2),
        [has("b", 2), FULL],
    ),
    "one of them may have a seat for everybody": (
        [OPENED, HOLDS, has("a", 2, supported=True)],
        reserve("b", 2, supported=True),
        [has("b", 2, supported=True), FULL],
    ),
    "a seat of theirs that becomes free is held again": (
        [OPENED, HOLDS, has("a", 2), has("b", 2, supported=True), FULL, waits("c", 1)],
        cancel("b"),
        [gone("b", 2), reopened(2)],
    ),
    "it goes to one of them who came later": (
        [
            *(OPENED, HOLDS, has("a", 2), has("b", 2, supported=True), FULL),
            *(waits("c", 1), waits("d", 2, supported=True)),
        ],
        cancel("b"),
        [gone("b", 2), moves_up("d", supported=True), reopened(1)],
    ),
    "when the time is over, those who wait move up": (
        HELD_FULL,
        MeetDeadlines(SESSION, NOW + timedelta(days=1)),
        [HeldSeatsReleased(FAIR, SESSION, 2), moves_up("b")],
    ),
    "not before": (HELD_FULL, MeetDeadlines(SESSION, NOW), []),
    "held seats are released once": (
        [*HELD_FULL, HeldSeatsReleased(FAIR, SESSION, 2), moves_up("b")],
        MeetDeadlines(SESSION, NOW + timedelta(days=2)),
        [],
    ),
    "who comes when the time is over, and before the timer, is behind those who wait": (
        [OPENED, HOLDS, has("a", 2), waits("b", 1, 2), waits("c", 2, 3)],
        reserve("d", now=NOW + timedelta(days=1)),
        [HeldSeatsReleased(FAIR, SESSION, 2), moves_up("b", 2), waits("d", 2), FULL],
    ),
    "at the start no seat is held any more, and nobody moves up": (
        [OPENED, replace(HOLDS, held_until=ENDS), has("a", 2), waits("b", 1)],
        AdmitWalkIn(SESSION, "w", 2, STARTS, STARTS),
        [HeldSeatsReleased(FAIR, SESSION, 2), WalkInAdmitted(FAIR, SESSION, "w", 2, STARTS), FULL],
    ),
    # Offers
    "a freed seat is offered to the next, and is taken meanwhile": (
        [OPENED, OFFERS, has("a", 3), has("b"), FULL, waits("c", 1)],
        cancel("b"),
        [gone("b"), offered("c")],
    ),
    "who asks meanwhile waits behind those who wait": (
        ONE_OFFERED,
        reserve("e"),
        [waits("e", 2)],
    ),
    "who has no contact moves up at once": (
        [
            *(OPENED, OFFERS, has("a", 3), has("b"), FULL),
            replace(waits("c", 1), contact_id=None),
        ],
        cancel("b"),
        [gone("b"), replace(moves_up("c"), contact_id=None)],
    ),
    "so does everybody where too little time is left": (
        [OPENED, OFFERS, has("a", 3), has("b"), FULL, waits("c", 1)],
        cancel("b", STARTS - timedelta(minutes=29)),
        [gone("b"), moves_up("c")],
    ),
    "no offer stands beyond the start": (
        [OPENED, OFFERS, has("a", 3), has("b"), FULL, waits("c", 1)],
        cancel("b", STARTS - timedelta(minutes=30)),
        [gone("b"), offered("c", latest=STARTS)],
    ),
    "its time begins when the contact was told": (
        ONE_OFFERED,
        BeginOffer(SESSION, "c", NOW + timedelta(hours=1)),
        [
            SeatOfferDeadlineSet(
                *who("c"), NOW + timedelta(hours=1), NOW + timedelta(hours=1, minutes=30)
            )
        ],
    ),
    "and ends no later than six hours after it was made": (
        ONE_OFFERED,
        BeginOffer(SESSION, "c", LATEST - timedelta(minutes=5)),
        [SeatOfferDeadlineSet(*who("c"), LATEST - timedelta(minutes=5), LATEST)],
    ),
    "nor after the start, also where the workshop has moved": (
        [*ONE_OFFERED, WorkshopMoved(FAIR, SESSION, "hall-a", NOW + timedelta(minutes=9), ENDS)],
        BeginOffer(SESSION, "c", NOW),
        [SeatOfferDeadlineSet(*who("c"), NOW, NOW + timedelta(minutes=9))],
    ),
    "it begins once": (BEGUN, BeginOffer(SESSION, "c", NOW + timedelta(hours=1)), []),
    "a message about nothing that is offered changes nothing": (
        ONE_OFFERED,
        BeginOffer(SESSION, "d", NOW),
        [],
    ),
    "an offer is accepted": (
        ONE_OFFERED,
        AcceptOffer(SESSION, "c", NOW),
        [moves_up("c", offer=True)],
    ),
    "an offer is accepted once": (
        [*ONE_OFFERED, moves_up("c", offer=True)],
        AcceptOffer(SESSION, "c", NOW),
        [],
    ),
    "declined, it is the next one's": (
        ONE_OFFERED,
        DeclineOffer(SESSION, "c", "cannot_come", NOW),
        [
            SeatOfferDeclined(*who("c"), 1, "cannot_come"),
            gone("c", waited=True, reason="cannot_come"),
            offered("d"),
        ],
    ),
    "who declined has declined": (
        [*ONE_OFFERED, gone("c", waited=True)],
        DeclineOffer(SESSION, "c", "cannot_come", NOW),
        [],
    ),
    "who gives up waiting declines": (
        ONE_OFFERED,
        cancel("c"),
        [
            SeatOfferDeclined(*who("c"), 1, "by_hand"),
            gone("c", waited=True),
            offered("d"),
        ],
    ),
    "not answered, it lapses at its deadline, and is the next one's": (
        BEGUN,
        MeetDeadlines(SESSION, NOW + timedelta(minutes=30)),
        [
            *lapsed("c", 1, NOW + timedelta(minutes=30)),
            offered("d", latest=LATEST + timedelta(minutes=30)),
        ],
    ),
    "and no earlier": (BEGUN, MeetDeadlines(SESSION, NOW + timedelta(minutes=29)), []),
    "not told, it lapses after six hours": (
        ONE_OFFERED,
        MeetDeadlines(SESSION, LATEST),
        [*lapsed("c", 1, LATEST), offered("d", latest=LATEST + LONGEST_OFFER)],
    ),
    "at the start it lapses, and is nobody's": (
        [*ONE_OFFERED, WorkshopMoved(FAIR, SESSION, "hall-a", NOW + timedelta(hours=1), ENDS)],
        MeetDeadlines(SESSION, NOW + timedelta(hours=1)),
        [*lapsed("c", 1, NOW + timedelta(hours=1)), reopened(1)],
    ),
    "where the contact cannot be told the next is asked": (
        ONE_OFFERED,
        PassOffer(SESSION, "c", "no_consent", NOW),
        [SeatOfferPassed(*who("c"), 1, "no_consent"), offered("d")],
    ),
    "where nobody is next it moves up at once": (
        [*ONE_OFFERED, gone("d", waited=True)],
        PassOffer(SESSION, "c", "no_consent", NOW),
        [SeatOfferPassed(*who("c"), 1, "no_consent"), moves_up("c")],
    ),
    "who was passed over before comes before": (
        [
            *(*ONE_OFFERED, SeatOfferPassed(*who("c"), 1, "no_consent"), offered("d")),
        ],
        PassOffer(SESSION, "d", "no_consent", NOW),
        [SeatOfferPassed(*who("d"), 1, "no_consent"), moves_up("c")],
    ),
    "who was passed over moves up when the other lets it lapse": (
        [*ONE_OFFERED, SeatOfferPassed(*who("c"), 1, "no_consent"), offered("d")],
        MeetDeadlines(SESSION, LATEST),
        [*lapsed("d", 1, LATEST), moves_up("c")],
    ),
    "a second message that fails changes nothing once one was delivered": (
        BEGUN,
        PassOffer(SESSION, "c", "undeliverable", NOW),
        [],
    ),
    "what fails about nothing that is offered changes nothing": (
        ONE_OFFERED,
        PassOffer(SESSION, "d", "undeliverable", NOW),
        [],
    ),
    "an offer is released with its workshop": (
        ONE_OFFERED,
        CancelWorkshop(SESSION, "speaker_ill"),
        [
            gone("a", 3, reason="workshop_cancelled"),
            gone("c", waited=True, reason="workshop_cancelled"),
            gone("d", waited=True, reason="workshop_cancelled"),
            CANCELLED,
        ],
    ),
    "a cancelled workshop has no deadlines": (
        [OPENED, HOLDS, CANCELLED],
        MeetDeadlines(SESSION, STARTS),
        [],
    ),
    # The door
    "a seat is scanned": (
        AT_DOOR,
        AttendSeat(SESSION, "a", STARTS),
        [SeatAttended(*who("a"), 2, STARTS)],
    ),
    "a seat is scanned once": (SCANNED, AttendSeat(SESSION, "b", TEN_PAST), []),
    "seats that were not scanned are released": (
        SCANNED,
        ReleaseNoShows(SESSION, TEN_PAST),
        [gone("a", 2, reason="no_show"), gone("c", reason="no_show"), reopened(3)],
    ),
    "not before the time": (SCANNED, ReleaseNoShows(SESSION, TEN_PAST - timedelta(seconds=1)), []),
    "not where the rules do not say so": (
        [*SCANNED, RULES],
        ReleaseNoShows(SESSION, TEN_PAST),
        [],
    ),
    "not where nobody stands at the door": (AT_DOOR, ReleaseNoShows(SESSION, TEN_PAST), []),
    "a walk-in shows as well that somebody stands there": (
        [OPENED, NO_SHOWS, has("a"), WalkInAdmitted(FAIR, SESSION, "w", 1, STARTS)],
        ReleaseNoShows(SESSION, TEN_PAST),
        [gone("a", reason="no_show")],
    ),
    "who waits does not move up then": (
        [*SCANNED, waits("d", 1)],
        ReleaseNoShows(SESSION, TEN_PAST),
        [gone("a", 2, reason="no_show"), gone("c", reason="no_show"), reopened(3)],
    ),
    # What a phone at the door has let in
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
    "people without a seat are let in where there is room": (
        [OPENED, has("a")],
        AdmitWalkIn(SESSION, "w", 3, STARTS, STARTS),
        [WalkInAdmitted(FAIR, SESSION, "w", 3, STARTS), FULL],
    ),
    "people are let in once": (
        [OPENED, WalkInAdmitted(FAIR, SESSION, "w", 3, STARTS)],
        AdmitWalkIn(SESSION, "w", 3, STARTS, STARTS),
        [],
    ),
    "a workshop that begins later than it had begun fills up again": (
        [
            *(*SCANNED, waits("d", 1), gone("a", 2, reason="no_show"), reopened(2)),
            WorkshopMoved(FAIR, SESSION, "hall-a", ENDS, ENDS),
        ],
        MeetDeadlines(SESSION, TEN_PAST),
        [moves_up("d")],
    ),
}


@pytest.mark.parametrize(("events", "command", "then"), DECISIONS.values(), ids=DECISIONS)
def test_a_workshop_decides_by_its_rules(
    events: list[Event], command: Command, then: list[Event]
) -> None:
    given(DECIDER, *events).when(command).then(*then)


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
    "nor where others are inside for whom there was no room": (
        [*SCANNED, exceeds(2, 0), gone("a", 2, reason="no_show"), reopened(2)],
        AdmitWalkIn(SESSION, "w", 1, STARTS, STARTS),
        "no_room",
        {"people": 1, "left": 0},
    ),
    "nor by a phone into a workshop that was not opened": (
        [],
        NoteLetIn(SESSION, "w", None, 1, STARTS, STARTS),
        "workshop_unknown",
        {"session": SESSION},
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
