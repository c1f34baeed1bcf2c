"""What a run computes, in the child process: who is selected by the rules, and what bound whom.

1. The sum of the scores of the accepted is greatest, under the places of the poles and the quotas,
   and without a place left empty that an application could take.
2. Among all such selections, the sum of the draw's points is greatest: of n applications the first
   drawn has n points, the last has 1.  So of two that are alike the one drawn first comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from services.registration.ranking import solver
from services.registration.ranking.solver import Row
from services.registration.selection import rules
from services.registration.selection.rules import PLACES, Applicant, Quota, ScoreTerm

SECONDS = 40.0
"""For each of the two steps; and for each look whether something is possible, a tenth."""
LOOK_SECONDS = SECONDS / 10

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Given:
    """What a run is given.  `accepted` were decided before, and count; `ranks` are of the draw."""

    terms: tuple[ScoreTerm, ...]
    quotas: tuple[Quota, ...]
    waiting: int | None
    free: Mapping[str, int]
    """Pole -> places that are not taken."""
    accepted: tuple[Applicant, ...]
    open: tuple[Applicant, ...]
    ranks: Mapping[str, int]
    may_leave_places: bool = False
    """Whether places may stay empty where quotas cannot be kept otherwise."""

    @cached_property
    def scores(self) -> list[int]:
        return [rules.score(self.terms, each) for each in self.open]

    @cached_property
    def drawn(self) -> list[int]:
        return [self.ranks[each.application_id] for each in self.open]


READ = TypeAdapter(Given)


@dataclass(frozen=True)
class Demand:
    """A row that may be what makes a selection impossible, and what a person is told of it."""

    told: Mapping[str, Any]
    row: Row


def run(given: Any, tell: Tell) -> dict[str, Any]:
    """The function of the job `selection`: proposes a selection, or names a conflict."""
    told = READ.validate_python(given["inputs"])
    tell(0.1, "choosing")
    limits, demands = limits_of(told), demands_of(told)
    first = solver.solve(told.scores, [*limits, *_rows(demands)], SECONDS)
    seen = {name: given[name] for name in ("fair_id", "saw_version", "digest")}
    if first.chosen is None:
        tell(0.5, "looking_for_the_conflict")
        return {**seen, "conflict": conflict(told, limits, demands)}
    tell(0.5, "drawing")
    objective = _worth(told, first.chosen)
    keep = Row(told.scores, low=objective)
    most = max(told.drawn, default=0) + 1
    points = [most - rank for rank in told.drawn]
    rows = [*limits, *_rows(demands), keep]
    second = solver.solve(points, rows, SECONDS, start=first.chosen)
    # The solver keeps a row but for a millionth of each of its weights.
    found = first.chosen if second.chosen is None else second.chosen
    drawn = second.proven and _worth(told, found) >= objective
    chosen = found if drawn else first.chosen
    tell(0.9, "explaining")
    return {
        **seen,
        "objective": objective,
        "bound": max(first.bound, objective),
        "proven": first.proven,
        "draw_proven": drawn,
        **explained(told, chosen),
    }


def cost(given: Any, tell: Tell) -> dict[str, Any]:
    """The function of the job `selection_cost`: what accepting one application would cost."""
    told = READ.validate_python(given["inputs"])
    number = next(
        n for n, each in enumerate(told.open) if each.application_id == given["application_id"]
    )
    limits, demands = limits_of(told), demands_of(told)
    rows = [*limits, *_rows(demands)]
    tell(0.1, "choosing")
    best = solver.solve(told.scores, rows, LOOK_SECONDS)
    tell(0.5, "forcing")
    forced = solver.solve(told.scores, rows, LOOK_SECONDS, forced=number)
    answer = {"application_id": given["application_id"], "saw_version": given["saw_version"]}
    if best.chosen is None or forced.chosen is None:
        named = conflict(told, limits, demands, None if best.chosen is None else number)
        return {**answer, "possible": False, "cost": None, "conflict": named}
    lost = _worth(told, best.chosen) - _worth(told, forced.chosen)
    return {**answer, "possible": True, "cost": lost, "proven": best.proven and forced.proven}


def _worth(told: Given, chosen: frozenset[int]) -> int:
    return sum(told.scores[n] for n in chosen)


def _rows(demands: Sequence[Demand]) -> list[Row]:
    return [demand.row for demand in demands]


def _booths(told: Given, pole_id: str) -> list[int]:
    return [each.booths if each.pole_id == pole_id else 0 for each in told.open]


def limits_of(told: Given) -> list[Row]:
    """No pole gives more places than it has."""
    return [Row(_booths(told, pole_id), high=free) for pole_id, free in told.free.items()]


def demands_of(told: Given) -> list[Demand]:
    """The quotas, and that no place stays empty."""
    found: list[Demand] = []
    for quota in told.quotas:
        if quota.at_least > 0:
            row, before = _share(told, quota, quota.at_least)
            demand = {"demand": "at_least", "quota": quota.name, "per_cent": quota.at_least}
            found.append(Demand(demand, Row(row, low=-before)))
        if quota.at_most < 100:
            row, before = _share(told, quota, quota.at_most)
            demand = {"demand": "at_most", "quota": quota.name, "per_cent": quota.at_most}
            found.append(Demand(demand, Row(row, high=-before)))
    if not told.may_leave_places:
        for pole_id, free in told.free.items():
            booths = _booths(told, pole_id)
            most = fillable(booths, free)
            demand = {"demand": "no_empty_place", "pole_id": pole_id, "places": most}
            found.append(Demand(demand, Row(booths, low=most)))
    return found


def _share(told: Given, quota: Quota, share: int) -> tuple[list[int], int]:
    """Places × (100 − share) of those that count, less places × share of the others: positive
    where they have more than their share.  Those to be chosen, and the sum of those before."""

    def weight(each: Applicant) -> int:
        if quota.pole_id not in (None, each.pole_id):
            return 0
        return (100 * rules.counts(quota, each) - share) * each.booths

    return [*map(weight, told.open)], sum(map(weight, told.accepted))


def fillable(booths: Sequence[int], free: int) -> int:
    """The most places that whole applications can take, quotas apart."""
    sums, within = 1, (1 << (free + 1)) - 1
    for each in booths:
        sums |= (sums << each) & within
    return sums.bit_length() - 1


def conflict(
    told: Given, limits: Sequence[Row], demands: Sequence[Demand], forced: int | None = None
) -> dict[str, Any]:
    """Demands that cannot be met together, though they could without any one of them.

    Each is left out in turn, and stays out if what is left is impossible still.
    """
    nothing = [0] * len(told.open)

    def impossible(left: Sequence[Demand]) -> bool | None:
        solved = solver.solve(nothing, [*limits, *_rows(left)], LOOK_SECONDS, forced=forced)
        return None if solved.chosen is None and not solved.proven else solved.impossible

    kept, sure = list(demands), True
    for demand in demands:
        without = [each for each in kept if each is not demand]
        answer = impossible(without)
        sure = sure and answer is not None
        if answer:
            kept = without
    # Where none is left, a pole has no room for one application alone.
    told_of = [dict(demand.told) for demand in kept] or [{"demand": PLACES}]
    return {"demands": told_of, "irreducible": sure}


def explained(told: Given, chosen: frozenset[int]) -> dict[str, Any]:
    """The decision on each application, the best first, and what the quotas came to."""
    order = sorted(range(len(told.open)), key=lambda n: (-told.scores[n], told.drawn[n]))
    binding = Binding(told, chosen)
    waiting: dict[str, int] = {}
    decisions: list[dict[str, Any]] = []
    for n in order:
        applicant = told.open[n]
        decision: dict[str, Any] = {
            "application_id": applicant.application_id,
            "chosen": "accepted",
            "score": told.scores[n],
            "draw_rank": told.drawn[n],
        }
        if n not in chosen:
            rank = waiting.get(applicant.pole_id, 0) + 1
            waits = told.waiting is None or rank <= told.waiting
            if waits:
                waiting[applicant.pole_id] = rank
            decision["chosen"] = "waitlisted" if waits else "rejected"
            decision["rank"] = rank if waits else None
            decision["bound_by"] = binding.of(n)
        decisions.append(decision)
    shares = [rules.taken(quota, binding.exhibits) for quota in told.quotas]
    assert all(map(rules.holds, shares)), "a proposal breaks a quota"
    assert all(places >= 0 for places in binding.free.values()), "a proposal has too many places"
    return {
        "decisions": decisions,
        "quotas": [
            {"quota": share.name, "places": share.places, "of_places": share.of_places}
            for share in shares
        ],
        "places_left": binding.free,
    }


class Binding:
    """Says of an application that was not chosen what kept it out."""

    def __init__(self, told: Given, chosen: frozenset[int]) -> None:
        self._told = told
        self.exhibits = [*told.accepted, *(told.open[n] for n in sorted(chosen))]
        self.free = dict(told.free)
        for n in chosen:
            self.free[told.open[n].pole_id] -= told.open[n].booths
        self._shares = [rules.taken(quota, self.exhibits) for quota in told.quotas]
        self._weakest: dict[str, list[int]] = {}
        for n in sorted(chosen, key=self._strength):
            self._weakest.setdefault(told.open[n].pole_id, []).append(n)

    def _strength(self, n: int) -> tuple[int, int]:
        return self._told.scores[n], -self._told.drawn[n]

    def of(self, n: int) -> str:
        """The quota that an exchange with a weaker application would break, else the places."""
        applicant = self._told.open[n]
        if applicant.booths <= self.free[applicant.pole_id]:
            return self._broken(applicant, None) or PLACES
        for weaker in self._weakest.get(applicant.pole_id, ()):
            if self._strength(weaker) > self._strength(n):
                break
            other = self._told.open[weaker]
            if applicant.booths <= self.free[applicant.pole_id] + other.booths:
                broken = self._broken(applicant, other)
                if broken is not None:
                    return broken
        return PLACES

    def _broken(self, comes: Applicant, goes: Applicant | None) -> str | None:
        """The first quota that is broken where one comes, and another goes."""
        for share in self._shares:
            after = rules.taken(share, [comes])
            before = rules.taken(share, [] if goes is None else [goes])
            then = rules.QuotaTaken(
                share.of,
                share.value,
                share.pole_id,
                share.at_least,
                share.at_most,
                share.places + after.places - before.places,
                share.of_places + after.of_places - before.of_places,
            )
            if not rules.holds(then):
                return share.name
        return None
