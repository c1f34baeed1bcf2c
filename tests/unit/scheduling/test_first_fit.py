"""Who gets which booth by first fit, and why."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from services.scheduling.floor.first_fit import Placement, first_fit, why_unplaced
from services.scheduling.floor.neighbours import overlap
from services.scheduling.floor.plan import Plan, draw
from services.scheduling.placing.booths import Booth, Exhibitor, Needs


def booth(booth_id: str, x: float = 0.0, y: float = 0.0, **offers: bool) -> Booth:
    return replace(Booth(booth_id, "products", x, y, 3.0, 3.0), **offers)


def exhibitor(name: str, **more: object) -> Exhibitor:
    return replace(Exhibitor(name, f"{name}-org", "products"), **more)


def row(length: int) -> Plan:
    """Booths side by side, A1 to A<length>."""
    return draw(1, [booth(f"A{number + 1}", x=3.0 * number) for number in range(length)])


def seats(placements: list[Placement]) -> dict[str, str]:
    return {p.booth.booth_id: p.exhibitor.exhibitor_id for p in placements}


def test_booths_along_a_side_or_less_than_an_aisle_apart_stand_beside_each_other() -> None:
    plan = draw(
        1,
        [
            booth("A1"),
            booth("A2", x=3.0),
            booth("A3", x=8.0),
            booth("A4", x=13.1),
            booth("B1", y=3.0),
            booth("B2", x=3.0, y=6.0),
        ],
    )
    assert plan.beside == {
        "A1": ("A2", "B1"),
        "A2": ("A1", "A3"),
        "A3": ("A2",),
        "A4": (),
        "B1": ("A1",),  # Not A2: they touch at a corner only.
        "B2": (),
    }


def test_booths_that_touch_do_not_overlap_and_booths_that_overlap_are_named() -> None:
    assert overlap([booth("A1"), booth("A2", x=3.0), booth("B1", y=3.0)]) is None
    assert overlap([booth("A1"), booth("A2", x=2.5)]) == ("A1", "A2")
    assert overlap([booth("A1", x=1.0, y=2.9), booth("A2", x=1.0)]) == ("A2", "A1")


def test_a_small_booth_inside_a_wide_one_overlaps_it() -> None:
    wide = replace(booth("W1"), width_m=30.0)
    assert overlap([wide, booth("A1", x=9.0)]) == ("W1", "A1")


def test_an_exhibitor_that_needs_a_rare_booth_gets_it_whatever_its_name() -> None:
    plan = draw(1, [booth("A1", electricity=True), booth("A2", x=3.0), booth("A3", x=6.0)])
    oven = exhibitor("z-oven", needs=Needs(electricity=True))
    placements = first_fit(plan, {}, [exhibitor("a"), exhibitor("b"), oven])
    assert seats(placements) == {"A1": "z-oven", "A2": "a", "A3": "b"}
    assert placements[0].reasons == ("pole_matches", "electricity_as_needed")


def test_an_exhibitor_that_needs_little_leaves_what_others_may_need() -> None:
    plan = draw(
        1,
        [
            booth("A1", corner=True, electricity=True, water=True),
            replace(booth("A2", x=3.0), depth_m=4.0),
            booth("A3", x=6.0, step_free=False),
        ],
    )
    assert seats(first_fit(plan, {}, [exhibitor("a")])) == {"A3": "a"}
    assert seats(first_fit(plan, {"A3": "x"}, [exhibitor("a")])) == {"A2": "a"}
    assert seats(first_fit(plan, {"A3": "x", "A2": "x"}, [exhibitor("a")])) == {"A1": "a"}


def test_of_booths_that_offer_the_same_the_smallest_is_enough() -> None:
    plan = draw(1, [replace(booth("A1"), depth_m=4.0), booth("A2", x=3.0)])
    assert seats(first_fit(plan, {}, [exhibitor("a")])) == {"A2": "a"}


def test_an_exhibitor_of_several_booths_chooses_before_those_of_one() -> None:
    plan = draw(1, [booth("A1"), booth("A2", x=3.0), booth("B1", x=20.0)])
    placements = first_fit(plan, {}, [exhibitor("a"), exhibitor("z-big", booths=2)])
    assert seats(placements) == {"A1": "z-big", "A2": "z-big", "B1": "a"}


def test_of_those_with_the_same_needs_beneficiaries_of_a_programme_choose_first() -> None:
    waiting = [exhibitor("a"), exhibitor("z", programmes=("mouazara",))]
    assert seats(first_fit(row(1), {}, waiting)) == {"A1": "z"}


def test_one_product_family_does_not_stand_beside_itself_where_another_booth_is_free() -> None:
    honey = [exhibitor(name, families=("honey",)) for name in ("a", "b")]
    placements = first_fit(row(3), {}, honey)
    assert seats(placements) == {"A1": "a", "A3": "b"}
    assert [p.reasons for p in placements] == [("pole_matches", "family_apart")] * 2


def test_an_exhibitor_with_a_booth_is_a_neighbour_too() -> None:
    [placement] = first_fit(
        row(3),
        {"A2": "there", "A1": "unknown"},
        [exhibitor("a", families=("honey",)), exhibitor("there", families=("honey", "oil"))],
    )
    assert placement.booth.booth_id == "A3"
    assert placement.reasons == ("pole_matches", "family_beside_no_other_free")


def test_several_booths_of_one_exhibitor_hang_together() -> None:
    plan = draw(
        1,
        [
            booth("A1"),
            booth("B1", x=20.0),
            booth("B2", x=23.0),
            booth("C1", x=40.0),
            booth("C2", x=43.0),
            booth("C3", x=46.0),
        ],
    )
    big = exhibitor("big", booths=3, families=("honey",))
    placements = first_fit(plan, {}, [big, exhibitor("a")])
    assert seats(placements) == {"C1": "big", "C2": "big", "C3": "big", "A1": "a"}
    assert [p.reasons for p in placements if p.exhibitor == big] == [
        ("pole_matches", "family_apart"),
        ("pole_matches", "family_apart", "beside_own_booth"),
        ("pole_matches", "family_apart", "beside_own_booth"),
    ]


def test_a_further_booth_is_beside_the_one_already_held() -> None:
    assert seats(first_fit(row(5), {"A4": "big"}, [exhibitor("big", booths=2)])) == {"A3": "big"}


def test_an_exhibitor_without_room_for_booths_together_gets_them_apart() -> None:
    big = exhibitor("big", booths=3)
    assert seats(first_fit(row(3), {"A2": "x"}, [big])) == {"A1": "big", "A3": "big"}


def test_beneficiaries_of_a_programme_stand_together() -> None:
    there = exhibitor("there", programmes=("mouazara",))
    newcomer = exhibitor("new", programmes=("mouazara", "tahfiz"))
    [placement] = first_fit(row(5), {"A4": "there"}, [there, newcomer])
    assert placement.booth.booth_id == "A3"
    assert placement.reasons == ("pole_matches", "beside_same_programme")


def test_families_apart_weigh_more_than_programmes_together() -> None:
    there = exhibitor("there", programmes=("mouazara",), families=("honey",))
    newcomer = exhibitor("new", programmes=("mouazara",), families=("honey",))
    assert seats(first_fit(row(4), {"A1": "there"}, [there, newcomer])) == {"A3": "new"}


def test_an_exhibitor_that_withdrew_gets_nothing() -> None:
    assert first_fit(row(2), {}, [exhibitor("gone", withdrawn=True)]) == []


def test_no_exhibitor_is_placed_outside_the_pole_that_was_asked_for() -> None:
    assert first_fit(row(2), {}, [exhibitor("a")], "innovation") == []


@pytest.mark.parametrize(
    ("booths", "holders", "needs", "reason"),
    [
        ([], {}, Needs(), "no_booth_in_pole"),
        ([booth("A1")], {"A1": "x"}, Needs(), "no_free_booth_in_pole"),
        ([booth("A1")], {}, Needs(electricity=True), "no_booth_with_electricity"),
        ([booth("A1")], {}, Needs(water=True), "no_booth_with_water"),
        ([booth("A1")], {}, Needs(corner=True), "no_corner_booth"),
        ([booth("A1", step_free=False)], {}, Needs(step_free=True), "no_step_free_booth"),
        ([booth("A1")], {}, Needs(min_area_m2=9.5), "no_booth_large_enough"),
        (
            [booth("A1", water=True), booth("A2", x=3, corner=True)],
            {},
            Needs(water=True, corner=True),
            "no_booth_with_all_needs",
        ),
        ([booth("A1")], {}, Needs(), "booth_free_since"),
    ],
)
def test_an_exhibitor_without_a_booth_is_told_why(
    booths: list[Booth], holders: dict[str, str], needs: Needs, reason: str
) -> None:
    assert why_unplaced(draw(1, booths), holders, exhibitor("a", needs=needs)) == reason


def test_a_partner_is_told_that_the_partners_booths_are_taken() -> None:
    plan = draw(1, [booth("A1", institutional=True), booth("A2", x=3.0)])
    partner = exhibitor("partner", partner=True)
    assert why_unplaced(plan, {"A1": "x"}, partner) == "no_free_booth_for_partners"


def test_the_order_in_which_exhibitors_come_changes_nothing() -> None:
    plan, exhibitors = a_salon()
    expected = first_fit(plan, {}, exhibitors)
    for seed in range(3):
        shuffled = random.Random(seed).sample(exhibitors, len(exhibitors))
        assert first_fit(plan, {}, shuffled) == expected


def test_a_salon_of_350_booths_and_as_many_exhibitors_takes_well_under_a_second() -> None:
    plan, exhibitors = a_salon()
    started = time.process_time()
    placements = first_fit(plan, {}, exhibitors)
    assert time.process_time() - started < 0.5
    assert len(placements) > 300


def a_salon() -> tuple[Plan, list[Exhibitor]]:
    """The largest fair to size for, made up: 10 rows of 35, families as they are in Khenifra."""
    chance = random.Random(350)
    booths = [
        booth(
            f"A{number:03}",
            x=3.0 * (number % 35),
            y=6.0 * (number // 35),
            electricity=chance.random() < 0.5,
            water=chance.random() < 0.2,
            corner=number % 35 in (0, 34),
        )
        for number in range(350)
    ]
    families = [f"family_{number}" for number in range(15)]
    exhibitors = [
        exhibitor(
            f"e{number:03}",
            booths=2 if number % 20 == 0 else 1,
            families=tuple(chance.sample(families, 2)),
            needs=Needs(
                electricity=chance.random() < 0.3,
                water=chance.random() < 0.1,
                corner=chance.random() < 0.02,
            ),
            programmes=("mouazara",) if chance.random() < 0.2 else (),
        )
        for number in range(333)
    ]
    return draw(1, booths), exhibitors
