"""Why an exhibitor stands where it does, what else there is, and what one lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.scheduling.placing.booths import Needs
from services.scheduling.placing.checker import worth
from services.scheduling.placing.problem import Ground, Placement, Problem
from services.scheduling.placing.rules import RULES, Weights
from services.scheduling.placing.why import Lack, Other, Payment, charges_of, lack, others
from tests.unit.scheduling.placing_cases import booth, problem, profile, row, rules

WALK = {f"A{n}": n * 100 for n in range(1, 9)}
VALUE = Weights(**{**dict.fromkeys(RULES, 0), "place_value": 1, "family_beside": 60})


def seats(**held: str) -> Placement:
    return {name: tuple(booths.split()) for name, booths in held.items()}


def test_the_best_others_are_priced_with_who_would_pay() -> None:
    case = problem(
        row(4, walk_cm=WALK),
        profile("a", score=100, families=("honey",)),
        profile("b", score=50),
        profile("c", score=10, families=("honey",)),
        rules=rules(weights=VALUE),
    )
    placement = seats(a="A1", b="A2", c="A3")
    assert others(case, placement, "a") == (
        Other(("A3",), "c", 42, (Payment("place_value", "a", 47), Payment("place_value", "c", -5))),
        Other(
            ("A2",),
            "b",
            72,
            (
                Payment("family_beside", "c", 60),
                Payment("place_value", "a", 24),
                Payment("place_value", "b", -12),
            ),
        ),
        Other(
            ("A4",),
            None,
            130,
            (Payment("family_beside", "c", 60), Payment("place_value", "a", 70)),
        ),
    )
    for each in others(case, placement, "a", most=1):
        changed = {**placement, "a": each.booths, "c": ("A1",)}
        assert worth(case, changed).objective - worth(case, placement).objective == each.cost


def test_what_one_pays_is_told_by_rule() -> None:
    case = problem(row(2, walk_cm=WALK), profile("a", score=1), profile("b", score=1))
    assert charges_of(case, seats(a="A2", b="A1"), "a") == {"place_value": 85}


def test_a_move_may_save_what_neighbours_pay() -> None:
    case = problem(
        row(4, walk_cm=WALK),
        profile("a", score=100, families=("honey",)),
        profile("b", families=("honey",)),
        rules=rules(weights=VALUE),
    )
    [best, *_] = others(case, seats(a="A1", b="A2"), "a")
    assert (best.booths, best.cost) == (("A4",), 10)


def test_stands_of_several_modules_swap_with_their_like_and_never_with_parts() -> None:
    case = problem(row(6), profile("a", booths=2), profile("b", booths=2), profile("c"))
    found = others(case, seats(a="A1 A2", b="A3 A4", c="A5"), "a", most=9)
    assert [(each.booths, each.swapped_with) for each in found] == [(("A3", "A4"), "b")]


def test_what_breaks_a_hard_rule_is_no_other() -> None:
    ground = row(3)
    case = problem(
        replace(ground, booths={**ground.booths, "A1": booth("A1", electricity=True)}),
        profile("a"),
        profile("b", needs=Needs(electricity=True)),
    )
    assert [each.booths for each in others(case, seats(a="A2", b="A1"), "a")] == [("A3",)]


def powered(*names: str) -> Ground:
    ground = row(3)
    return replace(
        ground, booths={each: booth(each, electricity=each in names) for each in ground.booths}
    )


ENEMIES = rules(forbidden=(("fish", "honey"),))


@pytest.mark.parametrize(
    ("case", "placement", "expected"),
    [
        (problem(row(1), profile("a")), {"a": ("A1",)}, None),
        (problem(row(1), profile("a", withdrawn=True)), {}, Lack("exhibitor_withdrawn", ())),
        (problem(row(1), profile("a", pole_id="crafts")), {}, Lack("no_booth_in_pole", ())),
        (
            problem(row(1), profile("a"), profile("b")),
            {"b": ("A1",)},
            Lack("no_free_booth_in_pole", ()),
        ),
        (
            problem(
                Ground(
                    {"X1": booth("X1", institutional=True)},
                    {},
                    partner_poles=frozenset({"products"}),
                ),
                profile("a", partner=True),
                profile("b", partner=True),
            ),
            {"b": ("X1",)},
            Lack("no_free_booth_for_partners", ()),
        ),
        (
            problem(powered(), profile("a", needs=Needs(electricity=True))),
            {},
            Lack("no_booth_with_electricity", ("electricity",)),
        ),
        (
            problem(powered(), profile("a", needs=Needs(min_area_m2=99.0))),
            {},
            Lack("no_booth_large_enough", ("area",)),
        ),
        (
            problem(
                replace(
                    row(2),
                    booths={
                        "A1": booth("A1", electricity=True),
                        "A2": booth("A2", water=True),
                    },
                ),
                profile("a", needs=Needs(electricity=True, water=True)),
            ),
            {},
            Lack("no_booth_with_all_needs", ("electricity", "water")),
        ),
        (
            # Giving up one of two needs that no booth meets does not help.
            problem(powered(), profile("a", needs=Needs(electricity=True, water=True))),
            {},
            Lack("no_booth_with_electricity", ()),
        ),
        (problem(row(3), profile("a", booths=7)), {}, Lack("too_many_modules", ("fewer_booths",))),
        (
            problem(row(3), profile("a", booths=2), profile("b")),
            {"b": ("A2",)},
            Lack("no_booths_side_by_side", ("fewer_booths",)),
        ),
        (
            problem(
                row(2),
                profile("a", families=("fish",)),
                profile("b", families=("honey",)),
                rules=ENEMIES,
            ),
            {"b": ("A1",)},
            Lack("forbidden_neighbours", ("rule_forbidden",)),
        ),
        (problem(row(2), profile("a")), {}, Lack("booth_free_since", ())),
    ],
)
def test_what_one_lacks_is_told_with_what_would_help(
    case: Problem, placement: Any, expected: Lack | None
) -> None:
    assert lack(case, placement, "a") == expected
