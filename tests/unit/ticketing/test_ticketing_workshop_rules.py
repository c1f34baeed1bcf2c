"""What a workshop decides by the rules of the team: groups, held seats, offers, and the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.ticketing.workshops.domain import (
    DECIDER,
    LONGEST_OFFER,
    AcceptOffer,
    AdmitWalkIn,
    AttendSeat,
    BeginOffer,
    CancelWorkshop,
    Command,
    DeclineOffer,
    Event,
    HeldSeatsReleased,
    MeetDeadlines,
    PassOffer,
    ReleaseNoShows,
    Rules,
    SeatAttended,
    SeatOfferDeadlineSet,
    SeatOfferDeclined,
    SeatOfferPassed,
    SetRules,
    WalkInAdmitted,
    WorkshopMoved,
    WorkshopRulesSet,
)
from tests.deciding import given
from tests.unit.ticketing.workshop_cases import (
    A_FIVE_WAITS,
    ALL_TAKEN,
    AT_DOOR,
    BEGUN,
    CANCELLED,
    ENDS,
    FAIR,
    FULL,
    HELD_FULL,
    HOLDS,
    LATEST,
    NO_SHOWS,
    NOW,
    OFFERS,
    ONE_OFFERED,
    OPENED,
    RULES,
    SCANNED,
    SESSION,
    STARTS,
    TEN_PAST,
    cancel,
    gone,
    has,
    lapsed,
    moves_up,
    offered,
    reopened,
    reserve,
    waits,
    who,
)

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
