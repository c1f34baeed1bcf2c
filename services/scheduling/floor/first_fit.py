"""First fit: who can stand in the fewest booths chooses first, and takes what others need least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from services.scheduling.placing.booths import NEEDS, Booth, Exhibitor, Needs, barred, merits, unmet


class Plan(Protocol):
    """What first fit looks at of a floor plan."""

    @property
    def booths(self) -> Mapping[str, Booth]: ...
    @property
    def beside(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def partner_poles(self) -> frozenset[str]: ...


Wish = tuple[str, bool, Needs]
"""Pole, partner or not, needs: exhibitors with the same wish can stand in the same booths."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Who should get which booth, and why this one."""

    booth: Booth
    exhibitor: Exhibitor
    reasons: tuple[str, ...]


class _Floor:
    """The floor while it fills: a copy, so that the state of the aggregate does not change."""

    def __init__(
        self, plan: Plan, holders: Mapping[str, str], exhibitors: Mapping[str, Exhibitor]
    ) -> None:
        self.plan = plan
        self.holders = dict(holders)
        self._families = {key: frozenset(one.families) for key, one in exhibitors.items()}
        self._programmes = {key: frozenset(one.programmes) for key, one in exhibitors.items()}

    def around(self, booth: Booth) -> list[str]:
        """Who stands beside a booth; an exhibitor of two booths beside it is named twice."""
        beside = self.plan.beside[booth.booth_id]
        return [self.holders[other] for other in beside if other in self.holders]

    def family_in(self, others: list[str], exhibitor_id: str) -> bool:
        """Whether any of the others shows what this exhibitor shows."""
        return _shared(self._families, others, exhibitor_id)

    def programme_in(self, others: list[str], exhibitor_id: str) -> bool:
        """Whether a programme that supports this exhibitor supports any of the others."""
        return _shared(self._programmes, others, exhibitor_id)


def _shared(traits: Mapping[str, frozenset[str]], others: list[str], exhibitor_id: str) -> bool:
    own = traits[exhibitor_id]
    if own:
        for other in others:
            if other != exhibitor_id and other in traits and not own.isdisjoint(traits[other]):
                return True
    return False


def first_fit(
    plan: Plan,
    holders: Mapping[str, str],
    exhibitors: Iterable[Exhibitor],
    pole_id: str | None = None,
) -> list[Placement]:
    """Give free booths to those exhibitors who hold fewer than they registered for.

    `holders` says who holds which booth.  `exhibitors` are all of the fair, for those who stand
    already count as neighbours; only those of `pole_id` are placed, where one is given.  The
    result does not depend on the order of exhibitors.
    """
    known = {exhibitor.exhibitor_id: exhibitor for exhibitor in exhibitors}
    floor = _Floor(plan, holders, known)
    held: dict[str, set[str]] = {}
    for booth_id, exhibitor_id in holders.items():
        held.setdefault(exhibitor_id, set()).add(booth_id)
    waiting = [
        exhibitor
        for exhibitor in known.values()
        if pole_id in (None, exhibitor.pole_id) and not exhibitor.withdrawn
        if len(held.get(exhibitor.exhibitor_id, ())) < exhibitor.booths
    ]
    options: dict[Wish, list[Booth]] = {}
    for exhibitor in waiting:
        wish = _wish(exhibitor)
        if wish not in options:
            options[wish] = _options(plan, exhibitor)
    waiting.sort(
        key=lambda exhibitor: (
            len(options[_wish(exhibitor)]),
            -exhibitor.booths,
            not exhibitor.programmes,
            exhibitor.exhibitor_id,
        )
    )
    placements: list[Placement] = []
    for exhibitor in waiting:
        own = held.get(exhibitor.exhibitor_id, set())
        free = [b for b in options[_wish(exhibitor)] if b.booth_id not in floor.holders]
        while free and len(own) < exhibitor.booths:
            booth = _best(floor, exhibitor, own, free)
            placements.append(Placement(booth, exhibitor, _reasons(floor, exhibitor, booth)))
            floor.holders[booth.booth_id] = exhibitor.exhibitor_id
            own = own | {booth.booth_id}
            free.remove(booth)
    return placements


