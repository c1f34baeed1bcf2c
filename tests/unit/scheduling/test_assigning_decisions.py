"""Rules of assignment, adoption, and booths that stand ready, as given, when, then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chassis.kernel.refused import Refused
from services.scheduling.floor.assigning import (
    AdoptAssignment,
    Agreed,
    AssignmentAdopted,
    AssignmentRulesPublished,
    Base,
    BoothSetUp,
    BoothSetUpTakenBack,
    Certificate,
    PublishAssignmentRules,
    SetUpBooth,
    TakeBackSetUp,
    gap_of,
    refusal_of,
)
from services.scheduling.floor.domain import (
    DECIDER,
    AssignBooth,
    BoothAssigned,
    BoothReleased,
    Command,
    Event,
    Floor,
    FloorPlanPublished,
    ReleaseBooth,
    SwapBooths,
)
from services.scheduling.floor.plan import draw
from services.scheduling.floor.weighed import ground_of
from services.scheduling.placing.booths import Booth, Exhibitor, Needs
from services.scheduling.placing.checker import Fault
from services.scheduling.placing.problem import Placement, Problem, Profile
from services.scheduling.placing.rules import RULES, AssignmentRules, Fixed, Weights, Zone
from tests import deciding
from tests.unit.scheduling.test_scheduling_problems import PACKAGE, faults_of

FAIR = "agadir-2025"
ROW = tuple(Booth(f"P-00{n}", "products", 3.0 * n, 0.0, 3.0, 3.0) for n in range(1, 6))
PLAN = FloorPlanPublished(FAIR, 1, ROW)
WHO = {
    name: Exhibitor(name, f"{name}-org", "products", contact_id=f"{name}-contact")
    for name in ("argan", "honey", "olive", "saffron")
}
NOTHING = AssignmentRules(Weights(*[0] * len(RULES)))
FREE = AssignmentRulesPublished(FAIR, 1, NOTHING)
CERTAIN = Certificate(unplaced=0, bound=0, seed=7, versions={"highspy": "1.16.0"})


def given(*events: Event) -> deciding.Given[Command, Floor, Event]:
    return deciding.given(DECIDER, *events)


def assigned(booth_id: str, name: str, method: Any = "optimised") -> BoothAssigned:
    who = WHO[name]
    about = (who.exhibitor_id, who.organisation_id, who.contact_id)
    return BoothAssigned(FAIR, booth_id, "products", *about, method, ("pole_matches",))


def released(booth_id: str, name: str, reason: str) -> BoothReleased:
    who = WHO[name]
    about = (who.exhibitor_id, who.organisation_id, who.contact_id)
    return BoothReleased(FAIR, booth_id, "products", *about, reason)


def profiles(*names: str) -> tuple[Profile, ...]:
    return tuple(
        Profile(who.exhibitor_id, who.organisation_id, who.pole_id, who.booths)
        for who in (WHO[name] for name in names)
    )


def adopting(
    placement: dict[str, tuple[str, ...]],
    present: Placement | None = None,
    certificate: Certificate = CERTAIN,
    **more: Any,
) -> AdoptAssignment:
    """Of everybody, on the plan and the rules without weights."""
    base = Base(1, 1, None, present or {}, frozenset(WHO))
    plain = AdoptAssignment("draft", base, profiles(*WHO), placement, certificate, WHO)
    return replace(plain, **more)


EACH = {name: (f"P-00{n}",) for n, name in enumerate(WHO, start=1)}
STANDING = [assigned(booths[0], name, "by_hand") for name, booths in EACH.items()]


def adopted(command: AdoptAssignment, *events: Event) -> AssignmentAdopted:
    event = given(*events).when(command).events()[-1]
    assert isinstance(event, AssignmentAdopted)
    return event


def test_the_first_rules_are_version_one_and_the_same_rules_are_silent() -> None:
    command = PublishAssignmentRules(FAIR, NOTHING, frozenset(WHO))
    given(PLAN).when(command).then(FREE)
    given(PLAN, FREE).when(command).then()
    other = replace(NOTHING, newcomers_worst_percent=0)
    command = PublishAssignmentRules(FAIR, other, frozenset(WHO))
    given(PLAN, FREE).when(command).then(AssignmentRulesPublished(FAIR, 2, other))


def test_rules_as_by_default_are_published_where_none_are_in_force() -> None:
    plain = AssignmentRules()
    given(PLAN).when(PublishAssignmentRules(FAIR, plain, frozenset())).then(
        AssignmentRulesPublished(FAIR, 1, plain)
    )


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (AssignmentRules(zones=(Zone("pioneer", ("P-099",)),)), "booth_unknown"),
        (AssignmentRules(fixed=(Fixed("nobody", ("P-001",)),)), "exhibitor_unknown"),
        (AssignmentRules(newcomers_worst_percent=101), "rule_percent_out_of_range"),
    ],
    ids=["booth", "exhibitor", "percent"],
)
def test_rules_that_cannot_be_kept_are_refused(rules: AssignmentRules, code: str) -> None:
    given(PLAN).when(PublishAssignmentRules(FAIR, rules, frozenset(WHO))).refused(code)


def test_rules_may_promise_a_booth_to_somebody_who_takes_part() -> None:
    rules = replace(NOTHING, fixed=(Fixed("argan", ("P-005",)),))
    given(PLAN, FREE).when(PublishAssignmentRules(FAIR, rules, frozenset(WHO))).then(
        AssignmentRulesPublished(FAIR, 2, rules)
    )


def test_rules_need_a_plan() -> None:
    given().when(PublishAssignmentRules(FAIR, NOTHING, frozenset())).refused("floor_plan_missing")


def test_an_adopted_draft_places_everybody_and_says_what_it_was_decided_on() -> None:
    events = given(PLAN, FREE).when(adopting(EACH)).events()
    assert events[:-1] == [assigned(booths[0], name) for name, booths in sorted(EACH.items())]
    event = events[-1]
    assert isinstance(event, AssignmentAdopted)
    assert (event.moves, event.unplaced, event.objective) == (0, 0, 0)
    assert (event.bound, event.proven, event.gap) == (0, True, 0.0)
    assert event.profiles == profiles(*WHO)
    assert {place.organisation_id for place in event.places} == {
        who.organisation_id for who in WHO.values()
    }
    assert sum(event.costs.values()) == event.objective


def test_only_differences_become_events_and_all_leave_before_anybody_arrives() -> None:
    turned = {**EACH, "argan": ("P-002",), "honey": ("P-003",), "olive": ("P-001",)}
    events = given(PLAN, FREE, *STANDING).when(adopting(turned, EACH)).events()
    assert events[:-1] == [
        released("P-001", "argan", "reassigned"),
        released("P-002", "honey", "reassigned"),
        released("P-003", "olive", "reassigned"),
        assigned("P-002", "argan"),
        assigned("P-003", "honey"),
        assigned("P-001", "olive"),
    ]
    assert isinstance(events[-1], AssignmentAdopted)
    assert events[-1].moves == 3


def test_who_gets_no_booth_any_more_is_told_of_the_loss() -> None:
    left = {name: booths for name, booths in EACH.items() if name != "argan"}
    events = given(PLAN, FREE, *STANDING).when(adopting(left, EACH)).events()
    assert events[0] == released("P-001", "argan", "assigned_anew")
    assert isinstance(events[-1], AssignmentAdopted)
    assert (events[-1].unplaced, events[-1].proven, events[-1].bound) == (1, False, 0)


def test_a_draft_that_was_adopted_is_silent() -> None:
    command = adopting(EACH)
    first = given(PLAN, FREE).when(command).events()
    given(PLAN, FREE, *first).when(command).then()


def test_a_draft_is_refused_where_the_floor_is_another() -> None:
    plan = FloorPlanPublished(FAIR, 2, ROW[:4])
    given(PLAN, FREE, plan).when(adopting(EACH)).refused("draft_of_other_plan", revision=2)
    given(PLAN).when(adopting(EACH)).refused("draft_of_other_rules", version=0)
    given(PLAN, FREE, STANDING[0]).when(adopting(EACH)).refused("floor_changed", booths="P-001")
    given(PLAN, FREE, *STANDING[:2]).when(
        adopting(EACH, {"argan": ("P-001",), "honey": ("P-005",)})
    ).refused("floor_changed", booths="P-002, P-005")
    other = adopted(adopting({}, draft_id="other"), PLAN, FREE)
    given(PLAN, FREE, other).when(adopting(EACH)).refused("floor_changed", booths="–")
    given().when(adopting(EACH)).refused("floor_plan_missing")


def test_who_came_and_who_went_is_named() -> None:
    gone = {**WHO, "argan": replace(WHO["argan"], withdrawn=True)}
    given(PLAN, FREE).when(adopting(EACH, exhibitors=gone)).refused(
        "participants_changed", came="–", went="argan"
    )
    new = {f"new-{n:02}": replace(WHO["argan"], exhibitor_id=f"new-{n:02}") for n in range(21)}
    given(PLAN, FREE).when(adopting(EACH, exhibitors={**WHO, **new})).refused(
        "participants_changed", came=", ".join(sorted(new)[:20]) + " …", went="–"
    )


def test_a_draft_that_breaks_a_hard_rule_is_refused_whole() -> None:
    twice = {**EACH, "argan": ("P-002",)}
    given(PLAN, FREE).when(adopting(twice)).refused("booth_taken", booth="P-002", holder="argan")


def test_a_holder_who_has_set_up_is_not_moved() -> None:
    turned = {**EACH, "argan": ("P-002",), "honey": ("P-001",)}
    ready = BoothSetUp(FAIR, "P-001", "products", "argan", "argan-org")
    given(PLAN, FREE, *STANDING, ready).when(adopting(turned, EACH)).refused("booth_pinned")


def test_a_bound_holds_only_for_placements_of_its_kind() -> None:
    costly = AssignmentRulesPublished(FAIR, 1, AssignmentRules(replace(NOTHING.weights, zones=5)))
    rules = replace(costly.rules, zones=(Zone("pioneer", ("P-001",)),))
    zoned = replace(costly, rules=rules)
    pioneers = tuple(replace(each, pioneer=True) for each in profiles(*WHO))
    proof = Certificate(unplaced=0, bound=15, seed=1)
    event = adopted(adopting(EACH, None, proof, profiles=pioneers), PLAN, zoned)
    assert (event.objective, event.bound, event.proven) == (15, 15, True)
    low = adopted(adopting(EACH, None, replace(proof, bound=12), profiles=pioneers), PLAN, zoned)
    assert (low.bound, low.proven, low.gap) == (12, False, 0.2)
    kept = replace(proof, kept={"argan": ("P-005",)})
    loose = adopted(adopting(EACH, None, kept, profiles=pioneers), PLAN, zoned)
    assert (loose.bound, loose.proven, loose.kept) == (0, False, (Fixed("argan", ("P-005",)),))
    turned = {**EACH, "argan": ("P-002",), "honey": ("P-001",)}
    for allowed, bound in ((2, 15), (1, 0)):
        repair = adopting(
            turned, EACH, replace(proof, moves=allowed), profiles=pioneers, repair=True
        )
        event = adopted(repair, PLAN, zoned, *STANDING)
        assert (event.repair, event.moves, event.bound) == (True, 2, bound)


def test_a_gap_is_the_share_that_is_not_proven_to_be_needed() -> None:
    assert [gap_of(*each) for each in ((0, 0), (10, 10), (10, 9), (10, 12))] == [0.0, 0.0, 0.1, 0.0]


def test_a_booth_is_set_up_once_and_that_is_taken_back_once() -> None:
    about = (FAIR, "P-001", "products", "argan", "argan-org")
    ready = BoothSetUp(*about)
    given(PLAN, STANDING[0]).when(SetUpBooth("P-001")).then(ready)
    given(PLAN, STANDING[0], ready).when(SetUpBooth("P-001")).then()
    back = BoothSetUpTakenBack(*about, "wrong_booth")
    given(PLAN, STANDING[0], ready).when(TakeBackSetUp("P-001", "wrong_booth")).then(back)
    given(PLAN, STANDING[0], ready, back).when(TakeBackSetUp("P-001", "wrong_booth")).then()
    given(PLAN).when(SetUpBooth("P-001")).refused("booth_free")
    given(PLAN).when(SetUpBooth("P-099")).refused("booth_unknown")
    given(PLAN).when(TakeBackSetUp("P-099", "wrong_booth")).refused("booth_unknown")


def test_a_booth_that_is_set_up_is_not_swapped_but_may_be_taken_back_from_its_holder() -> None:
    ready = BoothSetUp(FAIR, "P-001", "products", "argan", "argan-org")
    floor = (PLAN, STANDING[0], ready)
    given(*floor).when(SwapBooths("P-002", "P-001", WHO)).refused("booth_set_up", booth="P-001")
    lost = released("P-001", "argan", "by_hand")
    given(*floor).when(ReleaseBooth("P-001", "by_hand")).then(lost)
    again = AssignBooth("P-001", WHO["honey"])
    given(*floor, lost).when(again).then(assigned("P-001", "honey", "by_hand"))
    given(*floor, lost, assigned("P-001", "honey")).when(SetUpBooth("P-001")).then(
        BoothSetUp(FAIR, "P-001", "products", "honey", "honey-org")
    )


def test_every_fault_is_told_with_what_its_text_names() -> None:
    needy = replace(profiles("argan")[0], needs=Needs(water=True))
    problem = Problem(ground_of(draw(1, ROW)), (needy,))
    codes = faults_of((PACKAGE / "placing" / "checker.py").read_text("utf-8"))
    assert "booths_apart" in codes
    for code in codes:
        told = refusal_of(problem, Fault(code, ("P-001", "P-002"), ("honey", "argan")))
        assert isinstance(told, Refused)
        assert told.code == code
        assert told.details
    unmet = refusal_of(problem, Fault("needs_unmet", ("P-001",), ("argan",)))
    assert unmet.details["unmet"] == "water"
    strange = refusal_of(problem, Fault("needs_unmet", (), ("nobody",)))
    assert strange.details == {"booth": "", "unmet": ""}


def agreed(first: str = "argan", second: str = "honey", **more: Any) -> SwapBooths:
    some = tuple(replace(each, **more) for each in profiles(*WHO))
    return SwapBooths("P-001", "P-002", WHO, agreed=Agreed(first, second, some))


def test_two_who_agree_change_places_once_as_in_a_swap_of_the_team() -> None:
    events = given(PLAN, FREE, *STANDING).when(agreed()).events()
    assert events == given(PLAN, FREE, *STANDING).when(SwapBooths("P-001", "P-002", WHO)).events()
    given(PLAN, FREE, *STANDING, *events).when(agreed()).refused("swap_lapsed", first="P-001")
    given(PLAN, FREE, STANDING[0]).when(agreed()).refused("swap_lapsed")


def test_two_who_agree_keep_the_rules_that_are_kept_now() -> None:
    forbidden = replace(NOTHING, forbidden=(("fish", "perfume"),))
    rules = AssignmentRulesPublished(FAIR, 1, forbidden)
    kinds = {"argan": ("fish",), "olive": ("perfume",)}
    some = tuple(
        replace(each, families=kinds.get(each.exhibitor_id, ())) for each in profiles(*WHO)
    )
    command = SwapBooths("P-001", "P-002", WHO, agreed=Agreed("argan", "honey", some))
    given(PLAN, rules, *STANDING).when(command).refused("families_forbidden")
    # What is broken already is no reason against a swap.
    given(PLAN, rules, *STANDING, *given(PLAN, *STANDING).when(agreed()).events()).when(
        SwapBooths("P-001", "P-002", WHO, agreed=Agreed("honey", "argan", some))
    ).events()
