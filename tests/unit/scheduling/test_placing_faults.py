"""The checker names each hard rule that a placement breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.scheduling.placing.booths import Needs
from services.scheduling.placing.checker import Fault, connected, faults
from services.scheduling.placing.problem import Placement, Problem, by_exhibitor, moves
from services.scheduling.placing.rules import Fixed
from tests.unit.scheduling.placing_cases import booth, problem, profile, row, rules

FLOOR = row(6)
GROUND = replace(
    FLOOR,
    booths={
        **FLOOR.booths,
        "A2": booth("A2", electricity=True),
        "X1": booth("X1", institutional=True),
        "C1": booth("C1", pole_id="crafts"),
    },
    facing={"A1": ("A6",), "A6": ("A1",)},
    partner_poles=frozenset({"products"}),
)
PROBLEM = problem(
    GROUND,
    profile("fish", families=("fish",)),
    profile("gone", withdrawn=True),
    profile("honey", families=("honey",)),
    profile("oven", needs=Needs(electricity=True)),
    profile("partner", partner=True),
    profile("plain"),
    profile("promised"),
    profile("wide", booths=2),
    rules=rules(forbidden=(("fish", "honey"),), fixed=(Fixed("promised", ("A5",)),)),
)
WHOLE: Placement = {
    "fish": ("A1",),
    "honey": ("A3",),
    "oven": ("A2",),
    "partner": ("X1",),
    "promised": ("A5",),
}


def without(*names: str) -> Placement:
    return {key: booths for key, booths in WHOLE.items() if key not in names}


def test_a_placement_that_keeps_every_rule_has_no_faults() -> None:
    assert faults(PROBLEM, WHOLE) == ()
    assert faults(PROBLEM, {}) == ()


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({**WHOLE, "nobody": ("A4",)}, Fault("exhibitor_unknown", ("A4",), ("nobody",))),
        ({**WHOLE, "gone": ("A4",)}, Fault("exhibitor_withdrawn", ("A4",), ("gone",))),
        ({**WHOLE, "fish": ("Z9",)}, Fault("booth_unknown", ("Z9",), ("fish",))),
        ({**WHOLE, "fish": ("C1",)}, Fault("pole_differs", ("C1",), ("fish",))),
        (
            {**without("partner"), "fish": ("X1",)},
            Fault("booth_kept_for_partners", ("X1",), ("fish",)),
        ),
        ({**WHOLE, "partner": ("A6",)}, Fault("partner_booth_required", ("A6",), ("partner",))),
        ({**WHOLE, "oven": ("A6",)}, Fault("needs_unmet", ("A6",), ("oven",))),
        ({**WHOLE, "plain": ("A1",)}, Fault("booth_taken", ("A1",), ("fish", "plain"))),
        (
            {**WHOLE, "honey": ("A3", "A4")},
            Fault("enough_booths", ("A3", "A4"), ("honey",)),
        ),
        ({**WHOLE, "wide": ("A4",)}, Fault("booths_incomplete", ("A4",), ("wide",))),
        ({**WHOLE, "wide": ("A4", "A6")}, Fault("booths_apart", ("A4", "A6"), ("wide",))),
        ({**WHOLE, "promised": ("A4",)}, Fault("booth_fixed", ("A5",), ("promised",))),
        (
            {**without("promised", "fish"), "fish": ("A5",)},
            Fault("booth_fixed", ("A5",), ("promised",)),
        ),
        (
            {**WHOLE, "fish": ("A4",)},
            Fault("families_forbidden", ("A3", "A4"), ("honey", "fish")),
        ),
        (
            {**WHOLE, "honey": ("A6",)},
            Fault("families_forbidden", ("A1", "A6"), ("fish", "honey")),
        ),
    ],
    ids=lambda value: f"{value.code}-{value.booths[0]}" if isinstance(value, Fault) else "",
)
def test_each_rule_broken_once_is_named_with_its_booths_and_exhibitors(
    broken: Placement, fault: Fault
) -> None:
    assert faults(PROBLEM, broken) == (fault,)


def pinned(**more: Any) -> Problem:
    return replace(PROBLEM, pinned={"oven": ("A6",), "wide": ("A1",)}, **more)


def test_what_was_set_up_stays_whatever_it_lacks() -> None:
    kept = {"oven": ("A6",), "wide": ("A1",)}
    assert faults(pinned(), kept) == ()
    assert faults(pinned(), {**kept, "wide": ("A1", "A2")}) == ()
    assert faults(pinned(), {**kept, "wide": ("A1", "A2", "A3")}) == (
        Fault("enough_booths", ("A1", "A2", "A3"), ("wide",)),
    )
    assert faults(pinned(), {"wide": ("A1",)}) == (Fault("booth_pinned", ("A6",), ("oven",)),)
    assert faults(pinned(), {**kept, "oven": ("A2",)}) == (
        Fault("booth_pinned", ("A6",), ("oven",)),
    )


def test_one_who_withdrew_has_no_claim_to_what_was_set_up_for_it() -> None:
    assert faults(replace(PROBLEM, pinned={"gone": ("A4",)}), {**WHOLE, "fish": ("A6",)}) == ()


def test_a_promise_of_a_booth_that_the_plan_no_longer_has_binds_nobody() -> None:
    lost = replace(PROBLEM, rules=rules(fixed=(Fixed("promised", ("A9",)),)))
    assert faults(lost, {**without("promised"), "promised": ("A6",)}) == ()


def test_booths_hang_together_by_their_sides() -> None:
    assert connected(FLOOR.beside, ())
    assert connected(FLOOR.beside, ("A3", "A1", "A2"))
    assert not connected(FLOOR.beside, ("A1", "A3"))


def test_a_move_is_an_exhibitor_who_stood_and_stands_otherwise() -> None:
    before = by_exhibitor({"A1": "a", "A2": "a", "A3": "b", "A4": "c"})
    assert before == {"a": ("A1", "A2"), "b": ("A3",), "c": ("A4",)}
    assert moves(before, before) == 0
    after = {"a": ("A2", "A1"), "b": ("A5",), "new": ("A3",)}
    assert moves(before, after) == 2
