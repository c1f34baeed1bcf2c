"""Rules of assignment, booths that stand ready, and the adoption of a draft.  Pure.

A draft is no fact: it is a row of the subject `planning`.  What makes it one is `AdoptAssignment`,
which is decided here by the checker on the floor as it is then, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from chassis.kernel.refused import Refused
from services.scheduling.floor.plan import Plan
from services.scheduling.floor.weighed import ground_of
from services.scheduling.placing import rules as ruling
from services.scheduling.placing.booths import Exhibitor, unmet
from services.scheduling.placing.bound import Duals
from services.scheduling.placing.checker import Checker, Fault
from services.scheduling.placing.problem import (
    Placement,
    Problem,
    Profile,
    by_exhibitor,
    gathered,
    moves,
)
from services.scheduling.placing.rules import AssignmentRules, Fixed
from services.scheduling.placing.weighing import Weighing

REASSIGNED = "reassigned"
"""A booth is taken back because its holder gets another one in the same command: that is told."""
ASSIGNED_ANEW = "assigned_anew"
"""A booth is taken back because an assignment gives it to others, and its holder gets none."""
MOST_NAMED = 20
"""So many ids are named in a refusal."""

# Commands


@dataclass(frozen=True, slots=True)
class PublishAssignmentRules:
    """Put rules in force.  `exhibitors` are the ids of those who take part."""

    fair_id: str
    rules: AssignmentRules
    exhibitors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a solver says of a draft: no placement that leaves `unplaced` booths ungiven costs less
    than `bound`, and none leaves fewer.  `duals` prove a part of it by arithmetic alone.

    It holds for placements that keep what the team had locked, which is `kept`, and in a repair for
    those that move no more than `moves` exhibitors.
    """

    unplaced: int
    bound: int
    seed: int
    moves: int = 0
    kept: Placement = field(default_factory=dict[str, tuple[str, ...]])
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    duals: tuple[Duals, ...] = ()


@dataclass(frozen=True, slots=True)
class AdoptAssignment:
    """Make a draft a fact.

    `base` is what the draft was made on; `exhibitors` are all who ever took part, as they are known
    now.
    """

    draft_id: str
    base: Base
    profiles: tuple[Profile, ...]
    placement: Placement
    certificate: Certificate
    exhibitors: Mapping[str, Exhibitor]
    repair: bool = False


@dataclass(frozen=True, slots=True)
class SetUpBooth:
    """A holder has set up its booth: no assignment moves it any more."""

    booth_id: str


@dataclass(frozen=True, slots=True)
class TakeBackSetUp:
    """The booth was not set up after all."""

    booth_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """The holders of the two booths who agreed to change places, and who takes part: the swap is
    made by the rules of assignment, and lapses with either booth."""

    first: str
    second: str
    profiles: tuple[Profile, ...]


# Events


@dataclass(frozen=True, slots=True)
class AssignmentRulesPublished:
    fair_id: str
    version: int
    rules: AssignmentRules


@dataclass(frozen=True, slots=True)
class BoothSetUp:
    fair_id: str
    booth_id: str
    pole_id: str
    exhibitor_id: str
    organisation_id: str


@dataclass(frozen=True, slots=True)
class BoothSetUpTakenBack:
    fair_id: str
    booth_id: str
    pole_id: str
    exhibitor_id: str
    organisation_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlaceGiven:
    """How good a place an organisation got, from 0 to 100: the mean of its booths."""

    organisation_id: str
    value: int


@dataclass(frozen=True, slots=True)
class AssignmentAdopted:
    """What was decided on, and what is certified; the booths themselves stand in the events before
    it, so that the log alone proves the rest."""

    fair_id: str
    draft_id: str
    revision: int
    rules_version: int
    repair: bool
    moves: int
    unplaced: int
    objective: int
    bound: int
    proven: bool
    costs: Mapping[str, int]
    seed: int
    versions: Mapping[str, str]
    duals: tuple[Duals, ...]
    kept: tuple[Fixed, ...]
    profiles: tuple[Profile, ...]
    places: tuple[PlaceGiven, ...]

    @property
    def gap(self) -> float:
        """How much of the objective is not proven to be needed, from 0 to 1."""
        return gap_of(self.objective, self.bound)


def gap_of(objective: int, bound: int) -> float:
    return round(max(objective - bound, 0) / objective, 6) if objective > 0 else 0.0


# Decisions


