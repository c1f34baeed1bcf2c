"""What the log says of adopted assignments is recomputed, and what differs is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cli.certificates import lines_of
from services.scheduling.floor.assigning import (
    AssignmentAdopted,
    AssignmentRulesPublished,
    Certificate,
    PlaceGiven,
)
from services.scheduling.floor.certificate import Arithmetic, Judged, Proving
from services.scheduling.floor.domain import Event
from services.scheduling.placing.bound import Duals
from services.scheduling.placing.problem import Placement, Problem
from services.scheduling.placing.rules import AssignmentRules
from tests.unit.scheduling.test_assigning_decisions import (
    EACH,
    FREE,
    PLAN,
    WHO,
    adopting,
    assigned,
    given,
    profiles,
    released,
)

TURNED = {**EACH, "argan": ("P-002",), "honey": ("P-001",)}
COSTLY = AssignmentRulesPublished("agadir-2025", 1, AssignmentRules())
NONE = Certificate(unplaced=0, bound=0, seed=1)


def history(*before: Event) -> list[Event]:
    """Two assignments are adopted: everybody gets a booth, then two change places."""
    rules = before or (PLAN, COSTLY)
    alike = tuple(replace(each, families=("honey",)) for each in profiles(*WHO))
    first = given(*rules).when(adopting(EACH, None, NONE, profiles=alike)).events()
    adopted = first[-1]
    assert isinstance(adopted, AssignmentAdopted)
    command = adopting(TURNED, EACH, NONE, profiles=alike, draft_id="second")
    command = replace(command, base=command.base._replace(adopted=adopted.draft_id))
    return [*rules, *first, *given(*rules, *first).when(command).events()]


def judged(events: list[Event], **proving: Any) -> list[Judged]:
    fold = Proving(**proving)
    return [found for event in events if (found := fold.heard(event)) is not None]


def test_what_was_adopted_adds_up() -> None:
    found = judged(history())
    assert [each.differences for each in found] == [(), ()]
    assert [each.event.moves for each in found] == [0, 2]
    assert found[1].event.objective > 0


def with_last(events: list[Event], **changed: Any) -> list[Event]:
    last = events[-1]
    assert isinstance(last, AssignmentAdopted)
    return [*events[:-1], replace(last, **changed)]


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"revision": 2}, "is for another plan"),
        ({"rules_version": 2}, "is by other rules"),
        ({"objective": 1}, "has another objective"),
        ({"costs": {}}, "costs otherwise"),
        ({"unplaced": 1}, "leaves otherwise ungiven"),
        ({"moves": 3}, "moves others"),
        ({"places": (PlaceGiven("argan-org", 1),)}, "gives other places"),
        ({"bound": 10**6}, "costs less than can be"),
        ({"proven": True}, "is not proven"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value).replace(" ", "-"),
)
def test_whatever_is_told_wrongly_is_named(changed: dict[str, Any], difference: str) -> None:
    (_, found) = judged(with_last(history(), **changed))
    assert difference in found.differences


def test_a_placement_that_breaks_a_rule_is_named() -> None:
    events = history(PLAN, FREE)
    at = next(n for n, each in enumerate(events) if isinstance(each, AssignmentAdopted))
    two = [*events[: at + 1], released("P-003", "olive", "reassigned"), assigned("P-003", "honey")]
    assert judged([*two, events[-1]])[1].differences == ("breaks enough_booths at P-002, P-003",)


def proving(bound: int) -> Arithmetic:
    def prove(problem: Problem, placement: Placement, duals: tuple[Duals, ...]) -> int:
        return bound

    return prove


def test_a_bound_by_arithmetic_is_told_and_never_beyond_the_cost() -> None:
    duals = (Duals(("products",), 1, (0,), (5,)),)
    events = with_last(history(), duals=duals)
    (_, found) = judged(events, arithmetic=proving(7))
    assert (found.arithmetic, found.differences) == (7, ())
    assert any("7 of it by arithmetic" in line for line in lines_of(found))
    (_, wrong) = judged(events, arithmetic=proving(10**6))
    assert wrong.differences == ("costs less than can be",)


def test_prices_of_another_model_are_named() -> None:
    duals = (Duals(("products",), 1, (10**6,), (5,)),)
    (_, found) = judged(with_last(history(), duals=duals))
    assert found.differences == ("has prices of another model",)
