"""What a run proposes keeps every rule, costs what it says, and is the best there is."""

from __future__ import annotations

import random
import time
from dataclasses import asdict, replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from services.scheduling.placing.booths import Needs
from services.scheduling.placing.bound import Duals, bound, proven
from services.scheduling.placing.checker import Worth, faults, worth
from services.scheduling.placing.everybody import everybody
from services.scheduling.placing.model import Aim, build, parts
from services.scheduling.placing.options import Options
from services.scheduling.placing.problem import Ground, Placement, Problem, Profile, moves
from services.scheduling.placing.rules import RULES, Fixed, Weights, Zone
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning import model, solver
from tests.unit.scheduling.placing_cases import booth, problem, profile, row, rules


class Quiet:
    """Listens to a run, and stops it where it is told to."""

    def __init__(self, stopping: bool = False) -> None:
        self.stopping = stopping
        self.codes: list[str] = []

    def __call__(self, share: float, code: str = "", /) -> None:
        assert 0 <= share <= 1
        self.codes.append(code)


def run(case: Problem, *, repair: bool = False, tell: Quiet | None = None, **more: Any) -> Any:
    given = {
        "problem": model.PROBLEM.dump_python(case, mode="json"),
        "start": None,
        "repair": repair,
        "seed": 1,
        "seconds": 20.0,
        **more,
    }
    return model.run(given, tell or Quiet())


def placed(answer: Any) -> dict[str, tuple[str, ...]]:
    return {who: tuple(held) for who, held in answer["placement"].items()}


def duals_of(answer: Any) -> list[Duals]:
    return [
        Duals(tuple(each["poles"]), each["scale"], tuple(each["rows"]), tuple(each["values"]))
        for each in answer["duals"]
    ]


def a_floor(chance: random.Random, number: int) -> Ground:
    ground = row(number, walk_cm={f"A{n + 1}": 100 * n for n in range(number)})
    booths = {
        name: booth(name, electricity=chance.random() < 0.5, corner=chance.random() < 0.3)
        for name in ground.booths
    }
    return replace(
        ground,
        booths=booths,
        noisy=frozenset(["A2"]),
        facing={"A1": (f"A{number}",), f"A{number}": ("A1",)},
    )


def an_exhibitor(chance: random.Random, name: str) -> Profile:
    return profile(
        name,
        booths=chance.choice((1, 1, 1, 2)),
        families=tuple(
            sorted(chance.sample(("fish", "honey", "oil"), chance.choice((0, 1, 1, 2))))
        ),
        needs=Needs(electricity=chance.random() < 0.3),
        score=chance.choice((None, 10, 50, 90)),
        newcomer=chance.random() < 0.5,
        pioneer=chance.random() < 0.3,
        commune=chance.choice((None, "tounfite", "zaouia")),
        province=chance.choice((None, "azilal", "midelt")),
        preferences=tuple(chance.sample(("corner", "quiet", "entrance"), 2)),
        earlier=tuple(chance.sample(range(100), 2)),
    )


def a_case(seed: int, booths: int = 5, exhibitors: int = 4) -> Problem:
    """A tiny floor with every rule on, not always with room for everybody."""
    chance = random.Random(seed)
    return problem(
        a_floor(chance, booths),
        *(an_exhibitor(chance, f"e{n}") for n in range(exhibitors)),
        rules=rules(
            forbidden=(("fish", "oil"),),
            fixed=(Fixed("e0", ("A3",)),) if seed % 3 == 0 else (),
            zones=(Zone("pioneer", ("A1", "A2")),),
        ),
    )


def by_trying(case: Problem) -> Worth:
    """The best there is, of all placements."""
    weighing = Weighing(case)
    options = Options(weighing)
    names = sorted(weighing.profiles)
    ways = [[(), *options.of(weighing.profiles[name])] for name in names]
    best = Worth(99, 0)
    for each in product(*ways):
        placement = {name: held for name, held in zip(names, each, strict=True) if held}
        if not faults(case, placement):
            best = min(best, worth(case, placement))
    return best


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.unhurried) for n in range(1, 40))]
)
def test_a_run_finds_what_trying_everything_finds(seed: int) -> None:
    case = a_case(seed)
    answer = run(case)
    placement = placed(answer)
    assert faults(case, placement) == ()
    assert worth(case, placement) == (answer["unplaced"], answer["objective"])
    assert sum(answer["costs"].values()) == answer["objective"]
    assert answer["proven"]
    assert answer["bound"] == answer["objective"]
    assert worth(case, placement) == by_trying(case)
    assert bound(case, placement, duals_of(answer)) <= answer["bound"]


