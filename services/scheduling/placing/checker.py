"""Judges a placement: what it breaks, and what it costs, recomputed from nothing but the problem.

Linear in the size of the floor: it runs within a decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.scheduling.placing.booths import barred, unmet
from services.scheduling.placing.problem import Placement, Problem, Profile, by_booth
from services.scheduling.placing.rules import RULES
from services.scheduling.placing.weighing import Costs, Edge, Weighing


@dataclass(frozen=True, slots=True)
class Fault:
    """A hard rule that a placement breaks, where, and for whom."""

    code: str
    booths: tuple[str, ...] = ()
    exhibitors: tuple[str, ...] = ()


class Worth(NamedTuple):
    """By which placements are compared: whoever leaves fewer booths ungiven comes first."""

    unplaced: int
    objective: int


def faults(problem: Problem, placement: Placement) -> tuple[Fault, ...]:
    """Every hard rule that is broken: none for a placement that may be adopted.

    Codes: `exhibitor_unknown`, `exhibitor_withdrawn`, `booth_unknown`, `booth_taken`,
    `pole_differs`, `booth_kept_for_partners`, `partner_booth_required`, `needs_unmet`,
    `enough_booths`, `booths_incomplete`, `booths_apart`, `booth_pinned`, `booth_fixed`,
    `families_forbidden`.
    """
    return Checker(Weighing(problem)).faults(placement)


def costs(problem: Problem, placement: Placement) -> Mapping[str, int]:
    """What each soft rule costs, all rules named, of a placement without faults."""
    return Checker(Weighing(problem)).costs(placement)


def worth(problem: Problem, placement: Placement) -> Worth:
    return Checker(Weighing(problem)).worth(placement)


class Checker:
    """Judges placements of one problem; what does not depend on the placement is kept."""

    def __init__(self, weighing: Weighing) -> None:
        self.weighing = weighing
        rules = weighing.rules
        self._forbidden = {frozenset(pair) for pair in rules.forbidden}

    # What is broken

    def faults(self, placement: Placement) -> tuple[Fault, ...]:
        found = self._strangers(placement)
        if found:
            return tuple(found)
        for exhibitor_id, booths in sorted(placement.items()):
            found.extend(self._faults_of(self.weighing.profiles[exhibitor_id], booths))
        return (*found, *self._taken(placement), *self._kept(placement), *self._enemies(placement))

    def _strangers(self, placement: Placement) -> list[Fault]:
        """Ids that mean nothing here; nothing else is looked at where there are any."""
        there = {each.exhibitor_id: each for each in self.weighing.problem.profiles}
        booths = self.weighing.ground.booths
        found: list[Fault] = []
        for exhibitor_id, held in sorted(placement.items()):
            if exhibitor_id not in there:
                found.append(Fault("exhibitor_unknown", held, (exhibitor_id,)))
            elif there[exhibitor_id].withdrawn:
                found.append(Fault("exhibitor_withdrawn", held, (exhibitor_id,)))
            if strange := tuple(each for each in held if each not in booths):
                found.append(Fault("booth_unknown", strange, (exhibitor_id,)))
        return found

    def _faults_of(self, profile: Profile, held: tuple[str, ...]) -> list[Fault]:
        """What one exhibitor's booths break by themselves.  Those that were set up or promised
        are given: neither needs nor poles are asked for them, nor that all stand together."""
        ground, who = self.weighing.ground, (profile.exhibitor_id,)
        given = frozenset(self.weighing.given.get(profile.exhibitor_id, ()))
        found: list[Fault] = []
        for booth_id in held:
            if booth_id in given:
                continue
            booth = ground.booths[booth_id]
            code = barred(ground, booth, profile)
            if code is None and unmet(booth, profile.needs):
                code = "needs_unmet"
            if code is not None:
                found.append(Fault(code, (booth_id,), who))
        number = len({*held})
        if number > profile.booths and not given.issuperset(held):
            found.append(Fault("enough_booths", held, who))
        if not given and 0 < number < profile.booths:
            found.append(Fault("booths_incomplete", held, who))
        if not given and not connected(ground.beside, held):
            found.append(Fault("booths_apart", held, who))
        return found

    def _taken(self, placement: Placement) -> list[Fault]:
        holders: dict[str, list[str]] = {}
        for exhibitor_id, held in sorted(placement.items()):
            for booth_id in held:
                holders.setdefault(booth_id, []).append(exhibitor_id)
        return [
            Fault("booth_taken", (booth_id,), tuple(who))
            for booth_id, who in sorted(holders.items())
            if len(who) > 1
        ]

    def _kept(self, placement: Placement) -> list[Fault]:
        """Booths that were set up or promised, and are not their holders' here.

        A promise counts for those who are placed at all, and leaves its booths to nobody else.
        """
        found: list[Fault] = []
        weighing, holders = self.weighing, by_booth(placement)
        for exhibitor_id, booths in sorted(weighing.given.items()):
            pinned = exhibitor_id in weighing.problem.pinned
            lost = tuple(
                booth_id
                for booth_id in booths
                if holders.get(booth_id) != exhibitor_id
                if pinned or exhibitor_id in placement or booth_id in holders
            )
            if lost:
                found.append(
                    Fault("booth_pinned" if pinned else "booth_fixed", lost, (exhibitor_id,))
                )
        return found

    def _enemies(self, placement: Placement) -> list[Fault]:
        if not self._forbidden:
            return []
        holders = by_booth(placement)
        return [
            Fault("families_forbidden", edge, tuple(holders[each] for each in edge))
            for edge in (*self.weighing.beside_edges, *self.weighing.facing_edges)
            if edge[0] in holders and edge[1] in holders
            if self.forbidden(holders[edge[0]], holders[edge[1]])
        ]

    def forbidden(self, first: str, second: str) -> bool:
        """Whether two exhibitors may never be neighbours; one is always its own neighbour."""
        profiles = self.weighing.profiles
        return first != second and any(
            frozenset((one, other)) in self._forbidden
            for one in profiles[first].families
            for other in profiles[second].families
        )

    # What it costs

    def worth(self, placement: Placement) -> Worth:
        return Worth(self.unplaced(placement), sum(self.costs(placement).values()))

    def unplaced(self, placement: Placement, poles: Collection[str] | None = None) -> int:
        """The booths that were asked for and are not given, in some poles or all."""
        return sum(
            max(profile.booths - len(placement.get(exhibitor_id, ())), 0)
            for exhibitor_id, profile in self.weighing.profiles.items()
            if poles is None or profile.pole_id in poles
        )

    def costs(self, placement: Placement) -> Mapping[str, int]:
        """What each soft rule costs."""
        found = dict.fromkeys(RULES, 0)
        for (rule, _), cost in self.charges(placement).items():
            found[rule] += cost
        return found

    def charges(self, placement: Placement) -> Counter[tuple[str, str]]:
        """(rule, exhibitor) -> what is paid; what several cause together is laid on one of them,
        the last by id, so that the sum is the cost of the rule."""
        found = Counter[tuple[str, str]]()
        for exhibitor_id, held in placement.items():
            for booth_id in held:
                for rule, cost in zip(STANDING, self.standing(exhibitor_id, booth_id), strict=True):
                    found[rule, exhibitor_id] += cost
        holders = by_booth(placement)
        weights = self.weighing.weights
        self._same(found, "family_beside", weights.family_beside, holders)
        self._same(found, "family_facing", weights.family_facing, holders)
        self._newcomers(found, holders)
        self._region(found, holders)
        return +found

    def standing(self, exhibitor_id: str, booth_id: str) -> Costs:
        """What a booth costs an exhibitor by itself: nothing in another pole, where it was set up
        or promised."""
        profile = self.weighing.profiles[exhibitor_id]
        if self.weighing.ground.booths[booth_id].pole_id != profile.pole_id:
            return FREE
        return self.weighing.at(profile, booth_id)

    def _same(
        self, found: Counter[tuple[str, str]], rule: str, weight: int, holders: Mapping[str, str]
    ) -> None:
        """Neighbours who share a product family pay once a pair of booths."""
        weighing = self.weighing
        edges: tuple[Edge, ...] = (
            weighing.beside_edges if rule == "family_beside" else weighing.facing_edges
        )
        families = {key: frozenset(each.families) for key, each in weighing.profiles.items()}
        for edge in edges if weight else ():
            first, second = holders.get(edge[0]), holders.get(edge[1])
            if first is None or second is None or first == second:
                continue
            if families[first] & families[second] and weighing.within_pole(edge):
                found[rule, max(first, second)] += weight

    def _newcomers(self, found: Counter[tuple[str, str]], holders: Mapping[str, str]) -> None:
        weighing = self.weighing
        badly: dict[str, list[str]] = {}
        for booth_id in sorted(weighing.worst & holders.keys()):
            profile = weighing.profiles[holders[booth_id]]
            if profile.newcomer:
                pole_id = weighing.ground.booths[booth_id].pole_id
                badly.setdefault(pole_id, []).append(profile.exhibitor_id)
        for pole_id, standing in badly.items():
            allowed = weighing.newcomers_allowed.get(pole_id, 0)
            for exhibitor_id in sorted(standing)[allowed:]:
                found["newcomers", exhibitor_id] += weighing.weights.newcomers

    def _region(self, found: Counter[tuple[str, str]], holders: Mapping[str, str]) -> None:
        weighing = self.weighing
        there: dict[tuple[int, str], list[str]] = {}
        for booth_id, exhibitor_id in holders.items():
            profile = weighing.profiles[exhibitor_id]
            booth = weighing.ground.booths[booth_id]
            if profile.province is not None and booth.pole_id == profile.pole_id:
                key = weighing.stretch_of[booth_id], profile.province
                there.setdefault(key, []).append(exhibitor_id)
        for (stretch, province), standing in there.items():
            pole_id = weighing.profiles[standing[0]].pole_id
            allowed = weighing.share_of(pole_id, province, stretch)
            for exhibitor_id in sorted(standing)[allowed:]:
                found["region_mix", exhibitor_id] += weighing.weights.region_mix


FREE: Costs = (0, 0, 0, 0, 0)
STANDING = ("preferences", "place_value", "rotation", "zones", "communes")
"""The rules that a booth breaks by itself, in the order of `Weighing.at`."""


def connected(beside: Mapping[str, tuple[str, ...]], booths: tuple[str, ...]) -> bool:
    """Whether booths hang together side by side."""
    left = {*booths}
    reached = [left.pop()] if left else []
    for booth_id in reached:
        for other in beside.get(booth_id, ()):
            if other in left:
                left.discard(other)
                reached.append(other)
    return not left
