"""Reasons: where else an exhibitor could stand, who would pay for it, and what one lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from services.scheduling.placing.booths import NEEDS, Needs, barred, unmet
from services.scheduling.placing.checker import STANDING, Checker
from services.scheduling.placing.options import MODULES_MOST, Options
from services.scheduling.placing.problem import Placement, Problem, Profile, by_booth
from services.scheduling.placing.weighing import Weighing


@dataclass(frozen=True, slots=True)
class Payment:
    """By how much an exhibitor's costs of one rule change; less than 0 is a gain."""

    rule: str
    exhibitor_id: str
    cost: int


@dataclass(frozen=True, slots=True)
class Other:
    """Booths that an exhibitor could have instead, by one move or swap, and the price of it."""

    booths: tuple[str, ...]
    swapped_with: str | None
    cost: int
    """The difference of the objective; 0 is as good, more is worse."""
    paid_by: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """Why an exhibitor has no booth, or not all, and what would give it some."""

    reason: str
    would_help: tuple[str, ...]
    """Single changes after which booths that are free now would do: a need that is given up,
    `fewer_booths`, `rule_forbidden`."""


def others(
    problem: Problem, placement: Placement, exhibitor_id: str, most: int = 3
) -> tuple[Other, ...]:
    """The best other booths of one who stands, the best first; only those without a fault."""
    checker = Checker(Weighing(problem))
    before = checker.charges(placement)
    # What pairs and shares cost now is the most that a move can save beside standing costs.
    savings = sum(cost for (rule, _), cost in before.items() if rule not in STANDING)
    found: list[Other] = []
    for cost, partner, after in sorted(
        _changes(checker, placement, exhibitor_id), key=lambda each: (each[0], each[1] or "")
    ):
        if len(found) >= most and cost - savings > found[most - 1].cost:
            break
        if not checker.faults(after):
            changed = checker.charges(after)
            changed.subtract(before)
            found.append(_other(changed, after[exhibitor_id], partner))
            found.sort(key=lambda each: (each.cost, each.booths))
    return tuple(found[:most])


def charges_of(problem: Problem, placement: Placement, exhibitor_id: str) -> Mapping[str, int]:
    """What one who stands pays, by rule; rules that cost it nothing are left out."""
    charges = Checker(Weighing(problem)).charges(placement)
    return {rule: cost for (rule, who), cost in sorted(charges.items()) if who == exhibitor_id}


def _other(
    changed: Counter[tuple[str, str]], booths: tuple[str, ...], partner: str | None
) -> Other:
    paid = tuple(Payment(rule, who, cost) for (rule, who), cost in sorted(changed.items()) if cost)
    return Other(booths, partner, sum(changed.values()), paid)


def _changes(
    checker: Checker, placement: Placement, exhibitor_id: str
) -> Iterator[tuple[int, str | None, Placement]]:
    """Placements by one move or one swap, each with what it changes of standing costs."""
    weighing, own = checker.weighing, placement[exhibitor_id]
    holders = by_booth(placement)
    for option in Options(weighing).of(weighing.profiles[exhibitor_id]):
        if {*option} == {*own}:
            continue
        others_there = {holders[each] for each in option if each in holders} - {exhibitor_id}
        cost = _standing(checker, exhibitor_id, option) - _standing(checker, exhibitor_id, own)
        if not others_there:
            yield cost, None, {**placement, exhibitor_id: option}
        elif len(others_there) == 1:
            [other] = others_there
            if {*placement[other]} == {*option}:
                cost += _standing(checker, other, own) - _standing(checker, other, option)
                yield cost, other, {**placement, exhibitor_id: option, other: own}


def _standing(checker: Checker, exhibitor_id: str, booths: tuple[str, ...]) -> int:
    return sum(sum(checker.standing(exhibitor_id, each)) for each in booths)


def lack(problem: Problem, placement: Placement, exhibitor_id: str) -> Lack | None:
    """Why one has no booth, or fewer than it asked for; None where it has all.

    Reasons: `exhibitor_withdrawn`, `no_booth_in_pole`, `no_free_booth_in_pole`,
    `no_free_booth_for_partners`, `no_booth_with_electricity` … (a need that no free booth meets),
    `no_booth_with_all_needs`, `too_many_modules`, `no_booths_side_by_side`,
    `forbidden_neighbours`, `booth_free_since`.
    """
    weighing = Weighing(problem)
    profile = weighing.profiles.get(exhibitor_id)
    if profile is None:
        return Lack("exhibitor_withdrawn", ())
    if len(placement.get(exhibitor_id, ())) >= profile.booths:
        return None
    looking = _Looking(weighing, placement, profile)
    return Lack(looking.reason(), tuple(looking.helps()))


class _Looking:
    """Looks for booths that are free for one exhibitor, as it is or with less to ask for."""

    def __init__(self, weighing: Weighing, placement: Placement, profile: Profile) -> None:
        self._weighing = weighing
        self._without = {
            who: held for who, held in placement.items() if who != profile.exhibitor_id
        }
        self._holders = by_booth(self._without)
        self._profile = profile

    def reason(self) -> str:
        ground, profile = self._weighing.ground, self._profile
        booths = [ground.booths[each] for each in self._weighing.poles.get(profile.pole_id, ())]
        admitted = [booth for booth in booths if barred(ground, booth, profile) is None]
        if not admitted:
            return "no_booth_in_pole"
        free = [booth for booth in admitted if booth.booth_id not in self._holders]
        if not free:
            kept = admitted[0].institutional
            return "no_free_booth_for_partners" if kept else "no_free_booth_in_pole"
        missing = [frozenset(unmet(booth, profile.needs)) for booth in free]
        if all(missing):
            for need, reason in NEEDS.items():
                if all(need in each for each in missing):
                    return reason
            return "no_booth_with_all_needs"
        if profile.booths > MODULES_MOST:
            return "too_many_modules"
        if not self._options(profile):
            return "no_booths_side_by_side"
        return "booth_free_since" if self._fits(profile) else "forbidden_neighbours"

    def helps(self) -> Iterator[str]:
        profile, nothing = self._profile, Needs()
        for need in NEEDS:
            name = "min_area_m2" if need == "area" else need
            given_up = getattr(nothing, name)
            if getattr(profile.needs, name) != given_up:
                needs = replace(profile.needs, **{name: given_up})
                if self._fits(replace(profile, needs=needs)):
                    yield need
        if profile.booths > 1 and any(
            self._fits(replace(profile, booths=fewer)) for fewer in range(1, profile.booths)
        ):
            yield "fewer_booths"
        if not self._fits(profile) and self._options(profile):
            yield "rule_forbidden"

    def _changed(self, profile: Profile) -> Weighing:
        problem = self._weighing.problem
        profiles = tuple(
            profile if each.exhibitor_id == profile.exhibitor_id else each
            for each in problem.profiles
        )
        return Weighing(replace(problem, profiles=profiles))

    def _options(self, profile: Profile) -> list[tuple[str, ...]]:
        """Its options that are free."""
        options = Options(self._changed(profile)).of(profile)
        return [each for each in options if self._holders.keys().isdisjoint(each)]

    def _fits(self, profile: Profile) -> bool:
        """Whether one of its free options breaks no rule."""
        checker = Checker(self._changed(profile))
        before = len(checker.faults(self._without))
        after: Mapping[str, tuple[str, ...]]
        for option in self._options(profile):
            after = {**self._without, profile.exhibitor_id: option}
            if len(checker.faults(after)) <= before:
                return True
        return False
