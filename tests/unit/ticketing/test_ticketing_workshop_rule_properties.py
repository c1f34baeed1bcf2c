"""What holds for every workshop with rules, groups, offers and a door, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from statistics import median
from time import process_time

import pytest
from hypothesis import given, strategies as st

from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.ticketing.workshops.domain import (
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
    MoveWorkshop,
    NoteLetIn,
    OpenWorkshop,
    PassOffer,
    ReleaseNoShows,
    ReserveSeat,
    Rules,
    SeatOffered,
    SeatOfferLapsed,
    SeatOfferPassed,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    SetRules,
    WalkInAdmitted,
    Workshop,
    WorkshopFull,
    WorkshopReopened,
    WorkshopRulesSet,
    decide,
    evolve,
    initial,
)
from tests.unit.ticketing.workshop_of_before import Asked, WorkshopOfBefore

SESSION = "session"
BEGIN = datetime(2025, 2, 16, 10, 0, tzinfo=UTC)
STARTS = BEGIN + timedelta(hours=20)
ENDS = STARTS + timedelta(hours=2)
TITLE = Text(ar="الشراء التضامني", fr="L'achat solidaire")
STEPS = (0, 1, 15, 40)
"""Minutes that pass before a command."""


def opening(capacity: int) -> OpenWorkshop:
    return OpenWorkshop("agadir-2025", SESSION, TITLE, "hall-a", capacity, STARTS, ENDS)


def rules(n: int, now: datetime) -> Rules:
    held = (n % 4, now + timedelta(hours=n % 5)) if n % 4 else (None, None)
    offers, no_shows = (None, 30, 30, 90)[n // 4 % 4], 10 if n & 32 else None
    opens_at = now + timedelta(minutes=9) if n >= 240 else None
    return Rules(3 + n % 5, opens_at, *held, offers, no_shows)


def commands_of(rush: bytes) -> Iterator[Command]:
    """Three bytes a command: what is asked, for which seat, and how much."""
    now = BEGIN
    for n, (what, which, much) in enumerate(zip(rush[::3], rush[1::3], rush[2::3], strict=False)):
        now += timedelta(minutes=STEPS[what % 4])
        seat = f"seat-{which % 23}"
        match what // 4 % 16:
            case 0 | 1:
                yield CancelSeat(SESSION, seat, "by_hand", now)
            case 2:
                yield AcceptOffer(SESSION, seat, now)
            case 3:
                yield DeclineOffer(SESSION, seat, "cannot_come", now)
            case 4:
                yield BeginOffer(SESSION, seat, now)
            case 5:
                yield PassOffer(SESSION, seat, "no_consent", now)
            case 6 | 7:
                yield MeetDeadlines(SESSION, now)
            case 8:
                yield SetRules(SESSION, rules(much, now), now)
            case 9 if much < 40:
                attendee = f"person-{which % 37}" if much % 2 else None
                yield NoteLetIn(SESSION, f"let-in-{n}", attendee, much % 3 + 1, now, now)
            case 9 if much < 64:
                yield AdmitWalkIn(SESSION, f"walk-in-{n}", much % 3 + 1, now, now)
            case 9 if much < 128:
                yield AttendSeat(SESSION, seat, now)
            case 9 if much < 150:
                yield ReleaseNoShows(SESSION, now)
            case 9 if much < 190:
                starts = now + timedelta(hours=much % 12)
                yield MoveWorkshop(SESSION, "hall-b", starts, ENDS)
                yield MeetDeadlines(SESSION, now)  # As the policy does.
            case 9 if much < 194:
                yield CancelWorkshop(SESSION, "hall_flooded")
            case _:
                person = f"person-{which % 37}"
                contact = None if much % 7 == 0 else person
                organisation = None if much % 3 else f"organisation-{much % 2}"
                rest = (much % 11 != 0, now, organisation, much % 4 + 1, much >= 160)
                yield ReserveSeat(SESSION, seat, person, contact, *rest)


def history(capacity: int, rule: int, rush: bytes) -> list[Command]:
    first = SetRules(SESSION, rules(rule, BEGIN), BEGIN)
    return [opening(capacity), first, *commands_of(rush)]


HISTORIES = st.builds(
    history, st.integers(1, 8), st.integers(0, 255), st.binary(min_size=60, max_size=240)
)


@dataclass
class Ledger:
    """Who has what, counted from the events alone, and what nobody may see broken."""

    capacity: int
    held: int | None = None
    reserved: dict[str, int] = field(default_factory=dict[str, int])
    offered: dict[str, int] = field(default_factory=dict[str, int])
    waiting: dict[str, SeatWaitlisted] = field(default_factory=dict[str, SeatWaitlisted])
    supported: set[str] = field(default_factory=set[str])
    passed: list[str] = field(default_factory=list[str])
    over: set[str] = field(default_factory=set[str])
    walk_ins: int = 0
    beyond: int = 0
    full: bool = False

    @property
    def free(self) -> int:
        taken = sum(self.reserved.values()) + sum(self.offered.values()) + self.walk_ins
        return self.capacity - taken

    def free_for(self, supported: bool) -> int:
        theirs = (self.reserved | self.offered).items()
        used = sum(places for seat, places in theirs if seat in self.supported)
        held = max(0, min((self.held or 0) - used, self.free))
        return self.free if supported else self.free - held

    def fitting(self) -> list[str]:
        """Those who wait whom what is free fits, who can be told before those who cannot."""
        waits = [seat for seat in self.waiting if seat not in self.offered]
        fit = [
            seat
            for seat in waits
            if self.waiting[seat].places <= self.free_for(seat in self.supported)
        ]
        return [s for s in fit if s not in self.passed] + [s for s in self.passed if s in fit]

    def enter(self, event: Event) -> None:
        match event:
            case SeatReserved(seat_id=seat, places=places):
                if event.from_offer:
                    assert self.offered.pop(seat) == places
                    assert seat not in self.over, "a lapsed offer was taken"
                elif event.from_waitlist:
                    assert self.fitting()[0] == seat, "somebody jumped the queue"
                if event.from_waitlist:
                    assert self.waiting.pop(seat).places == places
                self.reserved[seat] = places
                self._support(seat, event.supported)
            case SeatWaitlisted(seat_id=seat):
                assert event.places > self.free_for(event.supported), "made to wait for nothing"
                assert event.rank == len(self.waiting) - len(self.offered) + 1
                self.waiting[seat] = event
                self._support(seat, event.supported)
            case SeatOffered(seat_id=seat, places=places):
                assert self.fitting()[0] == seat, "somebody jumped the queue"
                assert seat not in self.passed
                self.offered[seat] = places
            case SeatOfferPassed(seat_id=seat):
                del self.offered[seat]
                self.passed.append(seat)
            case SeatOfferLapsed(seat_id=seat):
                assert seat in self.offered
                self.over.add(seat)
            case SeatReleased(seat_id=seat, waited=waited):
                self.offered.pop(seat, None)
                places = self.waiting.pop(seat).places if waited else self.reserved.pop(seat)
                assert places == event.places
            case WalkInAdmitted(people=people):
                assert people <= self.free_for(supported=False) - self.beyond
                self.walk_ins += people
            case CapacityExceeded(people=people, left=left):
                assert people > left == max(0, self.free_for(supported=False) - self.beyond)
                self.beyond += people
            case WorkshopRulesSet():
                self.held = event.held
            case HeldSeatsReleased():
                self.held = None
            case WorkshopFull():
                assert not self.full, "full twice in a row"
                self.full = True
            case WorkshopReopened(seats_left=left):
                assert self.full, "reopened without having been full"
                assert left == self.free > 0
                self.full = False
            case _:
                pass
        assert self.free >= 0, "one seat too many"

    def _support(self, seat: str, supported: bool) -> None:
        if supported:
            self.supported.add(seat)


def moment_of(command: Command) -> datetime | None:
    return getattr(command, "now", None)


def settles(command: Command) -> bool:
    return not isinstance(command, MoveWorkshop | OpenWorkshop | CancelWorkshop)


@given(HISTORIES)
def test_never_a_seat_too_many_and_what_is_free_goes_to_the_first_whom_it_fits(
    commands: list[Command],
) -> None:
    state, ledger, events = initial(), Ledger(0), list[Event]()
    for command in commands:
        if isinstance(command, OpenWorkshop):
            ledger.capacity = command.capacity
        before = repr(state)
        try:
            decided = decide(command, state)
        except Refused as refused:
            assert repr(state) == before, "a refusal changed the state"
            check_refusal(refused, command, state, ledger)
            continue
        assert repr(state) == before, "a decision changed the state"
        for event in decided:
            ledger.enter(event)
        state = reduce(evolve, decided, state)
        events += decided
        assert decide(command, state) == [], "a repeated command was not silent"
        if state.cancelled:
            assert not ledger.reserved
            assert not ledger.waiting
            continue
        assert ledger.full == (ledger.free == 0)
        now = moment_of(command)
        if now is not None and state.slot is not None and now < state.slot.starts_at:
            assert not (settles(command) and ledger.fitting()), "a seat is free for who waits"
    assert reduce(evolve, events, initial()) == state
    assert state.taken == ledger.capacity - ledger.free
    assert {seat: place.places for seat, place in state.reserved.items()} == ledger.reserved
    assert list(state.waiting) == list(ledger.waiting)
    assert set(state.offered) == set(ledger.offered)


def check_refusal(refused: Refused, command: Command, state: Workshop, ledger: Ledger) -> None:
    """Nobody is refused while seats that fit are free."""
    if not isinstance(command, ReserveSeat):
        return
    held_until = state.rules.held_until if state.rules is not None else None
    if held_until is not None and command.now >= held_until and not state.held_over:
        return  # Those who wait go before, and the ledger learns of that with the next decision.
    if refused.code in {"workshop_full", "too_few_seats"}:
        assert command.places > ledger.free_for(command.supported)


def unruled(capacity: int, rush: bytes) -> list[Command]:
    return [opening(capacity), *commands_of(rush)]


ALONE = st.builds(unruled, st.integers(1, 5), st.binary(min_size=60, max_size=240))


@given(ALONE)
def test_without_rules_a_workshop_decides_what_it_decided_before(commands: list[Command]) -> None:
    state, before = initial(), WorkshopOfBefore()
    for command in commands:
        if not isinstance(command, Asked):
            continue
        if isinstance(command, ReserveSeat):
            command = replace(command, places=1, supported=False)
        if isinstance(command, SetRules):
            bound = command.rules.places_per_organisation
            command = SetRules(SESSION, Rules(bound), command.now)
        try:
            expected: list[Event] | str = before.decide(command)
        except Refused as refused:
            expected = refused.code
        try:
            decided: list[Event] | str = decide(command, state)
        except Refused as refused:
            decided = refused.code
        assert decided == expected
        state = state if isinstance(decided, str) else reduce(evolve, decided, state)


@pytest.mark.unhurried
def test_a_freed_seat_costs_the_same_however_many_groups_wait() -> None:
    """Medians of the cost of a thousand decisions: late in a rush against early in it."""
    seats, state = 30_000, initial()

    def cost(commands: list[Command]) -> float:
        began = process_time()
        for command in commands:
            for event in decide(command, state):
                evolve(state, event)
        return process_time() - began

    cost([opening(1_000), SetRules(SESSION, Rules(4, offer_minutes=30), BEGIN)])
    cost([ReserveSeat(SESSION, f"s{n}", f"p{n}", None, True, BEGIN) for n in range(1_000)])
    sizes = [n % 20 + 1 for n in range(seats)]
    waiting: list[Command] = [
        ReserveSeat(SESSION, f"w{n}", f"q{n}", f"q{n}", True, BEGIN, None, size, n % 2 == 0)
        for n, size in enumerate(sizes)
    ]
    reserving = [cost(waiting[n : n + 1_000]) for n in range(0, seats, 1_000)]
    assert median(reserving[-5:]) < 2.5 * median(reserving[:5])
    # Each seat that is given up goes to the next of a group of one, who gives it up as well.
    singles = [n for n, size in enumerate(sizes) if size == 1]
    freeing: list[Command] = [CancelSeat(SESSION, "s0", "by_hand", BEGIN)]
    freeing += [DeclineOffer(SESSION, f"w{n}", "cannot_come", BEGIN) for n in singles[:-1]]
    costs = [cost(freeing[n : n + 100]) for n in range(0, len(freeing) - 100, 100)]
    assert median(costs[-4:]) < 2.5 * median(costs[:4])
