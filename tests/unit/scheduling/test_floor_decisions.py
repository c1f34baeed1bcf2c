"""The floor, as given, when, then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.scheduling.floor.domain import (
    DECIDER,
    AssignBooth,
    BoothAssigned,
    BoothReleased,
    Command,
    Event,
    FirstFit,
    Floor,
    FloorPlanPublished,
    Method,
    PublishPlan,
    ReleaseBooth,
    ReleaseExhibitor,
    SwapBooths,
)
from services.scheduling.floor.first_fit import unplaced
from services.scheduling.floor.ground import Aisle
from services.scheduling.floor.walking import MOST_STRETCHES
from services.scheduling.placing.booths import Booth, Exhibitor, Needs
from tests import deciding

FAIR = "agadir-2025"
POLES = frozenset({"products", "innovation", "institutional"})


def booth(booth_id: str, *, pole: str = "products", x: float = 0.0, **offers: bool) -> Booth:
    return replace(Booth(booth_id, pole, x, 0.0, 3.0, 3.0), **offers)


def exhibitor(name: str, *, pole: str = "products", booths: int = 1, **more: object) -> Exhibitor:
    plain = Exhibitor(name, f"{name}-org", pole, booths, f"{name}-contact")
    return replace(plain, **more)


ROW = (
    booth("P-001"),
    booth("P-002", x=3.0, electricity=True),
    booth("P-003", x=6.0, electricity=True, water=True, corner=True),
    booth("I-001", pole="institutional", x=20.0, institutional=True),
    booth("I-002", pole="institutional", x=23.0),
    booth("N-001", pole="innovation", x=40.0),
)
PLAN = FloorPlanPublished(FAIR, 1, ROW)
HONEY, SAFFRON, ARGAN = exhibitor("honey"), exhibitor("saffron"), exhibitor("argan", booths=2)
PARTNER = exhibitor("partner", pole="institutional", partner=True)


def assigned(
    booth_id: str,
    who: Exhibitor,
    *reasons: str,
    method: Method = "by_hand",
) -> BoothAssigned:
    return BoothAssigned(
        FAIR,
        booth_id,
        who.pole_id,
        who.exhibitor_id,
        who.organisation_id,
        who.contact_id,
        method,
        reasons or ("pole_matches",),
    )


def released(booth_id: str, who: Exhibitor, reason: str) -> BoothReleased:
    return BoothReleased(
        FAIR, booth_id, who.pole_id, who.exhibitor_id, who.organisation_id, who.contact_id, reason
    )


def given(*events: Event) -> deciding.Given[Command, Floor, Event]:
    return deciding.given(DECIDER, *events)


def known(*exhibitors: Exhibitor) -> dict[str, Exhibitor]:
    return {one.exhibitor_id: one for one in exhibitors}


def test_a_first_plan_is_revision_one() -> None:
    given().when(PublishPlan(FAIR, ROW, POLES)).then(PLAN)


def test_the_same_plan_again_is_silent_in_whatever_order_its_booths_come() -> None:
    given(PLAN).when(PublishPlan(FAIR, ROW[::-1], POLES)).then()


def test_another_plan_is_the_next_revision() -> None:
    given(PLAN).when(PublishPlan(FAIR, ROW[:2], POLES)).then(FloorPlanPublished(FAIR, 2, ROW[:2]))


def test_another_ground_under_the_same_booths_is_a_new_revision() -> None:
    aisle = (Aisle(((0.0, 5.0), (9.0, 5.0)), 3.0),)
    drawn = FloorPlanPublished(FAIR, 2, ROW, aisles=aisle)
    given(PLAN).when(PublishPlan(FAIR, ROW, POLES, aisles=aisle)).then(drawn)
    given(PLAN, drawn).when(PublishPlan(FAIR, ROW, POLES, aisles=aisle)).then()
    given(PLAN, drawn).when(PublishPlan(FAIR, ROW, POLES)).then(FloorPlanPublished(FAIR, 3, ROW))


def test_aisles_of_very_many_corners_are_refused() -> None:
    corners = tuple((float(n), 0.0) for n in range(MOST_STRETCHES + 2))
    given(PLAN).when(PublishPlan(FAIR, ROW, POLES, aisles=(Aisle(corners, 3.0),))).refused(
        "aisles_too_many", most=MOST_STRETCHES
    )


def test_a_plan_takes_back_what_it_removes_or_gives_another_purpose() -> None:
    changed = (replace(ROW[1], pole_id="innovation"), replace(ROW[2], electricity=False))
    history = (assigned("P-001", HONEY), assigned("P-002", SAFFRON), assigned("P-003", ARGAN))
    given(PLAN, *history).when(PublishPlan(FAIR, changed, POLES)).then(
        released("P-001", HONEY, "booth_removed"),
        released("P-002", SAFFRON, "booth_changed"),
        FloorPlanPublished(FAIR, 2, changed),
    )


def test_a_booth_that_becomes_a_partners_is_taken_back() -> None:
    kept = (replace(ROW[0], institutional=True),)
    given(PLAN, assigned("P-001", HONEY)).when(PublishPlan(FAIR, kept, POLES)).then(
        released("P-001", HONEY, "booth_changed"), FloorPlanPublished(FAIR, 2, kept)
    )


def test_a_partner_stays_where_it_stands_when_its_pole_begins_to_keep_booths_for_partners() -> None:
    guest = exhibitor("guest", pole="innovation", partner=True)
    kept = (*ROW, booth("N-002", pole="innovation", x=43.0, institutional=True))
    given(PLAN, assigned("N-001", guest)).when(PublishPlan(FAIR, kept, POLES)).then(
        FloorPlanPublished(FAIR, 2, kept)
    )


@pytest.mark.parametrize(
    ("booths", "code", "details"),
    [
        pytest.param((ROW[0], ROW[0]), "booth_twice", {"booth": "P-001"}, id="twice"),
        pytest.param(
            (booth("X-001", pole="food"),),
            "pole_unknown",
            {"pole": "food", "booth": "X-001"},
            id="pole",
        ),
        pytest.param(
            (ROW[0], booth("P-009", x=2.5)),
            "booths_overlap",
            {"first": "P-001", "second": "P-009"},
            id="overlap",
        ),
    ],
)
def test_a_plan_that_cannot_be_built_is_refused(
    booths: tuple[Booth, ...], code: str, details: dict[str, object]
) -> None:
    given(PLAN).when(PublishPlan(FAIR, booths, POLES)).refused(code, **details)


def test_a_booth_is_given_by_hand() -> None:
    given(PLAN).when(AssignBooth("P-001", HONEY)).then(assigned("P-001", HONEY))


def test_the_reasons_name_each_need_that_the_booth_meets() -> None:
    demanding = exhibitor(
        "demanding",
        needs=Needs(electricity=True, water=True, corner=True, step_free=True, min_area_m2=9.0),
    )
    given(PLAN).when(AssignBooth("P-003", demanding)).then(
        assigned(
            "P-003",
            demanding,
            "pole_matches",
            "electricity_as_needed",
            "water_as_needed",
            "corner_as_needed",
            "step_free_as_needed",
            "area_as_needed",
        )
    )


def test_an_override_gives_a_booth_in_spite_of_needs_and_says_so() -> None:
    demanding = exhibitor("demanding", needs=Needs(electricity=True, water=True))
    given(PLAN).when(AssignBooth("P-002", demanding, override=True)).then(
        assigned("P-002", demanding, "pole_matches", "electricity_as_needed", "needs_overridden")
    )


def test_partners_stand_in_their_own_booths() -> None:
    given(PLAN).when(AssignBooth("I-001", PARTNER)).then(
        assigned("I-001", PARTNER, "pole_matches", "kept_for_partners")
    )


def test_partners_stand_anywhere_in_a_pole_that_keeps_no_booths_for_them() -> None:
    guest = exhibitor("guest", pole="innovation", partner=True)
    given(PLAN).when(AssignBooth("N-001", guest)).then(assigned("N-001", guest))


def test_giving_a_booth_to_its_holder_is_silent() -> None:
    given(PLAN, assigned("P-001", HONEY)).when(AssignBooth("P-001", HONEY)).then()


@pytest.mark.parametrize(
    ("history", "command", "code", "details"),
    [
        pytest.param((), AssignBooth("P-001", HONEY), "floor_plan_missing", {}, id="no plan"),
        pytest.param(
            (PLAN,), AssignBooth("P-999", HONEY), "booth_unknown", {"booth": "P-999"}, id="unknown"
        ),
        pytest.param(
            (PLAN, assigned("P-001", SAFFRON)),
            AssignBooth("P-001", HONEY),
            "booth_taken",
            {"booth": "P-001", "holder": "saffron"},
            id="taken",
        ),
        pytest.param(
            (PLAN, assigned("P-001", ARGAN), assigned("P-002", ARGAN)),
            AssignBooth("P-003", ARGAN),
            "enough_booths",
            {"exhibitor": "argan", "booths": 2},
            id="enough",
        ),
        pytest.param(
            (PLAN,),
            AssignBooth("N-001", HONEY, override=True),
            "pole_differs",
            {"booth": "N-001", "booth_pole": "innovation", "exhibitor_pole": "products"},
            id="pole",
        ),
        pytest.param(
            (PLAN,),
            AssignBooth("I-001", exhibitor("shop", pole="institutional")),
            "booth_kept_for_partners",
            {"booth": "I-001", "booth_pole": "institutional", "exhibitor_pole": "institutional"},
            id="kept for partners",
        ),
        pytest.param(
            (PLAN,),
            AssignBooth("I-002", PARTNER),
            "partner_booth_required",
            {"booth": "I-002", "booth_pole": "institutional", "exhibitor_pole": "institutional"},
            id="partner elsewhere",
        ),
        pytest.param(
            (PLAN,),
            AssignBooth("P-001", exhibitor("oven", needs=Needs(electricity=True, water=True))),
            "needs_unmet",
            {"booth": "P-001", "unmet": "electricity, water"},
            id="needs",
        ),
        pytest.param(
            (PLAN,),
            AssignBooth("P-001", exhibitor("gone", withdrawn=True), override=True),
            "exhibitor_withdrawn",
            {"exhibitor": "gone"},
            id="withdrawn",
        ),
    ],
)
def test_an_assignment_against_the_rules_is_refused(
    history: tuple[Event, ...], command: AssignBooth, code: str, details: dict[str, object]
) -> None:
    given(*history).when(command).refused(code, **details)


def test_a_booth_is_taken_back_once() -> None:
    history = (PLAN, assigned("P-001", HONEY))
    command = ReleaseBooth("P-001", "by_hand")
    then = released("P-001", HONEY, "by_hand")
    given(*history).when(command).then(then)
    given(*history, then).when(command).then()


def test_a_booth_that_does_not_exist_is_not_taken_back() -> None:
    given(PLAN).when(ReleaseBooth("P-999", "by_hand")).refused("booth_unknown", booth="P-999")


def test_an_exhibitor_that_withdraws_gives_back_all_booths() -> None:
    command = ReleaseExhibitor("argan", "exhibitor_withdrew")
    then = (
        released("P-001", ARGAN, "exhibitor_withdrew"),
        released("P-002", ARGAN, "exhibitor_withdrew"),
    )
    given(PLAN, assigned("P-002", ARGAN), assigned("P-001", ARGAN)).when(command).then(*then)
    given(PLAN, assigned("P-001", ARGAN), then[0]).when(command).then()


def test_an_exhibitor_without_booths_gives_nothing_back_even_before_there_is_a_plan() -> None:
    given().when(ReleaseExhibitor("argan", "exhibitor_withdrew")).then()


def test_two_holders_swap_and_both_leave_before_either_arrives() -> None:
    command = SwapBooths("P-001", "P-002", known(HONEY, SAFFRON))
    given(PLAN, assigned("P-001", HONEY), assigned("P-002", SAFFRON)).when(command).then(
        released("P-001", HONEY, "swapped"),
        released("P-002", SAFFRON, "swapped"),
        assigned("P-002", HONEY, method="swap"),
        assigned("P-001", SAFFRON, method="swap"),
    )


@pytest.mark.parametrize(("first", "second"), [("P-001", "P-002"), ("P-002", "P-001")])
def test_a_holder_moves_to_a_free_booth(first: str, second: str) -> None:
    command = SwapBooths(first, second, known(HONEY))
    given(PLAN, assigned("P-001", HONEY)).when(command).then(
        released("P-001", HONEY, "swapped"),
        assigned("P-002", HONEY, method="swap"),
    )


def test_a_swap_between_two_booths_of_one_exhibitor_is_silent() -> None:
    command = SwapBooths("P-001", "P-002", known(ARGAN))
    given(PLAN, assigned("P-001", ARGAN), assigned("P-002", ARGAN)).when(command).then()


def test_a_swap_can_override_needs() -> None:
    oven = exhibitor("oven", needs=Needs(electricity=True))
    command = SwapBooths("P-001", "P-002", known(oven), override=True)
    given(PLAN, assigned("P-002", oven)).when(command).then(
        released("P-002", oven, "swapped"),
        assigned("P-001", oven, "pole_matches", "needs_overridden", method="swap"),
    )


OVEN = exhibitor("oven", needs=Needs(electricity=True))


@pytest.mark.parametrize(
    ("second", "exhibitors", "code"),
    [
        pytest.param("P-002", known(OVEN), "same_booth", id="same booth"),
        pytest.param("P-999", known(OVEN), "booth_unknown", id="unknown booth"),
        pytest.param("P-001", known(OVEN), "needs_unmet", id="needs"),
        pytest.param("N-001", known(OVEN), "pole_differs", id="pole"),
        pytest.param("P-003", known(HONEY), "exhibitor_unknown", id="unknown exhibitor"),
        pytest.param(
            "P-003", known(replace(OVEN, withdrawn=True)), "exhibitor_withdrawn", id="withdrawn"
        ),
    ],
)
def test_a_swap_against_the_rules_is_refused(
    second: str, exhibitors: dict[str, Exhibitor], code: str
) -> None:
    command = SwapBooths("P-002", second, exhibitors)
    given(PLAN, assigned("P-002", OVEN)).when(command).refused(code)


def test_two_free_booths_cannot_be_swapped() -> None:
    given(PLAN).when(SwapBooths("P-001", "P-002", {})).refused("booths_free")


def test_first_fit_needs_a_plan() -> None:
    given().when(FirstFit((HONEY,))).refused("floor_plan_missing")


def test_first_fit_places_those_who_lack_booths_and_then_has_nothing_to_do() -> None:
    history = (PLAN, assigned("P-001", HONEY))
    command = FirstFit((HONEY, PARTNER, SAFFRON))
    then = (
        assigned("I-001", PARTNER, "pole_matches", "kept_for_partners", method="first_fit"),
        assigned("P-002", SAFFRON, method="first_fit"),
    )
    given(*history).when(command).then(*then)
    given(*history, *then).when(command).then()


def test_first_fit_of_one_pole_leaves_the_others_alone() -> None:
    command = FirstFit((PARTNER, HONEY), pole_id="institutional")
    given(PLAN).when(command).then(
        assigned("I-001", PARTNER, "pole_matches", "kept_for_partners", method="first_fit")
    )


def test_an_exhibitor_that_lacks_booths_is_told_how_many_and_why() -> None:
    exhibitors = (
        HONEY,
        exhibitor("gone", withdrawn=True),
        exhibitor("big", booths=3),
        exhibitor("inventor", pole="innovation", needs=Needs(water=True)),
    )
    floor = given(PLAN, assigned("P-001", HONEY), assigned("P-002", exhibitors[2])).state()
    assert unplaced(floor.plan, floor.occupied(), exhibitors) == [
        ("big", 2, "booth_free_since"),
        ("inventor", 1, "no_booth_with_water"),
    ]
    assert unplaced(floor.plan, floor.occupied(), exhibitors, "innovation") == [
        ("inventor", 1, "no_booth_with_water")
    ]