def test_the_same_input_and_seed_give_the_same_placement() -> None:
    case = a_case(1, 8, 7)
    assert run(case) == run(case)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_removed_never_worsens_the_objective(rule: str) -> None:
    case = a_case(2, 6, 5)
    weights = Weights(**{**asdict(case.rules.weights), rule: 0})
    without = replace(case, rules=replace(case.rules, weights=weights))
    first, second = run(case), run(without)
    assert first["unplaced"] == second["unplaced"]
    assert second["objective"] <= first["objective"]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.unhurried) for n in range(1, 5))]
)
def test_prices_that_were_tampered_with_never_prove_more_than_is_true(seed: int) -> None:
    case = a_case(seed)
    answer = run(case)
    placement, chance = placed(answer), random.Random(seed)
    [duals] = duals_of(answer)
    rows = len(build(Weighing(case), duals.poles, Aim(answer["unplaced"])).rows)
    for _ in range(20):
        wrong = Duals(
            duals.poles,
            duals.scale,
            tuple(range(rows)),
            tuple(chance.choice((-50, 0, 0, 3, 400)) for _ in range(rows)),
        )
        assert bound(case, placement, [wrong]) <= answer["objective"]


@pytest.mark.parametrize(("scale", "rows"), [(0, (0,)), (1, (10_000,)), (1, (-1,))])
def test_prices_of_another_model_prove_nothing(scale: int, rows: tuple[int, ...]) -> None:
    case = a_case(1)
    whole = build(Weighing(case), ("products",), Aim(0))
    with pytest.raises(ValueError, match="another model"):
        proven(whole, Duals(("products",), scale, rows, (1,)))


def test_poles_are_solved_one_by_one_unless_a_forbidden_pair_joins_them() -> None:
    ground = row(4)
    crafts = {each: booth(each, pole_id="crafts") for each in ("A3", "A4")}
    case = problem(
        replace(ground, booths={**ground.booths, **crafts}),
        profile("honey", families=("honey",)),
        profile("fish", pole_id="crafts", families=("fish",)),
    )
    assert parts(Weighing(case)) == (("crafts",), ("products",))
    answer = run(case)
    assert [each["poles"] for each in answer["duals"]] == [["crafts"], ["products"]]
    for pair in (("fish", "honey"), ("honey", "fish")):
        joined = replace(case, rules=rules(forbidden=(pair,)))
        assert parts(Weighing(joined)) == (("crafts", "products"),)
        placement = placed(run(joined))
        assert placement["honey"] == ("A1",) or placement["fish"] == ("A4",)
    apart = replace(case, rules=rules(forbidden=(("honey", "oil"),)))
    assert len(parts(Weighing(apart))) == 2


def test_what_was_set_up_stays_and_the_rest_goes_around_it() -> None:
    case = problem(
        row(4),
        profile("a", needs=Needs(electricity=True)),
        profile("b", booths=2),
        profile("wide", booths=7),
        pinned={"a": ("A2",), "b": ("A3",)},
    )
    answer = run(case)
    assert placed(answer) == {"a": ("A2",), "b": ("A3", "A4")}
    assert answer["unplaced"] == 7
    assert answer["proven"]


def test_a_promise_that_cannot_be_kept_whole_is_void() -> None:
    case = problem(
        row(3),
        profile("a"),
        profile("b", booths=2),
        rules=rules(fixed=(Fixed("b", ("A2", "A3")),)),
        pinned={"a": ("A2",)},
    )
    assert placed(run(case)) == {"a": ("A2",)}
    assert placed(run(replace(case, profiles=case.profiles[1:]))) == {"b": ("A2", "A3")}