def why_unplaced(plan: Plan, holders: Mapping[str, str], exhibitor: Exhibitor) -> str:
    """What an exhibitor lacks a booth for, told from the booths that are free now."""
    admitted = [b for b in plan.booths.values() if barred(plan, b, exhibitor) is None]
    if not admitted:
        return "no_booth_in_pole"
    free = [booth for booth in admitted if booth.booth_id not in holders]
    if not free:
        kept = admitted[0].institutional
        return "no_free_booth_for_partners" if kept else "no_free_booth_in_pole"
    open_needs = [frozenset(unmet(booth, exhibitor.needs)) for booth in free]
    if not all(open_needs):
        return "booth_free_since"
    for need, reason in NEEDS.items():
        if all(need in missing for missing in open_needs):
            return reason
    return "no_booth_with_all_needs"


class Unplaced(NamedTuple):
    """An exhibitor who lacks booths, how many, and why."""

    exhibitor_id: str
    missing: int
    reason: str


def unplaced(
    plan: Plan,
    holders: Mapping[str, str],
    exhibitors: Iterable[Exhibitor],
    pole_id: str | None = None,
) -> list[Unplaced]:
    """Who lacks booths, of one pole or all; `holders` says who holds which booth."""
    held = Counter(holders.values())
    return [
        Unplaced(exhibitor.exhibitor_id, missing, why_unplaced(plan, holders, exhibitor))
        for exhibitor in exhibitors
        if pole_id in (None, exhibitor.pole_id) and not exhibitor.withdrawn
        if (missing := exhibitor.booths - held[exhibitor.exhibitor_id]) > 0
    ]


def _wish(exhibitor: Exhibitor) -> Wish:
    return exhibitor.pole_id, exhibitor.partner, exhibitor.needs


def _options(plan: Plan, exhibitor: Exhibitor) -> list[Booth]:
    """Where an exhibitor can stand, beginning with what it would waste least of."""
    needs = exhibitor.needs

    def waste(booth: Booth) -> tuple[int, float]:
        unneeded = (
            (booth.electricity and not needs.electricity)
            + (booth.water and not needs.water)
            + (booth.corner and not needs.corner)
            + (booth.step_free and not needs.step_free)
        )
        return unneeded, booth.area_m2

    return sorted(
        (
            booth
            for booth in plan.booths.values()
            if barred(plan, booth, exhibitor) is None and not unmet(booth, needs)
        ),
        key=waste,
    )


def _best(floor: _Floor, exhibitor: Exhibitor, own: set[str], free: list[Booth]) -> Booth:
    """The first of the free booths with the fewest drawbacks, the weightiest named first."""
    wanted = exhibitor.booths - len(own)
    free_ids = {booth.booth_id for booth in free}

    best, fewest = free[0], (wanted + 1, True, True)
    for booth in free:
        if own:
            apart = int(own.isdisjoint(floor.plan.beside[booth.booth_id]))
        elif wanted > 1:
            apart = wanted - _room(floor.plan, booth.booth_id, free_ids, wanted)
        else:
            apart = 0
        around = floor.around(booth)
        drawbacks = (
            apart,
            floor.family_in(around, exhibitor.exhibitor_id),
            bool(exhibitor.programmes) and not floor.programme_in(around, exhibitor.exhibitor_id),
        )
        if drawbacks < fewest:
            best, fewest = booth, drawbacks
        if not any(drawbacks):
            break
    return best


def _room(plan: Plan, booth_id: str, free: set[str], wanted: int) -> int:
    """How many free booths hang together from this one, counted up to as many as are wanted."""
    reached, seen = [booth_id], {booth_id}
    for booth in reached:
        for other in plan.beside[booth]:
            if other in free and other not in seen:
                reached.append(other)
                seen.add(other)
        if len(reached) >= wanted:
            return wanted
    return len(reached)


def _reasons(floor: _Floor, exhibitor: Exhibitor, booth: Booth) -> tuple[str, ...]:
    around = floor.around(booth)
    reasons = list(merits(booth, exhibitor))
    if exhibitor.families:
        beside = floor.family_in(around, exhibitor.exhibitor_id)
        reasons.append("family_beside_no_other_free" if beside else "family_apart")
    if exhibitor.exhibitor_id in around:
        reasons.append("beside_own_booth")
    if floor.programme_in(around, exhibitor.exhibitor_id):
        reasons.append("beside_same_programme")
    return tuple(reasons)
