"""A run begins with what first fit gives, and is compared with that and with placements by lot."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from services.scheduling.placing.booths import Needs
from services.scheduling.placing.checker import Checker, faults, worth
from services.scheduling.placing.problem import Problem
from services.scheduling.placing.rules import Fixed
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning import running
from tests.unit.scheduling.placing_cases import booth, problem, profile, row, rules


class Listening:
    """Hears how far a job is, and has it stop after so many words."""

    def __init__(self, words: int = 1_000_000) -> None:
        self.words = words

    @property
    def stopping(self) -> bool:
        return self.words <= 0

    def __call__(self, share: float, code: str = "", /) -> None:
        assert 0 <= share <= 1
        self.words -= 1


def given(case: Problem, **more: Any) -> dict[str, Any]:
    return {
        "problem": running.READ.dump_python(case, mode="json"),
        "start": None,
        "repair": False,
        "seed": 1,
        "seconds": 20.0,
        "compare": False,
        **more,
    }


CASE = problem(
    row(6),
    profile("a", families=("fish",)),
    profile("b", families=("fish",), booths=2),
    profile("c", families=("oil",)),
    profile("d", withdrawn=True),
    rules=rules(forbidden=(("fish", "oil"),), fixed=(Fixed("a", ("A3",)),)),
)


def test_a_run_says_what_first_fit_and_the_best_draw_would_have_cost() -> None:
    answer = running.run(given(CASE, compare=True), Listening())
    ours = answer["unplaced"], answer["objective"]
    assert answer["proven"]
    for other in answer["compared"].values():
        assert ours <= (other["unplaced"], other["objective"])
    assert answer["compared"].keys() == {"first_fit", "random_best"}


def test_nothing_is_compared_where_nobody_asks_or_the_run_was_stopped() -> None:
    assert "compared" not in running.run(given(CASE), Listening())
    assert "compared" not in running.run(given(CASE, compare=True), Listening(0))


def test_where_no_time_is_left_a_run_gives_what_first_fit_does() -> None:
    answer = running.run(given(CASE, seconds=0.0), Listening())
    placement = {who: tuple(held) for who, held in answer["placement"].items()}
    checker = Checker(Weighing(CASE))
    begun = running.sound(checker, running.by_first_fit(checker.weighing))
    assert begun
    assert not faults(CASE, placement)
    assert answer["unplaced"] <= worth(CASE, begun).unplaced


@pytest.mark.parametrize("more", [{"start": {"a": ["A3"]}}, {"repair": True}])
def test_what_a_run_begins_with_may_be_told(more: Any) -> None:
    assert running.run(given(CASE, **more), Listening())["proven"]


def test_first_fit_stands_beside_what_was_promised_and_what_breaks_a_rule_is_left_out() -> None:
    checker = Checker(Weighing(CASE))
    fitted = running.by_first_fit(checker.weighing)
    assert fitted["a"] == ("A3",)
    assert "d" not in fitted
    assert faults(CASE, {"b": ("A1",), "c": ("A2",)})
    assert running.sound(checker, {"a": ("A3",), "c": ("A4",)}) in ({"a": ("A3",)}, {})
    # Who stands where somebody else was promised a booth has to go as well.
    assert running.sound(checker, {"c": ("A3",)}) == {}


def test_of_placements_by_lot_the_best_counts_and_a_stop_is_heard() -> None:
    ground = row(3)
    one = {"A3": replace(booth("A3"), electricity=True)}
    case = problem(
        replace(ground, booths={**ground.booths, **one}),
        profile("a", needs=Needs(electricity=True)),
        profile("b", booths=2),
    )
    checker = Checker(Weighing(case))
    assert running.by_lot(checker, Random(1), Listening()).unplaced == 0
    assert running.by_lot(checker, Random(1), Listening(0)) == checker.worth({})
    # Nobody can have a booth with water here.
    dry = problem(ground, profile("a", needs=Needs(water=True)), profile("b", booths=4))
    checker = Checker(Weighing(dry))
    assert running.by_lot(checker, Random(1), Listening()).unplaced == 5
    # Where little is left, drawing among everything comes to an end.
    crowd = problem(ground, *(profile(f"e{n}") for n in range(9)))
    checker = Checker(Weighing(crowd))
    assert running.by_lot(checker, Random(1), Listening()).unplaced == 6


def test_who_draws_a_booth_draws_none_beside_those_whom_the_rules_forbid_there() -> None:
    fishy = (profile(f"f{n}", families=("fish",)) for n in range(6))
    oily = (profile(f"o{n}", families=("oil",)) for n in range(6))
    case = problem(row(14), *fishy, *oily, rules=rules(forbidden=(("fish", "oil"),)))
    checker = Checker(Weighing(case))
    # Blind draws would break the rule in each of them, so that nobody would be placed.
    assert running.by_lot(checker, Random(1), Listening()).unplaced <= 3