def checked(rules: AssignmentRules, plan: Plan, exhibitors: frozenset[str]) -> None:
    """Raises Refused where rules contradict themselves, or name what is not there."""
    ruling.check(rules)
    if unknown := sorted(ruling.booths_named(rules) - plan.booths.keys()):
        raise Refused("booth_unknown", booth=unknown[0])
    for each in rules.fixed:
        if each.exhibitor_id not in exhibitors:
            raise Refused("exhibitor_unknown", exhibitor=each.exhibitor_id)


class Difference(NamedTuple):
    """What an adoption changes: booths and why they are taken back, then booths to be given."""

    released: tuple[tuple[str, str], ...]
    given: tuple[tuple[str, str], ...]
    """(booth, exhibitor)."""


class Standing(NamedTuple):
    """The floor on which a draft is to become a fact."""

    fair_id: str
    plan: Plan
    rules: AssignmentRules
    rules_version: int
    adopted: str | None
    holders: Mapping[str, str]
    set_up: frozenset[str]


def adopted(command: AdoptAssignment, standing: Standing) -> tuple[Difference, AssignmentAdopted]:
    """What an adoption comes to.  Raises Refused where the floor is another by now, or where the
    draft breaks a hard rule."""
    now = frozenset(key for key, each in command.exhibitors.items() if not each.withdrawn)
    _still_so(command.base, standing, now)
    problem = problem_of(standing, command.profiles)
    checker = Checker(Weighing(problem))
    if found := checker.faults(command.placement):
        raise refusal_of(problem, found[0])
    change = difference(problem.present, command.placement)
    worth, certificate = checker.worth(command.placement), command.certificate
    moved = moves(problem.present, command.placement)
    counts = (
        worth.unplaced == certificate.unplaced
        and (not command.repair or moved <= certificate.moves)
        and all(command.placement.get(who) == held for who, held in certificate.kept.items())
    )
    # What was proven says nothing of a placement of another kind.
    bound = certificate.bound if counts else 0
    return change, AssignmentAdopted(
        fair_id=standing.fair_id,
        draft_id=command.draft_id,
        revision=standing.plan.revision,
        rules_version=standing.rules_version,
        repair=command.repair,
        moves=moved,
        unplaced=worth.unplaced,
        objective=worth.objective,
        bound=bound,
        proven=counts and bound == worth.objective,
        costs=checker.costs(command.placement),
        seed=certificate.seed,
        versions=certificate.versions,
        duals=certificate.duals,
        kept=tuple(Fixed(who, held) for who, held in sorted(certificate.kept.items())),
        profiles=command.profiles,
        places=places_given(checker.weighing, command.placement),
    )


def problem_of(standing: Standing, profiles: tuple[Profile, ...]) -> Problem:
    """What a placement on this floor is judged by."""
    pinned = [(standing.holders[booth_id], booth_id) for booth_id in standing.set_up]
    return Problem(
        ground=ground_of(standing.plan),
        profiles=profiles,
        rules=standing.rules,
        pinned=gathered(pinned),
        present=by_exhibitor(standing.holders),
    )


class Base(NamedTuple):
    """The floor that a draft was made on, and who took part."""

    revision: int
    rules_version: int
    adopted: str | None
    present: Placement
    exhibitors: frozenset[str]


class Change(StrEnum):
    """What may have changed since a draft was made."""

    PLAN = "plan"
    RULES = "rules"
    CAME = "came"
    WENT = "went"
    BOOTHS = "booths"


def changed_since(
    base: Base, standing: Standing, now: frozenset[str]
) -> Mapping[Change, frozenset[str]]:
    """What keeps a draft from becoming a fact, with the ids of whom or what is other; `now` are
    the ids of those who take part."""
    held = {booth: who for who, booths in base.present.items() for booth in booths}
    other = frozenset(booth for booth, _ in held.items() ^ standing.holders.items())
    found = {
        Change.PLAN: (base.revision != standing.plan.revision, frozenset[str]()),
        Change.RULES: (base.rules_version != standing.rules_version, frozenset[str]()),
        Change.CAME: (not now <= base.exhibitors, now - base.exhibitors),
        Change.WENT: (not base.exhibitors <= now, base.exhibitors - now),
        # An assignment that moved nobody was adopted all the same.
        Change.BOOTHS: (bool(other) or base.adopted != standing.adopted, other),
    }
    return {what: ids for what, (changed, ids) in found.items() if changed}