def test_forbidden_neighbours_leave_one_of_them_out_where_there_is_no_room() -> None:
    case = problem(
        row(2),
        profile("fish", families=("fish",)),
        profile("honey", families=("honey",)),
        rules=rules(forbidden=(("fish", "honey"),)),
    )
    answer = run(case)
    assert (answer["unplaced"], answer["proven"]) == (1, True)


def present(case: Problem, **held: str) -> Problem:
    return replace(case, present={who: tuple(booths.split()) for who, booths in held.items()})


@pytest.mark.parametrize(
    ("case", "moved", "unplaced"),
    [
        # A late one takes what is free.
        (present(problem(row(2), profile("a"), profile("b")), a="A1"), 0, 0),
        # One makes way: the late one needs its booth.
        (
            present(
                problem(
                    replace(row(2), booths={"A1": booth("A1", water=True), "A2": booth("A2")}),
                    profile("a"),
                    profile("z", needs=Needs(water=True)),
                ),
                a="A1",
            ),
            1,
            0,
        ),
        # One, then two make way for a stand of several modules.
        (
            present(
                problem(row(4), profile("a"), profile("b"), profile("wide", booths=2)),
                a="A2",
                b="A4",
            ),
            1,
            0,
        ),
        (
            present(
                problem(
                    row(6),
                    profile("a"),
                    profile("b"),
                    profile("wide", booths=4),
                ),
                a="A3",
                b="A4",
            ),
            2,
            0,
        ),
        # A stand of several is set up in part, and there is no room for the rest.
        (
            replace(
                present(problem(row(2), profile("a"), profile("b", booths=2)), a="A1", b="A2"),
                pinned={"a": ("A1",), "b": ("A2",)},
            ),
            0,
            1,
        ),
        # Nothing helps.
        (present(problem(row(1), profile("a"), profile("b")), a="A1"), 0, 1),
        # One who withdrew counts no more.
        (present(problem(row(1), profile("a", withdrawn=True), profile("b")), a="A1"), 0, 0),
    ],
)
def test_a_repair_places_all_who_can_be_with_the_fewest_moves(
    case: Problem, moved: int, unplaced: int
) -> None:
    answer = run(case, repair=True)
    placement = placed(answer)
    assert faults(case, placement) == ()
    assert (answer["unplaced"], answer["proven"]) == (unplaced, True)
    there = {key: held for key, held in case.present.items() if key in Weighing(case).profiles}
    assert moves(there, placement) == moved


def test_a_run_that_is_stopped_returns_what_it_began_with() -> None:
    case = a_case(1, 8, 5)
    start: Placement = placed(run(case))
    tell = Quiet(stopping=True)
    answer = run(case, tell=tell, start=start)
    assert placed(answer) == start
    assert not answer["proven"]
    assert tell.codes == []


def test_fractions_are_made_whole_with_what_decides_kept() -> None:
    case = problem(row(2), profile("a"), profile("b"))
    whole = build(Weighing(case), ("products",), Aim(0))
    solving = solver.Solving(whole, solver.Watch(Quiet(), time.monotonic() + 9, 0.0), 1)
    halves = np.full(len(whole.costs), 0.5)
    taken = solving.whole_of(halves, np.ones(len(whole.options), dtype=np.bool_))
    assert taken is not None
    assert faults(case, whole.placement(taken)) == ()
    # No whole options make these: both would stand in one booth.
    none = np.array([each == ("A1",) for each in whole.options])
    assert solving.whole_of(halves, none) is None


class Event:
    """What HiGHS calls back with."""

    def __init__(self) -> None:
        self.data_out = SimpleNamespace(mip_primal_bound=7.0, mip_dual_bound=5.2)
        self.interrupted = False

    def interrupt(self) -> None:
        self.interrupted = True


class Ending(Quiet):
    """A job that ends while it is told something."""

    def __init__(self, stopping: bool) -> None:
        super().__init__()
        self._ends = stopping

    def __call__(self, share: float, code: str = "", /) -> None:
        super().__call__(share, code)
        self.stopping = self._ends
        raise KeyboardInterrupt


