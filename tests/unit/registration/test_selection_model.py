"""What a run proposes: the best by the rules, in the order of the draw; or why there is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, strategies as st

from services.registration.ranking import model, solver
from services.registration.ranking.model import Given
from services.registration.ranking.solver import Row, Solved
from services.registration.selection import rules
from services.registration.selection.rules import Applicant, Of, Quota, ScoreTerm

TERMS = (ScoreTerm(Of.WOMEN_LED, 5), ScoreTerm(Of.MARK, 1, "quality"))


def applicant(name: str, mark: int = 0, booths: int = 1, **more: Any) -> Applicant:
    about: dict[str, Any] = {"pole_id": "products", "kind": "gie", "province": "azilal", **more}
    marks = (("quality", mark),) if mark else ()
    return Applicant(application_id=name, booths=booths, marks=marks, **about)


def told(
    open_: Sequence[Applicant],
    quotas: Sequence[Quota] = (),
    *,
    free: Mapping[str, int] | None = None,
    accepted: Sequence[Applicant] = (),
    waiting: int | None = None,
    may_leave_places: bool = False,
) -> Given:
    """As if the draw had put them in the order in which they are given."""
    ranks = {each.application_id: rank for rank, each in enumerate(open_, 1)}
    return Given(
        TERMS,
        tuple(quotas),
        waiting,
        free or {"products": 2},
        tuple(accepted),
        tuple(open_),
        ranks,
        may_leave_places,
    )


def run(inputs: Given) -> dict[str, Any]:
    given = {"fair_id": "f", "saw_version": 7, "digest": "d", "inputs": asdict(inputs)}
    return model.run(given, lambda share, code: None)


def chosen(result: Mapping[str, Any]) -> list[str]:
    accepted = [d["application_id"] for d in result["decisions"] if d["chosen"] == "accepted"]
    return sorted(accepted)


def decision(result: Mapping[str, Any], name: str) -> Any:
    return next(each for each in result["decisions"] if each["application_id"] == name)


def test_the_best_scores_get_the_places_and_the_draw_decides_among_equals() -> None:
    result = run(told([applicant("x", 1), applicant("y", 9), applicant("z", 1)]))
    assert chosen(result) == ["x", "y"]
    assert (result["objective"], result["bound"], result["proven"]) == (10, 10, True)
    assert (result["fair_id"], result["saw_version"], result["digest"]) == ("f", 7, "d")
    waits = decision(result, "z")
    assert (waits["chosen"], waits["rank"], waits["bound_by"]) == ("waitlisted", 1, "places")
    assert (waits["score"], waits["draw_rank"]) == (1, 3)
    assert result["places_left"] == {"products": 0}


def test_without_a_score_the_draw_alone_decides() -> None:
    assert chosen(run(told([applicant("x"), applicant("y"), applicant("z")]))) == ["x", "y"]


def test_an_application_is_taken_whole_and_no_place_stays_empty() -> None:
    result = run(told([applicant("one", 5), applicant("pair", 4, booths=2)]))
    assert chosen(result) == ["pair"]
    leaving = told([applicant("one", 5), applicant("pair", 4, booths=2)], may_leave_places=True)
    assert chosen(run(leaving)) == ["one"]


def test_what_was_accepted_before_counts_in_the_shares() -> None:
    quota = Quota(Of.NEWCOMER, at_least=50)
    open_ = [applicant("new", newcomer=True), applicant("old", 9)]
    assert chosen(run(told(open_, [quota], free={"products": 1}))) == ["new"]
    before = [applicant("before", newcomer=True)]
    inputs = told(open_, [quota], free={"products": 1}, accepted=before)
    assert chosen(run(inputs)) == ["old"]


def test_who_is_kept_out_by_a_quota_is_told_which() -> None:
    quotas = [Quota(Of.PROVINCE, "azilal", at_most=50)]
    open_ = [applicant("a", 9), applicant("b", 8), applicant("far", 1, province="zagora")]
    result = run(told(open_, quotas))
    assert chosen(result) == ["a", "far"]
    assert decision(result, "b")["bound_by"] == "province:azilal"
    assert result["quotas"] == [{"quota": "province:azilal", "places": 1, "of_places": 2}]


def test_who_would_fit_but_for_a_quota_is_told_so() -> None:
    quotas = [Quota(Of.WOMEN_LED, at_least=100)]
    open_ = [applicant("w", women_led=True), applicant("m", 9)]
    result = run(told(open_, quotas, may_leave_places=True))
    assert (chosen(result), decision(result, "m")["bound_by"]) == (["w"], "women_led")


def test_who_would_fit_for_nothing_but_a_larger_application_is_bound_by_places() -> None:
    open_ = [applicant("pair", 9, booths=2), applicant("big", 9, booths=3), applicant("weak", 1)]
    inputs = told(open_, free={"products": 3, "crafts": 1})
    result = run(inputs)
    assert chosen(result) == ["pair", "weak"]
    assert decision(result, "big")["bound_by"] == "places"


def test_so_many_wait_and_the_others_are_rejected() -> None:
    open_ = [*(applicant(f"p{n}", 9 - n) for n in range(5)), applicant("c", pole_id="crafts")]
    result = run(told(open_, free={"products": 2, "crafts": 0}, waiting=1))
    decided = {d["application_id"]: (d["chosen"], d.get("rank")) for d in result["decisions"]}
    assert decided == {
        "p0": ("accepted", None),
        "p1": ("accepted", None),
        "p2": ("waitlisted", 1),
        "p3": ("rejected", None),
        "p4": ("rejected", None),
        "c": ("waitlisted", 1),
    }


def test_quotas_that_contradict_each_other_are_named_and_no_other() -> None:
    quotas = [
        Quota(Of.WOMEN_LED, at_least=50),
        Quota(Of.YOUTH_LED, at_most=0),
        Quota(Of.PROVINCE, "azilal", at_least=10),
    ]
    open_ = [applicant("w", women_led=True, youth_led=True), applicant("m"), applicant("n")]
    result = run(told(open_, quotas))
    assert "decisions" not in result
    assert result["conflict"] == {
        "demands": [
            {"demand": "at_least", "quota": "women_led", "per_cent": 50},
            {"demand": "at_most", "quota": "youth_led", "per_cent": 0},
            {"demand": "no_empty_place", "pole_id": "products", "places": 2},
        ],
        "irreducible": True,
    }
    assert chosen(run(told(open_, quotas, may_leave_places=True))) == []


def test_a_conflict_that_nobody_could_look_through_in_time_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_slow(*_: object, **__: object) -> Solved:
        return Solved(None, 0, proven=False)

    monkeypatch.setattr(solver, "solve", too_slow)
    result = run(told([applicant("w")], [Quota(Of.WOMEN_LED, at_least=50)]))
    assert [each["demand"] for each in result["conflict"]["demands"]] == [
        "at_least",
        "no_empty_place",
    ]
    assert not result["conflict"]["irreducible"]


def test_a_solver_that_finds_nothing_in_time_leaves_a_bound() -> None:
    rows = [Row([1] * 40, high=20), Row([n % 7 + 3 for n in range(40)], low=91, high=91)]
    late = solver.solve([n % 11 + 1 for n in range(40)], rows, 0.0)
    assert (late.chosen, late.proven, late.impossible) == (None, False, False)
    assert late.bound >= 0


def test_a_draw_that_would_cost_points_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Solved(frozenset({1, 2}), 10, True), Solved(frozenset({0, 1}), 5, True)])

    def solve(*_: object, **__: object) -> Solved:
        return next(answers)

    monkeypatch.setattr(solver, "solve", solve)
    result = run(
        told([applicant("x", 1), applicant("y", 9), applicant("z", 1, booths=1), applicant("v")])
    )
    assert chosen(result) == ["x", "y"]
    answers = iter([Solved(frozenset({1, 2}), 10, True), Solved(frozenset({1, 3}), 5, True)])
    result = run(told([applicant("x", 1), applicant("y", 9), applicant("z", 1), applicant("v")]))
    assert (chosen(result), result["draw_proven"]) == (["y", "z"], False)


def test_no_application_at_all_is_an_empty_proposal() -> None:
    result = run(told([]))
    assert (result["decisions"], result["objective"], result["proven"]) == ([], 0, True)


def cost(inputs: Given, name: str) -> dict[str, Any]:
    given = {"application_id": name, "saw_version": 7, "inputs": asdict(inputs)}
    return model.cost(given, lambda share, code: None)


def test_forcing_an_application_in_costs_what_all_others_lose() -> None:
    inputs = told([applicant("x", 9), applicant("y", 8), applicant("pair", 5, booths=2)])
    assert cost(inputs, "pair")["cost"] == 12
    assert cost(inputs, "x") == {
        "application_id": "x",
        "saw_version": 7,
        "possible": True,
        "cost": 0,
        "proven": True,
    }


def test_what_cannot_be_forced_in_is_told_why() -> None:
    huge = told([applicant("x", 9), applicant("huge", 5, booths=3)])
    answer = cost(huge, "huge")
    assert (answer["possible"], answer["conflict"]["demands"]) == (False, [{"demand": "places"}])
    quotas = [Quota(Of.WOMEN_LED, at_least=100), Quota(Of.PROVINCE, "azilal", at_most=99)]
    men = told([applicant("m")], quotas[:1], may_leave_places=True)
    assert cost(men, "m")["conflict"]["demands"] == [
        {"demand": "at_least", "quota": "women_led", "per_cent": 100}
    ]
    alone = told([applicant("x")], quotas)
    assert not cost(alone, "x")["possible"]


applicants = st.builds(
    Applicant,
    application_id=st.uuids().map(str),
    pole_id=st.sampled_from(["products", "products", "crafts"]),
    booths=st.sampled_from([1, 1, 2, 3]),
    kind=st.sampled_from(["gie", "cooperative"]),
    province=st.sampled_from(["azilal", "zagora"]),
    women_led=st.booleans(),
    newcomer=st.booleans(),
    marks=st.integers(1, 9).map(lambda mark: (("quality", mark),)),
)
VALUES = {Of.WOMEN_LED: None, Of.NEWCOMER: None, Of.KIND: "gie", Of.PROVINCE: "azilal"}


def some_quota(of: Of, pole_id: str | None, at_least: int, at_most: int) -> Quota:
    return Quota(of, VALUES[of], pole_id, at_least, at_most)


quotas = st.builds(
    some_quota,
    st.sampled_from([*VALUES]),
    st.sampled_from([None, "products"]),
    st.sampled_from([0, 20, 50]),
    st.sampled_from([50, 70, 100]),
)


def some_situation(
    open_: list[Applicant], asked: list[Quota], accepted: list[Applicant], leave: bool
) -> Given:
    free = {"products": 4, "crafts": 2}
    return told(open_, asked, free=free, accepted=accepted, may_leave_places=leave)


situations = st.builds(
    some_situation,
    st.lists(applicants, max_size=9, unique_by=lambda each: each.application_id),
    st.lists(quotas, max_size=3, unique_by=lambda each: each.name),
    st.lists(applicants, max_size=1),
    st.booleans(),
)


def possible(inputs: Given) -> list[tuple[int, int, list[str]]]:
    """Every selection that keeps the rules, as (score, points of the draw, ids): by hand."""
    fill = {
        pole: model.fillable([e.booths for e in inputs.open if e.pole_id == pole], free)
        for pole, free in inputs.free.items()
    }
    found: list[tuple[int, int, list[str]]] = []
    for number in range(len(inputs.open) + 1):
        for some in combinations(inputs.open, number):
            took = {pole: sum(e.booths for e in some if e.pole_id == pole) for pole in inputs.free}
            shares = [rules.taken(quota, [*inputs.accepted, *some]) for quota in inputs.quotas]
            fits = all(took[pole] <= free for pole, free in inputs.free.items())
            full = inputs.may_leave_places or took == fill
            if fits and full and all(map(rules.holds, shares)):
                score = sum(rules.score(TERMS, each) for each in some)
                most = len(inputs.open) + 1
                points = sum(most - inputs.ranks[each.application_id] for each in some)
                found.append((score, points, sorted(each.application_id for each in some)))
    return found


def can_be_met(inputs: Given, named: Sequence[Mapping[str, Any]]) -> bool:
    """Whether some selection within the places meets these demands."""
    demands = [each.row for each in model.demands_of(inputs) if each.told in named]
    rows = [*model.limits_of(inputs), *demands]
    numbers = range(len(inputs.open))
    return any(
        all(row.low <= sum(row.weights[n] for n in some) <= row.high for row in rows)
        for number in range(len(inputs.open) + 1)
        for some in combinations(numbers, number)
    )


@given(situations)
def test_quotas_hold_and_nothing_is_better_or_a_conflict_is_named(inputs: Given) -> None:
    result, by_hand = run(inputs), possible(inputs)
    if not by_hand:
        named = result["conflict"]["demands"]
        assert result["conflict"]["irreducible"]
        assert not can_be_met(inputs, named)
        for left_out in named:
            assert can_be_met(inputs, [each for each in named if each is not left_out])
        return
    best = max(by_hand)
    mine = next(each for each in by_hand if each[2] == chosen(result))
    assert mine[:2] == best[:2]
    assert (result["objective"], result["bound"], result["proven"]) == (best[0], best[0], True)


@given(situations, quotas)
def test_one_more_quota_never_raises_the_score(inputs: Given, quota: Quota) -> None:
    before, after = run(inputs), run(replace(inputs, quotas=(*inputs.quotas, quota)))
    if "conflict" in before:
        assert "conflict" in after
    elif "conflict" not in after:
        assert after["objective"] <= before["objective"]


@given(situations)
def test_a_run_repeats(inputs: Given) -> None:
    assert run(inputs) == run(inputs)
