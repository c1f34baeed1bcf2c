"""Exchanges by chance keep count of what they cost, break no rule, and end with the best seen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks.fairs_made_up import fair
from services.scheduling.placing.booths import Needs
from services.scheduling.placing.checker import Checker
from services.scheduling.placing.everybody import everybody
from services.scheduling.placing.problem import Ground, Problem, Profile
from services.scheduling.placing.rules import Weights
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning import annealing, model
from services.scheduling.planning.annealing import annealed, crowded, parted
from tests.unit.scheduling.placing_cases import problem, profile, row, rules

POLES = ("pole-0",)


def never() -> bool:
    return False


class Quiet:
    """Hears how far a run is."""

    stopping = False

    def __call__(self, share: float, code: str = "", /) -> None:
        assert 0 <= share <= 1


class Turns:
    """Is over after some looks, so that tests take the same time on every machine."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def improved(case: Problem, poles: Sequence[str] = POLES, *, looks: int = 20) -> tuple[int, int]:
    """What a start costs, and what is made of it."""
    checker = Checker(Weighing(case))
    start = everybody(checker.weighing, poles)
    found = annealed(checker, poles, start, seed=1, seconds=60.0, over=Turns(looks))
    assert checker.faults(found) == ()
    assert found.keys() == start.keys()
    return checker.worth(start).objective, checker.worth(found).objective


