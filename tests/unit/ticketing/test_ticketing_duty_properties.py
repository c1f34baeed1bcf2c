"""What holds for every exhibitor, whatever is claimed, moved and given back, in whichever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given, strategies as st

from chassis.kernel.refused import Refused
from services.ticketing.duty.domain import (
    ClaimDuty,
    Command,
    Duty,
    DutyBroken,
    DutyClaimed,
    DutyMoved,
    DutyReleased,
    DutyRestored,
    Event,
    MoveDuty,
    ReleaseDuty,
    decide,
    evolve,
    initial,
)

FAIR, US = "agadir-2025", "organisation"
NINE = datetime(2025, 2, 16, 9, tzinfo=UTC)
HALF = timedelta(minutes=30)


def seat_of(number: int) -> str:
    return f"seat-{number}"


def slot_of(begins: int, halves: int) -> tuple[datetime, datetime]:
    return NINE + begins * HALF, NINE + (begins + halves) * HALF


SEATS = st.integers(0, 9).map(seat_of)
SLOTS = st.builds(slot_of, st.integers(0, 12), st.integers(1, 5))


@st.composite
def histories(draw: st.DrawFn, moving: bool) -> tuple[int, list[Command]]:
    """How many people an exhibitor has, and what is asked of its duty; a move may find that it
    exhibits no more."""
    people = draw(st.integers(2, 5))
    commands: list[Command] = []
    for _ in range(draw(st.integers(0, 25))):
        seat, (starts, ends) = draw(SEATS), draw(SLOTS)
        match draw(st.integers(0, 3 if moving else 2)):
            case 0:
                commands.append(ReleaseDuty(FAIR, US, seat, "seat_released"))
            case 3:
                there = draw(st.sampled_from((people, people, people, 0)))
                commands.append(MoveDuty(FAIR, US, seat, starts, ends, there))
            case _:
                places, gone = draw(st.integers(1, 3)), tuple(draw(st.lists(SEATS, max_size=2)))
                session = f"session-{starts}"
                asked = (session, seat, "ask", starts, ends, places, people, gone)
                commands.append(ClaimDuty(FAIR, US, *asked))
    return people, commands


def played(commands: list[Command]) -> tuple[Duty, list[Event]]:
    """The state that the commands lead to, and all that was decided."""
    state, events = initial(), list[Event]()
    for command in commands:
        before = repr(state)
        try:
            decided = decide(command, state)
        except Refused:
            assert repr(state) == before, "a refusal changed the state"
            continue
        assert repr(state) == before, "a decision changed the state"
        state = reduce(evolve, decided, state)
        assert decide(command, state) == [], "a repeated command was not silent"
        events += decided
    return state, events


def away(duty: Duty) -> int:
    """The most people who are away at once: looked at in every half hour, none left out."""
    halves = [NINE + number * HALF for number in range(-2, 30)]
    claims = duty.claims.values()
    return max(
        sum(claim.places for claim in claims if claim.starts_at <= half < claim.ends_at)
        for half in halves
    )


@given(histories(moving=False))
def test_as_long_as_no_workshop_moves_somebody_is_at_the_stand(
    case: tuple[int, list[Command]],
) -> None:
    people, commands = case
    state = initial()
    for command in commands:
        try:
            decided = decide(command, state)
        except Refused as refused:
            if refused.code == "stand_unattended":
                assert isinstance(command, ClaimDuty)
                rest = Duty(claims={**state.claims})
                for seat in command.given_back:
                    rest.claims.pop(seat, None)
                beside = {
                    seat: each
                    for seat, each in rest.claims.items()
                    if each.starts_at < command.ends_at and command.starts_at < each.ends_at
                }
                assert away(Duty(claims=beside)) + command.places > people - 1
            continue
        state = reduce(evolve, decided, state)
        assert away(state) <= people - 1
        assert state.broken is None


@given(histories(moving=True))
def test_a_broken_duty_is_always_said_and_only_then(case: tuple[int, list[Command]]) -> None:
    state, events = played(case[1])
    assert (state.broken is not None) == (state.people > 1 and away(state) > state.people - 1)
    said = [event for event in events if isinstance(event, DutyBroken | DutyRestored)]
    assert (state.broken is not None) == (bool(said) and isinstance(said[-1], DutyBroken))
    assert reduce(evolve, events, initial()) == state


@given(histories(moving=True))
def test_what_is_claimed_is_what_was_not_given_back(case: tuple[int, list[Command]]) -> None:
    state, events = played(case[1])
    slots: dict[str, tuple[datetime, datetime]] = {}
    for event in events:
        match event:
            case DutyClaimed() | DutyMoved():
                slots[event.seat_id] = (event.starts_at, event.ends_at)
            case DutyReleased():
                del slots[event.seat_id]
            case _:
                pass
    assert slots == {seat: (claim.starts_at, claim.ends_at) for seat, claim in state.claims.items()}
