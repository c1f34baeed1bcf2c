"""What a floor plan offers and what an exhibitor asks for: the values a floor decides with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

NEXT_TO_M = 2.0
"""Booths no further apart than this stand beside each other; every aisle is wider."""

TOUCHING_M = 0.01
"""Drawings are exact to a centimetre: less than this is neither an overlap nor a shared side."""


@dataclass(frozen=True, slots=True)
class Booth:
    """A place on the floor, in metres from the plan's corner, and what it offers."""

    booth_id: str
    pole_id: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = True
    institutional: bool = False

    @property
    def area_m2(self) -> float:
        """Its size in square metres, rounded so that 0.1 x 30 is not less than 3."""
        return round(self.width_m * self.depth_m, 3)


@dataclass(frozen=True, slots=True)
class Needs:
    """What an exhibitor cannot do without."""

    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = False
    min_area_m2: float = 0.0


@dataclass(frozen=True, slots=True)
class Exhibitor:
    """Who is to stand somewhere, as registered."""

    exhibitor_id: str
    organisation_id: str
    pole_id: str
    booths: int = 1
    contact_id: str | None = None
    partner: bool = False
    families: tuple[str, ...] = ()
    needs: Needs = Needs()
    programmes: tuple[str, ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan in force, with what follows from its drawing."""

    revision: int = 0
    booths: Mapping[str, Booth] = field(default_factory=dict[str, Booth])
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    partner_poles: frozenset[str] = frozenset()
    """The poles that keep booths for institutional partners."""


def draw(revision: int, booths: Sequence[Booth]) -> Plan:
    """Work out which booths stand beside each other, and which poles keep booths for partners."""
    beside: dict[str, list[str]] = {booth.booth_id: [] for booth in booths}
    for first, second, dx, dy in _near_pairs(booths):
        if min(dx, dy) < -TOUCHING_M:
            beside[first.booth_id].append(second.booth_id)
            beside[second.booth_id].append(first.booth_id)
    return Plan(
        revision=revision,
        booths={booth.booth_id: booth for booth in booths},
        beside={booth: tuple(sorted(others)) for booth, others in beside.items()},
        partner_poles=frozenset(booth.pole_id for booth in booths if booth.institutional),
    )


def overlap(booths: Sequence[Booth]) -> tuple[str, str] | None:
    """Two booths that would stand in one another, if there are any."""
    for first, second, dx, dy in _near_pairs(booths):
        if max(dx, dy) < -TOUCHING_M:
            return first.booth_id, second.booth_id
    return None


def _near_pairs(booths: Sequence[Booth]) -> Iterator[tuple[Booth, Booth, float, float]]:
    """Pairs up to NEXT_TO_M apart, with their gap along each axis, negative where they share it."""
    from_left = sorted(booths, key=lambda booth: (booth.x_m, booth.y_m, booth.booth_id))
    for index, first in enumerate(from_left):
        right = first.x_m + first.width_m
        for second in islice(from_left, index + 1, None):
            if second.x_m > right + NEXT_TO_M:
                break
            dx = second.x_m - min(right, second.x_m + second.width_m)
            dy = max(first.y_m, second.y_m) - min(
                first.y_m + first.depth_m, second.y_m + second.depth_m
            )
            if dy <= NEXT_TO_M:
                yield first, second, dx, dy


def unmet(booth: Booth, needs: Needs) -> tuple[str, ...]:
    """The needs that this booth leaves open."""
    return tuple(
        need
        for need, is_open in (
            ("electricity", needs.electricity and not booth.electricity),
            ("water", needs.water and not booth.water),
            ("corner", needs.corner and not booth.corner),
            ("step_free", needs.step_free and not booth.step_free),
            ("area", booth.area_m2 < needs.min_area_m2),
        )
        if is_open
    )


def merits(booth: Booth, exhibitor: Exhibitor) -> tuple[str, ...]:
    """What speaks for this booth, as reason codes, and whether needs had to be overridden."""
    needs = exhibitor.needs
    missing = unmet(booth, needs)
    asked = (
        ("electricity", needs.electricity),
        ("water", needs.water),
        ("corner", needs.corner),
        ("step_free", needs.step_free),
        ("area", needs.min_area_m2 > 0),
    )
    return (
        "pole_matches",
        *(("kept_for_partners",) if booth.institutional else ()),
        *(f"{need}_as_needed" for need, wanted in asked if wanted and need not in missing),
        *(("needs_overridden",) if missing else ()),
    )


def barred(plan: Plan, booth: Booth, exhibitor: Exhibitor) -> str | None:
    """Why this exhibitor may not be given this booth, whatever it needs; None where it may.

    A pole that keeps booths for institutional partners gives them to nobody else, and gives
    partners no others; in a pole that keeps none, partners may stand in any booth.
    """
    if booth.pole_id != exhibitor.pole_id:
        return "pole_differs"
    if booth.institutional and not exhibitor.partner:
        return "booth_kept_for_partners"
    if exhibitor.partner and not booth.institutional and booth.pole_id in plan.partner_poles:
        return "partner_booth_required"
    return None