def test_a_floor_of_one_family_costs_far_less_after_exchanges() -> None:
    before, after = improved(fair(1, 80, skewed=True), looks=40)
    assert after < 0.9 * before


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.unhurried) for n in (1, 2))]
)
def test_what_an_exchange_changes_is_what_the_checker_says(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sum, as often as something is exchanged: families, regions, newcomers, the rest."""
    case = fair(seed, 80, skewed=True)
    case = replace(case, rules=replace(case.rules, forbidden=(), newcomers_worst_percent=5))
    checker = Checker(Weighing(case))
    floor = annealing._Floor(checker, POLES, everybody(checker.weighing, POLES))  # pyright: ignore[reportPrivateUsage]
    chance, everyone = random.Random(seed), range(len(floor.profiles))
    cost, exchanged = checker.worth(floor.placement()).objective, 0
    while exchanged < 200:
        exchange = floor.exchange(everyone, chance)
        if exchange is None:
            continue
        changes, moved = exchange
        cost += floor.apply(changes)
        for who, booths in moved:
            floor.held[who] = booths
        exchanged += 1
        assert checker.faults(floor.placement()) == ()
        assert checker.worth(floor.placement()).objective == cost


def test_neighbours_that_are_forbidden_are_parted() -> None:
    ground = row(6)
    case = problem(
        ground,
        profile("honey", families=("honey",)),
        profile("leather", families=("saddlery",)),
        profile("wool", families=("weaving",), booths=2),
        rules=rules(forbidden=(("honey", "saddlery"),)),
    )
    checker = Checker(Weighing(case))
    start = {"honey": ("A1",), "leather": ("A2",), "wool": ("A3", "A4")}
    assert checker.faults(start)
    found = annealed(checker, ("products",), start, seed=1, seconds=60.0, over=Turns(3))
    assert checker.faults(found) == ()


def _apart(pinned: int = 0) -> Problem:
    """Honey and leather stand side by side where everybody takes the first booth that is free."""
    everyone = [
        profile(f"{n:02}", families=("honey" if n % 2 else "saddlery",), province=str(n % 3))
        for n in range(12)
    ]
    held = {f"{n:02}": (f"A{n + 1}",) for n in range(pinned)}
    forbidden = rules(forbidden=(("honey", "saddlery"),))
    return problem(row(13), *everyone, rules=forbidden, pinned=held)


def test_a_run_whose_time_is_over_leaves_nobody_out_for_neighbours_that_can_be_parted() -> None:
    case = _apart()
    given = {
        "problem": model.PROBLEM.dump_python(case, mode="json"),
        "start": None,
        "repair": False,
        "seed": 1,
        "seconds": 0.0,
    }
    checker = Checker(Weighing(case))
    assert checker.faults(everybody(checker.weighing, ("products",)))
    found = model.run(given, Quiet())
    assert found["unplaced"] == 0


def test_a_repair_whose_time_is_over_leaves_everybody_where_they_were() -> None:
    case = problem(row(3), profile("ada"), profile("bea"))
    start = {"ada": ("A3",), "bea": ("A1",)}
    given = {
        "problem": model.PROBLEM.dump_python(case, mode="json"),
        "start": {who: [*held] for who, held in start.items()},
        "repair": True,
        "seed": 1,
        "seconds": 0.0,
    }
    found = model.run(given, Quiet())
    assert found["placement"] == given["start"]
    assert not found["proven"]


def test_neighbours_that_nothing_can_part_are_given_up_in_time() -> None:
    case = _apart(pinned=12)
    checker = Checker(Weighing(case))
    start = everybody(checker.weighing, ("products",))
    found = parted(checker, ("products",), start, seed=1, seconds=0.1)
    assert found == start


def test_who_has_no_booth_gets_none_and_who_has_no_choice_keeps_its_own() -> None:
    ground = row(3)
    case = problem(ground, *(profile(name) for name in ("ada", "bea", "cleo", "dora")))
    case = replace(case, pinned={"ada": ("A2",)})
    checker = Checker(Weighing(case))
    start = {"ada": ("A2",), "bea": ("A1",), "cleo": ("A3",)}
    found = annealed(checker, ("products",), start, seed=1, seconds=60.0, over=Turns(3))
    assert found["ada"] == ("A2",)
    assert found.keys() == start.keys()


def test_where_nobody_can_move_or_the_time_is_over_the_start_stays() -> None:
    case = problem(row(2), profile("ada"), pinned={"ada": ("A1",)})
    checker = Checker(Weighing(case))
    start = {"ada": ("A1",)}
    assert annealed(checker, ("products",), start, seed=1, seconds=60.0, over=never) == start
    free = problem(row(2), profile("ada"))
    checker = Checker(Weighing(free))
    assert annealed(checker, ("products",), start, seed=1, seconds=0.0, over=never) == start


def test_a_run_over_a_crowded_floor_begins_with_exchanges() -> None:
    case = fair(1, 60, skewed=True)
    given = {
        "problem": model.PROBLEM.dump_python(case, mode="json"),
        "start": None,
        "repair": False,
        "seed": 1,
        "seconds": 0.6,
    }
    found = model.run(given, Quiet())
    checker = Checker(Weighing(case))
    placement = {who: tuple(held) for who, held in found["placement"].items()}
    assert checker.faults(placement) == ()
    begun = checker.worth(everybody(checker.weighing, POLES)).objective
    assert found["objective"] < 0.9 * begun


def _pole(number: int, same: int, **more: object) -> Problem:
    ground: Ground = row(number)
    others = [profile(f"other-{n}") for n in range(number - same)]
    return problem(ground, *(_honey(n) for n in range(same)), *others)


def _honey(number: int) -> Profile:
    return profile(f"honey-{number}", families=("honey",))


@pytest.mark.parametrize(
    ("booths", "same", "expected"), [(60, 30, True), (60, 24, False), (59, 59, False)]
)
def test_only_large_poles_with_much_of_one_family_are_crowded(
    booths: int, same: int, expected: bool
) -> None:
    assert crowded(Weighing(_pole(booths, same)), ("products",)) is expected
    assert not crowded(Weighing(_pole(booths, same)), ())


def test_sameness_across_the_border_of_two_poles_costs_nothing() -> None:
    case = fair(2, 80, poles=2, skewed=True)
    weights = replace(Weights(), family_facing=0)
    before, after = improved(
        replace(case, rules=replace(case.rules, weights=weights)), ("pole-0", "pole-1")
    )
    assert after < before


def test_a_neighbour_in_another_pole_counts_for_nothing_and_stands_where_it_stands() -> None:
    ground = row(4, facing={"A1": ("B1",), "B1": ("A1",)})
    beyond = replace(ground.booths["A1"], booth_id="B1", pole_id="crafts", y_m=5.0)
    ground = replace(ground, booths={**ground.booths, "B1": beyond})
    case = problem(ground, *(_honey(n) for n in range(2)), profile("other", booths=2))
    checker = Checker(Weighing(case))
    start = everybody(checker.weighing, ("products",))
    found = annealed(checker, ("products",), start, seed=1, seconds=60.0, over=Turns(3))
    assert checker.faults(found) == ()
    assert checker.costs(found)["family_beside"] == 0


def test_a_stand_of_two_modules_is_exchanged_for_one_that_suits_the_other_as_well() -> None:
    """Of one size, each takes the place of the other; of two sizes, neither fits."""
    case = problem(row(5), profile("two", booths=2), profile("three", booths=3))
    checker = Checker(Weighing(case))
    start = {"two": ("A1", "A2"), "three": ("A3", "A4", "A5")}
    found = annealed(checker, ("products",), start, seed=1, seconds=60.0, over=Turns(2))
    assert found == start
    wet = {
        name: replace(each, water=name in ("A3", "A4")) for name, each in case.ground.booths.items()
    }
    thirsty = profile("other", booths=2, needs=Needs(water=True))
    ground = replace(case.ground, booths=wet)
    checker = Checker(Weighing(problem(ground, profile("two", booths=2), thirsty)))
    start = {"two": ("A1", "A2"), "other": ("A3", "A4")}
    found = annealed(checker, ("products",), start, seed=1, seconds=60.0, over=Turns(2))
    assert found["other"] == ("A3", "A4")
