"""What an assignment is decided on: the floor as rules see it, the exhibitors, and the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.scheduling.placing.booths import Booth, Needs
from services.scheduling.placing.rules import AssignmentRules

Placement: TypeAlias = Mapping[str, tuple[str, ...]]
"""Exhibitor -> the booths it gets; who gets none is left out."""


NO_NEEDS = Needs()
STANDARD = AssignmentRules()
"""Every soft rule with its usual weight, and no hard one beside those of the floor."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A floor plan as the rules see it; what is not known of it is left empty."""

    booths: Mapping[str, Booth]
    beside: Mapping[str, tuple[str, ...]]
    """The booths at the sides of each: those that make one stand of several modules."""
    facing: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The booths across an aisle of each."""
    walk_cm: Mapping[str, int] = field(default_factory=dict[str, int])
    """How far each is from the nearest entrance, in centimetres, in whole numbers."""
    noisy: frozenset[str] = frozenset()
    """The booths within the noise of a stage."""
    partner_poles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Profile:
    """An exhibitor as an assignment decides on it.  What is not known of it weighs nothing."""

    exhibitor_id: str
    organisation_id: str
    pole_id: str
    booths: int = 1
    contact_id: str | None = None
    partner: bool = False
    families: tuple[str, ...] = ()
    needs: Needs = NO_NEEDS
    programmes: tuple[str, ...] = ()
    withdrawn: bool = False
    score: int | None = None
    newcomer: bool = False
    pioneer: bool = False
    commune: str | None = None
    province: str | None = None
    preferences: tuple[str, ...] = ()
    earlier: tuple[int, ...] = ()
    """The values of its places at earlier fairs, 0 to 100, the latest last."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that a placement is judged by."""

    ground: Ground
    profiles: tuple[Profile, ...]
    rules: AssignmentRules = STANDARD
    pinned: Placement = field(default_factory=dict[str, tuple[str, ...]])
    """The booths that were set up: their holders stay, whatever the rules say."""
    present: Placement = field(default_factory=dict[str, tuple[str, ...]])
    """Who holds what now; moves are counted from here."""


def by_exhibitor(holders: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Exhibitor by booth, as a floor keeps it, the other way round."""
    return gathered((exhibitor_id, booth_id) for booth_id, exhibitor_id in holders.items())


def by_booth(placement: Placement) -> dict[str, str]:
    """The holder of each booth, of a placement that gives no booth twice."""
    return {booth: exhibitor for exhibitor, booths in placement.items() for booth in booths}


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The booths of each exhibitor, in order."""
    found: dict[str, list[str]] = {}
    for exhibitor_id, booth_id in pairs:
        found.setdefault(exhibitor_id, []).append(booth_id)
    return {exhibitor_id: tuple(sorted(booths)) for exhibitor_id, booths in sorted(found.items())}


def moves(before: Placement, after: Placement) -> int:
    """How many exhibitors who stood before stand otherwise now; a first booth is no move."""
    return sum(
        1
        for exhibitor_id, booths in before.items()
        if set(after.get(exhibitor_id, ())) != {*booths}
    )
