"""The check of histories accepts what can be true, and tells each seeded fault."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from tests.histories import Call, contradictions

CAPACITY = 3
History = tuple[list[Call], list[str]]


def made(chance: random.Random, steps: int = 60) -> History:
    """A history that took place: each call at one moment, told some time around it."""
    calls: list[Call] = []
    log: list[str] = []
    taken: list[str] = []
    for moment in range(steps):
        began, ended = moment - 3 * chance.random(), moment + 3 * chance.random()
        step: str | None = None
        if taken and chance.random() < 0.3:
            step = f"-{taken.pop()}"
        elif len(taken) < CAPACITY:
            taken.append(f"seat-{moment}")
            step = f"+{taken[-1]}"
        calls.append(Call(began, ended, step))
        if step is not None:
            log.append(step)
    return calls, log


@given(st.randoms(use_true_random=False))
def test_what_took_place_can_be_true(chance: random.Random) -> None:
    calls, log = made(chance)
    assert contradictions(calls, log, CAPACITY) == []


CALLS = [
    *(Call(0, 1, "+a"), Call(0, 2, "+b"), Call(3, 4, "+c")),
    *(Call(5, 6, None), Call(7, 8, "-a"), Call(9, 10, "+d"), Call(11, 12, None)),
]
LOG = ["+a", "+b", "+c", "-a", "+d"]


def test_seats_that_were_asked_for_at_once_may_stand_in_either_order() -> None:
    assert contradictions(CALLS, LOG, CAPACITY) == []
    assert contradictions(CALLS, ["+b", "+a", *LOG[2:]], CAPACITY) == []


def test_a_refusal_may_have_seen_any_moment_of_its_call() -> None:
    # It was under way while the seat that was given up was free, and before.
    assert contradictions([*CALLS, Call(6, 9.5, None)], LOG, CAPACITY) == []


FAULTS: dict[str, tuple[Callable[[], History], str]] = {
    "two events that are swapped": (
        lambda: (CALLS, ["+a", "+c", "+b", "-a", "+d"]),
        "+b [0, 2] stands behind +c [3, 4]",
    ),
    "a seat too many": (
        lambda: ([*CALLS, Call(4, 5, "+e")], ["+a", "+b", "+c", "+e", "-a", "+d"]),
        "4 seats of 3 after +e",
    ),
    "a seat that was given up twice": (
        lambda: ([Call(0, 1, "-a")], ["-a"]),
        "-1 seats of 3 after -a",
    ),
    "a refusal while a seat was free": (
        lambda: ([*CALLS, Call(8.2, 8.8, None)], LOG),
        "full [8.2, 8.8] was told while a seat was free",
    ),
    "a refusal before the last seat was taken": (
        lambda: ([*CALLS, Call(2.2, 2.8, None)], LOG),
        "full [2.2, 2.8] was told while a seat was free",
    ),
    "an event that is lost": (
        lambda: (CALLS, ["+a", "+c", "-a", "+d"]),
        "+b was told, and is not in the log",
    ),
    "an event that nobody was told of": (
        lambda: ([call for call in CALLS if call.step != "+b"], LOG),
        "+b is in the log, and was not told",
    ),
    "an event that stands there twice": (
        lambda: (CALLS, [*LOG, "-a"]),
        "-a is in the log, and was not told",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_told(fault: str) -> None:
    history, told = FAULTS[fault]
    assert told in contradictions(*history(), CAPACITY)


@given(st.randoms(use_true_random=False))
def test_a_call_that_ended_before_those_whom_it_follows_is_told(chance: random.Random) -> None:
    calls, log = made(chance)
    last = next(call for call in reversed(calls) if call.step == log[-1])
    early = replace(last, began=-9, ended=-8)
    turned = [early if call is last else call for call in calls]
    assert any("stands behind" in one for one in contradictions(turned, log, CAPACITY))
