"""What the gates of a fair decide, and what the scans of a ticket come to."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as examples, strategies as st

from services.ticketing.gates.domain import (
    DECIDER,
    GIVEN_FOR,
    Command,
    Event,
    GateRulesSet,
    PlaceInsideGiven,
    SetGateRules,
    TakePlaceInside,
    gate_stream,
)
from services.ticketing.gates.movements import Movement, Presence, presence_of
from tests.deciding import given

FAIR, TICKET = "khenifra-2021", "0192f5c4-0000-7000-8000-000000000009"
NOON = datetime(2021, 11, 29, 11, 0, tzinfo=UTC)
LIMIT = GateRulesSet(FAIR, ("visitor",), 10)
TAKE = TakePlaceInside(FAIR, TICKET, "scan-1", 2, 7, frozenset(), NOON)
GIVEN = PlaceInsideGiven(FAIR, TICKET, "scan-1", 2, NOON)
OTHER = replace(TAKE, scan_id="scan-2")

DECISIONS: dict[str, tuple[list[Event], Command, list[Event]]] = {
    "rules are set": (
        [],
        SetGateRules(FAIR, ("visitor", "guest", "visitor"), None),
        [GateRulesSet(FAIR, ("guest", "visitor"), None)],
    ),
    "rules that hold already": ([LIMIT], SetGateRules(FAIR, ("visitor",), 10), []),
    "another limit": (
        [LIMIT],
        SetGateRules(FAIR, ("visitor",), 11),
        [replace(LIMIT, inside_limit=11)],
    ),
    "no rules that no rules were": ([], SetGateRules(FAIR, (), None), []),
    "without a limit no place is taken": ([], TAKE, []),
    "a place is given": ([LIMIT], TAKE, [GIVEN]),
    "the last places are given": (
        [LIMIT],
        replace(TAKE, inside=8),
        [GIVEN],
    ),
    "a scan takes its place once": ([LIMIT, GIVEN], TAKE, []),
    "a place that is taken in the tables counts once": (
        [LIMIT, GIVEN],
        replace(OTHER, inside=8, landed=frozenset({"scan-1"})),
        [replace(GIVEN, scan_id="scan-2")],
    ),
    "a place of somebody who did not come is free again": (
        [LIMIT, GIVEN],
        replace(OTHER, inside=8, now=NOON + GIVEN_FOR),
        [replace(GIVEN, scan_id="scan-2", given_at=NOON + GIVEN_FOR)],
    ),
    "a steward overrules": (
        [LIMIT],
        replace(TAKE, inside=9, overrule=True),
        [replace(GIVEN, overruled=True)],
    ),
    "a steward who need not overrule does not": ([LIMIT], replace(TAKE, overrule=True), [GIVEN]),
}


@pytest.mark.parametrize(("events", "command", "then"), DECISIONS.values(), ids=DECISIONS)
def test_the_gates_of_a_fair_decide(
    events: list[Event], command: Command, then: list[Event]
) -> None:
    given(DECIDER, *events).when(command).then(*then)


def test_nobody_comes_in_where_too_many_are_inside() -> None:
    given(DECIDER, LIMIT).when(replace(TAKE, inside=9)).refused(
        "too_many_inside", inside=9, limit=10
    )
    # Nor where the last places were given a moment ago.
    given(DECIDER, LIMIT, GIVEN).when(replace(OTHER, inside=7)).refused(
        "too_many_inside", inside=9, limit=10
    )


def test_places_that_were_given_long_ago_are_forgotten() -> None:
    later = [
        replace(GIVEN, scan_id=f"scan-{n}", given_at=NOON + n * timedelta(seconds=10))
        for n in range(100)
    ]
    state = given(DECIDER, LIMIT, *later).state()
    assert list(state.given) == ["scan-97", "scan-98", "scan-99"]


def test_the_stream_is_that_of_the_fair() -> None:
    assert gate_stream(FAIR).name == f"gate-{FAIR}"


# Movements


def moved(name: str, minute: int, direction: str = "in", people: int = 1) -> Movement:
    gate, _, number = name.partition("/")
    at = NOON + timedelta(minutes=minute)
    device = "" if gate == "online" else gate
    return Movement(name, at, direction, people, gate, device, int(number))


FIRST, SECOND = moved("north/1", 0), moved("south/1", 5)
OUT = moved("south/2", 3, "out")

PRESENCES: dict[str, tuple[list[Movement], int, Presence]] = {
    "nobody came": ([], 1, Presence()),
    "somebody came": ([FIRST], 1, Presence(1, 1, 1, FIRST)),
    "somebody came and went": ([OUT, FIRST], 1, Presence(0, 1, 1, FIRST)),
    "somebody came again": ([SECOND, OUT, FIRST], 1, Presence(1, 2, 1, FIRST)),
    "a ticket shown at two gates": (
        [SECOND, FIRST],
        1,
        Presence(2, 2, 2, FIRST, ((FIRST, SECOND),)),
    ),
    "a party in two parts": ([SECOND, FIRST], 2, Presence(2, 2, 2, FIRST)),
    "an exit whose entry is missing": ([OUT, SECOND], 1, Presence(1, 1, 1, SECOND)),
    "a scan that a gate and a device told": (
        [replace(FIRST, at=NOON + timedelta(hours=1), device_id="", sequence=0), FIRST],
        1,
        Presence(1, 1, 1, replace(FIRST, at=NOON + timedelta(hours=1), device_id="", sequence=0)),
    ),
    "three entries are two too many": (
        [FIRST, SECOND, moved("south/9", 9)],
        1,
        Presence(3, 3, 3, FIRST, ((FIRST, SECOND), (SECOND, moved("south/9", 9)))),
    ),
}


@pytest.mark.parametrize(("movements", "party", "then"), PRESENCES.values(), ids=PRESENCES)
def test_movements_come_to(movements: list[Movement], party: int, then: Presence) -> None:
    assert presence_of(movements, party) == then


MOVEMENTS = st.lists(
    st.tuples(
        st.sampled_from(("online", "north", "south")),
        st.integers(0, 30),
        st.sampled_from(("in", "out")),
        st.integers(1, 3),
    ),
    max_size=12,
)


@examples(MOVEMENTS, st.integers(1, 4), st.integers(0, 2**32))
def test_the_order_in_which_they_are_told_leaves_no_trace(
    told: list[tuple[str, int, str, int]], party: int, seed: int
) -> None:
    movements = [
        moved(f"{gate}/{n}", minute, direction, people)
        for n, (gate, minute, direction, people) in enumerate(told)
    ]
    chance = random.Random(seed)
    mixed = [*movements, *chance.choices(movements, k=3 if movements else 0)]
    chance.shuffle(mixed)
    assert presence_of(mixed, party) == presence_of(movements, party)