def _still_so(base: Base, standing: Standing, now: frozenset[str]) -> None:
    """Raises Refused, naming what has changed since the draft was made."""
    changed = changed_since(base, standing, now)
    if Change.PLAN in changed:
        raise Refused("draft_of_other_plan", revision=standing.plan.revision)
    if Change.RULES in changed:
        raise Refused("draft_of_other_rules", version=standing.rules_version)
    if Change.CAME in changed or Change.WENT in changed:
        came, went = (_named(changed.get(each, ())) for each in (Change.CAME, Change.WENT))
        raise Refused("participants_changed", came=came, went=went)
    if Change.BOOTHS in changed:
        raise Refused("floor_changed", booths=_named(changed[Change.BOOTHS]))


def _named(ids: Collection[str]) -> str:
    shown = ", ".join(sorted(ids)[:MOST_NAMED])
    return (shown or "–") if len(ids) <= MOST_NAMED else f"{shown} …"


def difference(before: Placement, after: Placement) -> Difference:
    """What leads from one placement to another."""
    released: list[tuple[str, str]] = []
    given: list[tuple[str, str]] = []
    for exhibitor_id in sorted({*before, *after}):
        old, new = {*before.get(exhibitor_id, ())}, {*after.get(exhibitor_id, ())}
        reason = REASSIGNED if new - old else ASSIGNED_ANEW
        released.extend((booth_id, reason) for booth_id in sorted(old - new))
        given.extend((booth_id, exhibitor_id) for booth_id in sorted(new - old))
    return Difference(tuple(released), tuple(given))


def places_given(weighing: Weighing, placement: Placement) -> tuple[PlaceGiven, ...]:
    """The place that each organisation got, for the ledger of later fairs."""
    values: dict[str, list[int]] = {}
    for exhibitor_id, booths in placement.items():
        organisation_id = weighing.profiles[exhibitor_id].organisation_id
        values.setdefault(organisation_id, []).extend(weighing.values[each] for each in booths)
    return tuple(
        PlaceGiven(organisation_id, sum(some) // len(some))
        for organisation_id, some in sorted(values.items())
    )


def may_swap(standing: Standing, first: str, second: str, agreed: Agreed) -> None:
    """Raises Refused where the booths are not held any more by those who agreed, and where the
    swap breaks a rule that is kept now."""
    holders = standing.holders
    if (holders.get(first), holders.get(second)) != (agreed.first, agreed.second):
        raise Refused("swap_lapsed", first=first, second=second)
    problem = problem_of(standing, agreed.profiles)
    swapped = by_exhibitor({**holders, first: agreed.second, second: agreed.first})
    checker = Checker(Weighing(problem))
    before = {*checker.faults(problem.present)}
    if broken := [each for each in checker.faults(swapped) if each not in before]:
        raise refusal_of(problem, broken[0])


def refusal_of(problem: Problem, fault: Fault) -> Refused:
    """A broken rule, as whoever wants to break it is told."""
    booth_id, who = fault.booths[0] if fault.booths else "", fault.exhibitors[-1]
    booth = problem.ground.booths.get(booth_id)
    profile = next((each for each in problem.profiles if each.exhibitor_id == who), None)
    booths = ", ".join(fault.booths)
    of_booth, of_exhibitor = {"booth": booth_id}, {"exhibitor": who}
    details: Mapping[str, Mapping[str, object]] = {
        "exhibitor_unknown": of_exhibitor,
        "exhibitor_withdrawn": of_exhibitor,
        "booth_unknown": of_booth,
        "booth_taken": {**of_booth, "holder": fault.exhibitors[0]},
        "pole_differs": {
            **of_booth,
            "booth_pole": booth and booth.pole_id,
            "exhibitor_pole": profile and profile.pole_id,
        },
        "booth_kept_for_partners": of_booth,
        "partner_booth_required": of_booth,
        "needs_unmet": {
            **of_booth,
            "unmet": ", ".join(unmet(booth, profile.needs)) if booth and profile else "",
        },
        "enough_booths": {**of_exhibitor, "booths": profile and profile.booths},
        "booths_incomplete": {**of_exhibitor, "booths": booths},
        "booths_apart": {**of_exhibitor, "booths": booths},
        "booth_pinned": {**of_exhibitor, "booths": booths},
        "booth_fixed": {**of_exhibitor, "booths": booths},
        "families_forbidden": {"booths": booths},
    }
    return Refused(fault.code, **details[fault.code])
