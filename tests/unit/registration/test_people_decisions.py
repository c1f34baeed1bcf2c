"""Given who wears an exhibitor's badges, when somebody asks, then this is decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given as tried, strategies as st

from chassis.kernel.refused import Refused
from services.registration.people.domain import (
    DECIDER,
    AddWearer,
    Command,
    CorrectWearer,
    EraseWearer,
    Event,
    RemoveWearer,
    ReplaceWearer,
    Standing,
    WearerAdded,
    WearerErased,
    WearerRemoved,
)
from tests.deciding import given

WHOSE = ("zagora-2025", "exhibitor-1", "organisation-1")
ADD = AddWearer(*WHOSE, "wearer-1", "seller", badges=2)
REPLACE = ReplaceWearer(*WHOSE, "wearer-2", "interpreter", leaving_id="wearer-1")
ADDED = WearerAdded(*WHOSE, "wearer-1", "seller")
SECOND = WearerAdded(*WHOSE, "wearer-2", "interpreter")
REMOVED = WearerRemoved(*WHOSE, "wearer-1", "ill")
ERASED = WearerErased(*WHOSE, "wearer-1")

DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    "somebody is added": ((), ADD, [ADDED]),
    "adding them again is silent": ((ADDED,), ADD, []),
    "adding them again is silent, though all badges are given out": (
        (ADDED,),
        replace(ADD, badges=1),
        [],
    ),
    "adding them again after their removal is silent": ((ADDED, REMOVED), ADD, []),
    "adding them again after their erasure is silent": ((ADDED, ERASED), ADD, []),
    "a badge that was given back is given to another": (
        (ADDED, REMOVED),
        replace(ADD, wearer_id="wearer-3", badges=1),
        [WearerAdded(*WHOSE, "wearer-3", "seller")],
    ),
    "and so is the badge of one who was erased": (
        (ADDED, ERASED),
        replace(ADD, wearer_id="wearer-3", badges=1),
        [WearerAdded(*WHOSE, "wearer-3", "seller")],
    ),
    "one goes and another comes": (
        (ADDED,),
        REPLACE,
        [replace(REMOVED, reason="replaced"), SECOND],
    ),
    "replacing them again is silent": (
        (ADDED, replace(REMOVED, reason="replaced"), SECOND),
        REPLACE,
        [],
    ),
    "a name may be corrected": ((ADDED,), CorrectWearer("wearer-1"), []),
    "somebody is removed": ((ADDED,), RemoveWearer("wearer-1", "ill"), [REMOVED]),
    "removing them again is silent": ((ADDED, REMOVED), RemoveWearer("wearer-1", "late"), []),
    "removing one who was erased is silent": ((ADDED, ERASED), RemoveWearer("wearer-1", "x"), []),
    "somebody is erased": ((ADDED,), EraseWearer("wearer-1"), [ERASED]),
    "erasing them again is silent": ((ADDED, ERASED), EraseWearer("wearer-1"), []),
    "of one who was removed nothing is left to erase": (
        (ADDED, REMOVED),
        EraseWearer("wearer-1"),
        [],
    ),
}


@pytest.mark.parametrize(("events", "command", "expected"), DECIDED.values(), ids=DECIDED.keys())
def test_it_is_decided(events: tuple[Event, ...], command: Command, expected: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*expected)


REFUSED: dict[str, tuple[tuple[Event, ...], Command, str]] = {
    "more people than badges": (
        (ADDED,),
        replace(ADD, wearer_id="wearer-3", badges=1),
        "badges_given_out",
    ),
    "somebody where there is no badge": ((), replace(ADD, badges=0), "badges_given_out"),
    "replacing a stranger": ((), REPLACE, "wearer_unknown"),
    "replacing a stranger among others": (
        (ADDED,),
        replace(REPLACE, leaving_id="wearer-9"),
        "wearer_unknown",
    ),
    "replacing one who has left": ((ADDED, REMOVED), REPLACE, "wearer_gone"),
    "correcting a stranger": ((ADDED,), CorrectWearer("wearer-9"), "wearer_unknown"),
    "correcting one who was erased": ((ADDED, ERASED), CorrectWearer("wearer-1"), "wearer_gone"),
    "removing a stranger": ((), RemoveWearer("wearer-1", "ill"), "wearer_unknown"),
    "erasing a stranger": ((ADDED,), EraseWearer("wearer-9"), "wearer_unknown"),
}


@pytest.mark.parametrize(("events", "command", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(events: tuple[Event, ...], command: Command, code: str) -> None:
    given(DECIDER, *events).when(command).refused(code)


wearers = st.sampled_from([f"wearer-{number}" for number in range(5)])
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(AddWearer, *map(st.just, WHOSE), wearers, st.just("seller"), badges=st.just(2)),
    st.builds(ReplaceWearer, *map(st.just, WHOSE), wearers, st.just("seller"), wearers),
    st.builds(CorrectWearer, wearers),
    st.builds(RemoveWearer, wearers, st.just("ill")),
    st.builds(EraseWearer, wearers),
)


@tried(st.lists(commands, max_size=30))
def test_no_exhibitor_has_more_people_than_badges_and_nobody_comes_back(
    story: list[Command],
) -> None:
    people = DECIDER.initial()
    left: set[str] = set()
    for command in story:
        try:
            events = DECIDER.decide(command, people)
        except Refused:
            continue
        for event in events:
            people = DECIDER.evolve(people, event)
        assert DECIDER.decide(command, people) == [], "the second time it is silent"
        wearing = {key for key, one in people.standings.items() if one is Standing.WEARS}
        assert len(wearing) == people.wearing <= 2
        assert not left & wearing
        left |= people.standings.keys() - wearing
