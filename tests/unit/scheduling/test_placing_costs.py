"""What each soft rule costs, in whole numbers."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from services.scheduling.floor.plan import draw
from services.scheduling.floor.weighed import ground_of
from services.scheduling.placing.checker import Worth, costs, worth
from services.scheduling.placing.problem import Placement, Problem
from services.scheduling.placing.rules import RULES, PlaceValue, Weights, Zone
from services.scheduling.placing.weighing import Weighing
from tests.unit.scheduling.placing_cases import booth, problem, profile, row, rules

WALK = {f"A{n}": n * 100 for n in range(1, 17)}


def alone(rule: str, weight: int = 10) -> Weights:
    """Weights of one rule, the others switched off."""
    return Weights(**{**dict.fromkeys(RULES, 0), rule: weight})


def priced(rule: str, case: Problem, placement: Placement) -> int:
    case = replace(case, rules=replace(case.rules, weights=alone(rule)))
    found = costs(case, placement)
    assert {key for key, cost in found.items() if cost} <= {rule}
    assert tuple(found) == RULES
    return found[rule]


def seats(**held: str) -> Placement:
    return {name: tuple(booths.split()) for name, booths in held.items()}


HONEY: dict[str, Any] = {"families": ("honey",)}


def test_neighbours_of_one_family_pay_once_a_pair_of_booths() -> None:
    case = problem(
        row(6, facing={"A1": ("A6", "A2"), "A6": ("A1",), "A2": ("A1",)}),
        profile("a", **HONEY),
        profile("b", families=("oil", "honey")),
        profile("c", families=("oil",)),
    )
    assert priced("family_beside", case, seats(a="A1", b="A2", c="A3")) == 20
    assert priced("family_beside", case, seats(a="A1", b="A3", c="A2")) == 10
    assert priced("family_beside", case, seats(a="A1", b="A3", c="A5")) == 0
    assert priced("family_facing", case, seats(a="A1", b="A6")) == 10
    # Who stands beside is not counted once more for facing.
    assert priced("family_facing", case, seats(a="A1", b="A2")) == 0


def test_ones_own_second_booth_and_another_pole_are_no_neighbours() -> None:
    ground = row(3)
    two = replace(ground, booths={**ground.booths, "A3": booth("A3", pole_id="crafts")})
    case = problem(two, profile("a", booths=2, **HONEY), profile("b", pole_id="crafts", **HONEY))
    assert priced("family_beside", case, seats(a="A1 A2", b="A3")) == 0


def test_a_preference_that_the_booth_does_not_meet_is_paid_for() -> None:
    ground = row(4, noisy=frozenset({"A3", "A4"}), walk_cm=WALK)
    offers = {**ground.booths, "A1": booth("A1", corner=True), "A2": booth("A2", water=True)}
    case = problem(
        replace(ground, booths=offers),
        profile("a", preferences=("corner", "quiet", "sea_view", "electricity")),
        profile("b", preferences=("stage", "entrance", "water")),
    )
    assert priced("preferences", case, seats(a="A1")) == 0
    assert priced("preferences", case, seats(a="A2")) == 10
    assert priced("preferences", case, seats(a="A3")) == 20
    assert priced("preferences", case, seats(b="A1")) == 20
    assert priced("preferences", case, seats(b="A2")) == 20
    assert priced("preferences", case, seats(b="A4")) == 20


def test_the_value_of_a_place_follows_way_corner_aisle_and_the_team() -> None:
    ground = row(3, walk_cm=WALK, facing={"A1": ("A3",), "A3": ("A1",)})
    offers = {**ground.booths, "A2": booth("A2", corner=True)}
    case = problem(replace(ground, booths=offers))
    assert Weighing(case).values == {"A1": 85, "A2": 50, "A3": 15}
    own = replace(case, rules=rules(values=(PlaceValue("A3", 99), PlaceValue("Z9", 1))))
    assert Weighing(own).values == {"A1": 85, "A2": 50, "A3": 99}
    assert Weighing(problem(row(2))).values == {"A1": 85, "A2": 85}


def test_a_better_score_pays_more_for_a_worse_place() -> None:
    case = problem(
        row(3, walk_cm=WALK),
        profile("best", score=40),
        profile("half", score=20),
        profile("none"),
    )
    assert [priced("place_value", case, seats(best=b)) for b in ("A1", "A3")] == [150, 850]
    assert priced("place_value", case, seats(half="A3")) == 420
    assert priced("place_value", case, seats(none="A3")) == 0


def test_who_had_bad_places_pays_more_for_another_one() -> None:
    case = problem(
        row(3, walk_cm=WALK),
        profile("owed", earlier=(0, 0, 20)),
        profile("some", earlier=(30, 40)),
        profile("well", earlier=(100,)),
        profile("long_ago", earlier=(0, 50, 50, 50, 50, 50)),
    )
    assert priced("rotation", case, seats(owed="A3")) == 850
    assert priced("rotation", case, seats(some="A3")) == 250
    assert priced("rotation", case, seats(well="A3", long_ago="A2")) == 0


def test_pioneers_and_beneficiaries_pay_outside_their_zones() -> None:
    case = problem(
        row(4),
        profile("p", pioneer=True),
        profile("m", programmes=("mouazara", "other")),
        profile("z"),
        rules=rules(zones=(Zone("pioneer", ("A1", "Z9")), Zone("mouazara", ("A2",)))),
    )
    assert priced("zones", case, seats(p="A1", m="A2", z="A3")) == 0
    assert priced("zones", case, seats(p="A2", m="A3", z="A1")) == 20


def test_newcomers_beyond_their_share_of_the_worst_places_pay() -> None:
    newcomers = [profile(f"n{n}", newcomer=True) for n in range(4)]
    case = problem(row(16, walk_cm=WALK), *newcomers, profile("old"))
    assert priced("newcomers", case, seats(n0="A16", n1="A1", old="A15")) == 0
    assert priced("newcomers", case, seats(n0="A16", n1="A15", n2="A14", n3="A1")) == 20


def test_a_province_beyond_its_share_of_a_stretch_pays() -> None:
    case = problem(
        row(16),
        *(profile(f"a{n}", province="azilal") for n in range(3)),
        profile("x", province="azilal", pole_id="crafts"),
    )
    weighing = Weighing(case)
    assert [len(each) for each in weighing.stretches] == [8, 8]
    assert weighing.share_of("products", "azilal", 0) == 2
    assert priced("region_mix", case, seats(a0="A1", a1="A2", a2="A9")) == 0
    assert priced("region_mix", case, seats(a0="A1", a1="A2", a2="A3", x="A4")) == 10


def test_one_who_stands_apart_from_its_commune_pays() -> None:
    case = problem(
        row(16),
        *(profile(f"a{n}", commune="tounfite") for n in range(3)),
        *(profile(f"m{n}", commune="midelt") for n in range(2)),
        *(profile(f"x{n}", commune="elsewhere", pole_id="crafts") for n in range(2)),
        profile("b", commune="alone"),
    )
    assert Weighing(case).homes == {("products", "tounfite"): 0, ("products", "midelt"): 0}
    assert priced("communes", case, seats(a0="A1", a1="A8", a2="A9", b="A16")) == 10
    assert priced("communes", case, seats(a0="A1", a1="A2", m0="A3", m1="A9")) == 10


def test_a_commune_gathers_where_there_is_room_and_its_exhibitors_stand_best() -> None:
    case = problem(
        row(16, walk_cm={f"A{n}": 1700 - n * 100 for n in range(1, 17)}),
        *(profile(f"a{n}", commune="large", score=9) for n in range(6)),
        *(profile(f"b{n}", commune="small", score=9) for n in range(4)),
    )
    assert Weighing(case).homes == {("products", "large"): 1, ("products", "small"): 0}


def test_stretches_follow_booths_that_hang_together() -> None:
    ring = row(6)
    ring = replace(ring, beside={**ring.beside, "A1": ("A2", "A6"), "A6": ("A1", "A5")})
    assert Weighing(problem(ring)).stretches == (("A1", "A2", "A3", "A4", "A5", "A6"),)
    # A branch is walked to its end before the next one.
    star = replace(
        row(4), beside={"A1": ("A2", "A3", "A4"), "A2": ("A1",), "A3": ("A1",), "A4": ("A1",)}
    )
    assert Weighing(problem(star)).stretches == (("A2", "A1", "A3", "A4"),)


def test_fewer_booths_ungiven_come_before_any_cost() -> None:
    case = problem(row(3, walk_cm=WALK), profile("a", score=1), profile("b", booths=2))
    assert worth(case, {}) == Worth(3, 0)
    assert worth(case, seats(a="A3")) == Worth(2, 85)
    assert worth(case, seats(a="A3")) < worth(case, {})


def test_what_was_set_up_in_another_pole_costs_nothing_by_itself() -> None:
    ground = row(2)
    two = replace(ground, booths={**ground.booths, "A2": booth("A2", pole_id="crafts")})
    case = problem(two, profile("a", score=1), pinned=seats(a="A2"))
    assert worth(case, seats(a="A2")) == Worth(0, 0)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_switched_off_costs_nothing(rule: str) -> None:
    weights = asdict(Weights())
    assert set(weights) == set(RULES)
    case = problem(
        row(16, walk_cm=WALK, facing={"A1": ("A3",), "A3": ("A1",)}),
        *(
            profile(
                f"e{n}",
                score=n,
                newcomer=True,
                pioneer=True,
                commune=f"c{n % 3}",
                province="p" if n < 6 else None,
                preferences=("entrance",),
                earlier=(0,),
                families=("honey",),
            )
            for n in range(7)
        ),
        rules=rules(zones=(Zone("pioneer", ("A1",)),)),
    )
    placement = {f"e{n}": (f"A{b}",) for n, b in enumerate((16, 15, 14, 13, 12, 1, 3))}
    everything = costs(case, placement)
    assert everything[rule] > 0
    off = replace(case.rules, weights=Weights(**{**weights, rule: 0}))
    assert costs(replace(case, rules=off), placement) == {**everything, rule: 0}


def test_rules_see_the_booths_of_a_plan_and_who_stands_beside_whom() -> None:
    plan = draw(1, [booth("A1"), booth("A2", x_m=3.0, institutional=True)])
    ground = ground_of(plan)
    assert ground.booths == plan.booths
    assert ground.beside == {"A1": ("A2",), "A2": ("A1",)}
    assert ground.partner_poles == {"products"}
