"""What holds for every workshop, whatever people ask for and in whichever order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from statistics import median
from time import process_time

import pytest
from hypothesis import given, strategies as st

from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.ticketing.workshops.domain import (
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
    Workshop,
    WorkshopFull,
    WorkshopReopened,
    WorkshopRulesSet,
    decide,
    evolve,
    initial,
)

SESSION = "session"
STARTS = datetime(2025, 2, 16, 10, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)
EARLY, LATE = STARTS - timedelta(days=1), STARTS + timedelta(minutes=1)
TITLE = Text(ar="الشراء التضامني", fr="L'achat solidaire")


def opening(capacity: int) -> OpenWorkshop:
    return OpenWorkshop("agadir-2025", SESSION, TITLE, "hall-a", capacity, STARTS, ENDS)


def commands_of(rush: bytes) -> list[Command]:
    """Two bytes a command: what is asked and by whom, and for which seat."""
    commands: list[Command] = []
    for what, which in zip(rush[::2], rush[1::2], strict=False):
        seat, person = f"seat-{which % 31}", f"person-{what // 16}"
        match what % 16:
            case 0:
                commands.append(CancelSeat(SESSION, seat, "by_hand", LATE))
            case 1 | 2 | 3 | 4 | 5:
                commands.append(CancelSeat(SESSION, seat, "cancelled_by_attendee", EARLY))
            case 6:
                commands.append(ReserveSeat(SESSION, seat, person, None, False, EARLY))
            case 7 if which < 64:
                starts = STARTS + timedelta(hours=which % 3)
                commands.append(MoveWorkshop(SESSION, "hall-b", starts, ENDS))
            case 8 if which < 16:
                commands.append(CancelWorkshop(SESSION, "hall_flooded"))
            case 8 if which < 64:
                commands.append(SetRules(SESSION, Rules(which % 3 + 1), EARLY))
            case 9 if which < 64:
                commands.append(opening(which % 4 + 1))
            case _:
                whose = None if which < 100 else f"organisation-{which % 2}"
                commands.append(ReserveSeat(SESSION, seat, person, person, True, EARLY, whose))
    return commands


def history(capacity: int, rush: bytes) -> list[Command]:
    """A workshop that mostly opens first, and what is then asked of it."""
    return [*([opening(capacity)] if capacity else []), *commands_of(rush)]


# Commands out of bytes: made one by one they would take most of the time of these tests.
HISTORIES = st.builds(history, st.integers(0, 4), st.binary(min_size=40, max_size=120))


@dataclass
class Ledger:
    """Who has a seat and who waits, counted from the events alone."""

    seated: list[str] = field(default_factory=list[str])
    waiting: list[str] = field(default_factory=list[str])
    full: bool = False

    def enter(self, event: Event, capacity: int) -> None:
        match event:
            case SeatReserved(seat_id=seat, from_waitlist=moved_up):
                if moved_up:
                    assert self.waiting[0] == seat, "somebody jumped the queue"
                    del self.waiting[0]
                assert seat not in self.seated
                self.seated.append(seat)
            case SeatWaitlisted(seat_id=seat, rank=rank):
                self.waiting.append(seat)
                assert rank == len(self.waiting)
            case SeatReleased(seat_id=seat, waited=waited):
                (self.waiting if waited else self.seated).remove(seat)
            case WorkshopFull():
                assert not self.full, "full twice in a row"
                assert len(self.seated) == capacity, "full, and yet a seat is free"
                self.full = True
            case WorkshopReopened(seats_left=left):
                assert self.full, "reopened without having been full"
                assert left == capacity - len(self.seated) > 0
                assert not self.waiting
                self.full = False
            case _:
                pass


def played(commands: list[Command]) -> tuple[Workshop, list[list[Event]]]:
    """The state that the commands lead to, and what each of them that was followed decided."""
    state, decisions = initial(), list[list[Event]]()
    for command in commands:
        before = repr(state)
        try:
            events = decide(command, state)
        except Refused:
            assert repr(state) == before, "a refusal changed the state"
            continue
        assert repr(state) == before, "a decision changed the state"
        state = reduce(evolve, events, state)
        assert decide(command, state) == [], "a repeated command was not silent"
        decisions.append(events)
    return state, decisions


@given(HISTORIES)
def test_replaying_the_events_gives_the_state_and_a_repeated_command_is_silent(
    commands: list[Command],
) -> None:
    state, decisions = played(commands)
    events = [event for decision in decisions for event in decision]
    again = reduce(evolve, events, initial())
    assert again == state
    assert list(again.waiting) == list(state.waiting)


@given(HISTORIES)
def test_no_seat_too_many_none_free_while_somebody_waits_and_full_is_said_truly(
    commands: list[Command],
) -> None:
    state, decisions = played(commands)
    ledger = Ledger()
    for decision in decisions:
        for event in decision:
            ledger.enter(event, state.capacity)
            assert len(ledger.seated) <= state.capacity
        if not state.cancelled or decision is not decisions[-1]:
            assert not (ledger.waiting and len(ledger.seated) < state.capacity)
        if not state.cancelled and state.capacity:
            assert ledger.full == (len(ledger.seated) == state.capacity)
    assert ledger.seated == list(state.reserved)
    assert ledger.waiting == list(state.waiting)


@given(HISTORIES)
def test_nobody_has_or_awaits_two_seats(commands: list[Command]) -> None:
    state, _ = played(commands)
    holders = [place.attendee_id for place in (*state.reserved.values(), *state.waiting.values())]
    assert len(holders) == len(set(holders))
    assert set(state.seat_of) == set(holders)


@given(HISTORIES)
def test_no_organisation_takes_more_places_than_the_bound_of_the_moment(
    commands: list[Command],
) -> None:
    state, decisions = played(commands)
    most, places = PLACES_PER_ORGANISATION, dict[str, str | None]()
    for event in (event for decision in decisions for event in decision):
        match event:
            case WorkshopRulesSet():
                most = event.places_per_organisation
            case SeatReserved(from_waitlist=True):
                assert places[event.seat_id] == event.organisation_id
            case SeatReserved() | SeatWaitlisted():
                places[event.seat_id] = event.organisation_id
                if event.organisation_id is not None:
                    assert Counter(places.values())[event.organisation_id] <= most
            case SeatReleased():
                del places[event.seat_id]
            case _:
                pass
    counted = Counter(whose for whose in places.values() if whose is not None)
    assert {whose: n for whose, n in state.places_of.items() if n} == counted


@pytest.mark.unhurried
@pytest.mark.parametrize("moving_up", [False, True], ids=["reserving", "moving up"])
def test_a_seat_costs_the_same_however_many_were_taken_before(moving_up: bool) -> None:
    """Medians of the cost of a thousand decisions: late in a rush against early in it."""
    seats = 40_000
    state = initial()

    def cost(commands: list[Command]) -> float:
        began = process_time()
        for command in commands:
            for event in decide(command, state):
                evolve(state, event)
        return process_time() - began

    cost([opening(1_000 if moving_up else 2 * seats)])
    commands: list[Command] = [
        ReserveSeat(SESSION, f"s{n}", f"p{n}", None, True, EARLY) for n in range(seats)
    ]
    if moving_up:
        cost(commands)
        commands = [CancelSeat(SESSION, f"s{n}", "by_hand", EARLY) for n in range(seats - 1_000)]
    costs = [cost(commands[n : n + 1_000]) for n in range(0, len(commands), 1_000)]
    assert median(costs[-5:]) < 2.5 * median(costs[:5])
