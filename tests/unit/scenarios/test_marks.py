"""The marks that a team gives are made up so that the fair's facts come out of a run."""

from __future__ import annotations

import pytest

from scenarios.generator import cast
from scenarios.loading import FAIRS, load
from scenarios.marks import MOST_BESIDE_QUALITY, PIONEER, QUALITY, marks


@pytest.mark.parametrize("fair", FAIRS)
def test_who_gets_in_is_marked_above_whoever_waits_whatever_else_has_points(fair: str) -> None:
    scenario = load(fair)
    applying = [(o, o.application) for o in cast(scenario).organisations if o.application]
    given = marks(scenario, applying)
    assert given == marks(scenario, applying)
    pole = scenario.selection.pole
    competing = [
        (given[organisation.key][QUALITY], application)
        for organisation, application in applying
        if application.pole_id == pole and application.marks[0] >= 60
    ]
    lowest = min(mark for mark, application in competing if application.course.gets_in)
    highest = max(mark for mark, application in competing if not application.course.gets_in)
    assert lowest > highest + MOST_BESIDE_QUALITY


def test_pioneers_are_marked_as_such() -> None:
    scenario = load("marrakech-2025")
    applying = [(o, o.application) for o in cast(scenario).organisations if o.application]
    given = marks(scenario, applying)
    pioneers = {o.key for o, application in applying if application.pioneer}
    assert pioneers
    assert {key for key, criteria in given.items() if PIONEER in criteria} == pioneers


@pytest.mark.parametrize("fair", FAIRS)
def test_low_marks_and_a_quota_that_keeps_places_come_together(fair: str) -> None:
    scenario = load(fair)
    kept = {(q.value, q.pole_id) for q in scenario.rules.quotas if q.of == "kind" and q.at_least}
    low = {(g.kind, g.pole) for g in scenario.groups if g.marks[0] < 60}
    assert low <= kept
