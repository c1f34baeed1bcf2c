"""Makes up everybody who takes part in a scenario, from its fixed seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from maarid_contracts.registration import Participation

from scenarios.cast import Application, Cast, Course, Organisation
from scenarios.founding import Founder
from scenarios.model import Commune, Featured, Group, Programme, Scenario, ScenarioError
from scenarios.public import seat_wishes, visits
from scenarios.shares import spread

CALL_WEEKS = 3
"""Applications come in over so many weeks."""


def cast(scenario: Scenario) -> Cast:
    """Everybody who takes part; the same scenario gives the same cast.

    Raises ScenarioError when there are not enough who may withdraw or be helped by a programme.
    """
    founder = Founder(scenario)
    waiting = largest_group(scenario, scenario.selection.pole)
    found: list[Organisation] = []
    for group in scenario.groups:
        outside = _outside(scenario) if group is waiting else ()
        found.extend(founder.group(group, _featured(scenario, group), outside))
    experts = founder.experts()
    found = _withdrawing(scenario, waiting, found)
    for programme in scenario.programmes:
        found = _helped(programme, found)
    for commune in scenario.communes:
        found = _from(commune, found)
    found = _wishing(scenario, found)
    found = _in_weeks(founder.shuffled(found))
    return Cast(tuple(found), experts, visits(scenario), seat_wishes(scenario, found))


def largest_group(scenario: Scenario, pole: str) -> Group:
    """The group of a pole from which come those who wait, are refused, or withdraw."""
    return max((g for g in scenario.groups if g.pole == pole), key=lambda group: group.count)


def _outside(scenario: Scenario) -> tuple[Course, ...]:
    selection = scenario.selection
    return (
        *[Course.WAITLISTED] * selection.waitlisted,
        *[Course.REJECTED] * selection.rejected,
        *[Course.TAKEN_BACK] * selection.taken_back,
    )


def _featured(scenario: Scenario, group: Group) -> list[Featured]:
    """A featured organisation stands in the first group of its pole and kind."""
    alike = [g for g in scenario.groups if (g.pole, g.kind) == (group.pole, group.kind)]
    if group is not alike[0]:
        return []
    return [f for f in scenario.featured if (f.pole, f.kind) == (group.pole, group.kind)]


def _withdrawing(
    scenario: Scenario, group: Group, found: Sequence[Organisation]
) -> list[Organisation]:
    """Who withdraws is like those who wait, so that the fair's numbers hold when they move up."""

    def like(organisation: Organisation, application: Application) -> bool:
        return (
            (organisation.kind, application.pole_id) == (group.kind, group.pole)
            and application.course is Course.ACCEPTED
            and application.booths == group.booths
            and not application.needs.any
            and not application.featured
        )

    selection = scenario.selection
    courses = (
        *[Course.WITHDRAWS_BEFORE_PLAN] * selection.withdrawals_before_plan,
        *[Course.WITHDRAWS_AFTER_PLAN] * selection.withdrawals_after_plan,
    )
    chosen = _evenly(len(courses), found, like, "withdraw")
    leaving = dict(zip(chosen, courses, strict=True))
    return [
        replace(each, application=replace(each.application, course=leaving[each.key]))
        if each.application and each.key in leaving
        else each
        for each in found
    ]


def _helped(programme: Programme, found: Sequence[Organisation]) -> list[Organisation]:
    """A programme helps as many as the scenario says; nobody is helped by two."""

    def eligible(organisation: Organisation, application: Application) -> bool:
        among = {
            "women_led": organisation.women_led,
            "youth_led": organisation.youth_led,
            "all": True,
        }
        return (
            among[programme.among]
            and application.course is Course.ACCEPTED
            and application.participation is Participation.EXHIBITOR
            and not application.programmes
        )

    who = f"be helped by {programme.programme_id}"
    chosen = set(_evenly(programme.beneficiaries, found, eligible, who))
    helped_by = (programme.programme_id,)
    return [
        replace(each, application=replace(each.application, programmes=helped_by))
        if each.application and each.key in chosen
        else each
        for each in found
    ]


def _from(commune: Commune, found: Sequence[Organisation]) -> list[Organisation]:
    """A share of the organisations of its province comes from a commune, each from one at most."""

    def may(organisation: Organisation, application: Application) -> bool:
        shown = {product.family for product in application.products}
        return (
            organisation.province == commune.province
            and organisation.commune is None
            and application.participation is Participation.EXHIBITOR
            and (not commune.families or not shown.isdisjoint(commune.families))
        )

    able = sum(may(each, each.application) for each in found if each.application)
    chosen = set(_evenly(round(commune.share * able), found, may, f"come from {commune.commune}"))
    return [replace(o, commune=commune.commune) if o.key in chosen else o for o in found]


def _wishing(scenario: Scenario, found: Sequence[Organisation]) -> list[Organisation]:
    """What exhibitors would like of their booth, beside what they need of it."""
    random = Random(f"{scenario.fair_id}/{scenario.seed}/preferences")
    asking = [
        each.key
        for each in found
        if each.application and each.application.participation is Participation.EXHIBITOR
    ]
    wished: dict[str, tuple[str, ...]] = dict.fromkeys(asking, ())
    for code, share in scenario.preferences.items():
        drawn = spread(len(asking), share)
        random.shuffle(drawn)
        for key, wishes in zip(asking, drawn, strict=True):
            wished[key] += (code,) if wishes else ()
    return [
        replace(o, application=replace(o.application, preferences=wished[o.key]))
        if o.application and o.key in wished
        else o
        for o in found
    ]


def _evenly(
    count: int,
    found: Sequence[Organisation],
    may: Callable[[Organisation, Application], bool],
    what: str,
) -> list[str]:
    """The keys of `count` of those who may, spread over all of them."""
    able = [each.key for each in found if each.application and may(each, each.application)]
    if len(able) < count:
        raise ScenarioError(f"{count} organisations are to {what}, but only {len(able)} can.")
    return [able[index * len(able) // count] for index in range(count)]


def _in_weeks(found: Sequence[Organisation]) -> list[Organisation]:
    return [
        replace(each, application=replace(each.application, week=i * CALL_WEEKS // len(found)))
        if each.application
        else each
        for i, each in enumerate(found)
    ]