def test_a_run_tells_of_its_best_and_its_bound_and_looks_whether_to_stop() -> None:
    tell, event = Quiet(), Event()
    watch = solver.Watch(tell, time.monotonic() + 9, time.monotonic(), before=100)
    watch.progress(event)
    assert (tell.codes, event.interrupted) == (["solving 107 106"], False)
    watch.counting = True
    watch.progress(event)
    assert len(tell.codes) == 1
    tell.stopping = True
    watch.progress(event)
    assert event.interrupted


def test_what_is_raised_to_a_run_that_is_to_stop_goes_no_further() -> None:
    now = time.monotonic()
    solver.Watch(Ending(True), now + 9, now).progress(Event())
    with pytest.raises(KeyboardInterrupt):
        solver.Watch(Ending(False), now + 9, now).progress(Event())


def test_a_run_without_time_places_nobody_rather_than_wrongly() -> None:
    case = problem(
        row(2),
        profile("fish", families=("fish",)),
        profile("honey", families=("honey",)),
        rules=rules(forbidden=(("fish", "honey"),)),
    )
    answer = run(case, seconds=0.0)
    assert (placed(answer), answer["unplaced"], answer["proven"]) == ({}, 2, False)
    again = run(case, seconds=0.0, repair=True)
    assert (placed(again), again["proven"]) == ({}, False)


def test_a_province_that_has_too_much_of_a_stretch_is_spread_where_that_is_cheap() -> None:
    case = problem(
        row(16, walk_cm={f"A{n}": 100 * n for n in range(1, 17)}),
        *(profile(f"a{n}", province="azilal", score=5) for n in range(6)),
        profile("away", province="azilal"),
        rules=rules(weights=Weights(region_mix=100)),
        pinned={"away": ("A1",)},
    )
    assert run(case)["costs"]["region_mix"] == 0
    free = replace(case, rules=rules(weights=Weights(region_mix=0)))
    assert worth(case, placed(run(free))).objective > run(case)["objective"]


def test_what_was_set_up_in_another_pole_is_of_no_province_there() -> None:
    ground = row(2)
    two = replace(ground, booths={**ground.booths, "A2": booth("A2", pole_id="crafts")})
    case = problem(two, profile("a", province="azilal"), pinned={"a": ("A2",)})
    assert placed(run(case)) == {"a": ("A2",)}


def test_a_start_that_the_model_does_not_know_is_none() -> None:
    case = problem(row(2), profile("a"))
    whole = build(Weighing(case), ("products",), Aim(0))
    assert whole.taken({"a": ("A2",)}) == [1]
    assert whole.taken({"a": ("A9",)}) is None


def test_everybody_is_matched_by_moving_others_along() -> None:
    ground = row(3)
    offers = {
        "A1": booth("A1", electricity=True, water=True),
        "A2": booth("A2", electricity=True),
        "A3": booth("A3", water=True),
    }
    case = problem(
        replace(ground, booths=offers),
        profile("a", needs=Needs(electricity=True)),
        profile("b", needs=Needs(water=True)),
        profile("c", needs=Needs(water=True)),
        profile("x", pole_id="crafts"),
    )
    found = everybody(Weighing(case), ("products",))
    assert found == {"a": ("A2",), "b": ("A3",), "c": ("A1",)}
    more = replace(case, profiles=(*case.profiles, profile("d", needs=Needs(electricity=True))))
    assert len(everybody(Weighing(more), ("products",))) == 3
    wide = problem(row(4), profile("a"), profile("wide", booths=2), profile("w", booths=3))
    assert everybody(Weighing(wide), ("products",)) == {"a": ("A4",), "w": ("A1", "A2", "A3")}


def test_a_start_is_not_taken_for_the_better_answer_that_was_found_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As a large floor is searched; HiGHS 1.16 gives back the start here, with a lower objective.
    monkeypatch.setattr(solver, "LARGE", 0)
    case = a_case(8)
    answer = run(case)
    assert (answer["unplaced"], answer["objective"]) == by_trying(case)
    assert answer["proven"]
