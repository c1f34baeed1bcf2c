"""The plan of a floor: its booths, and what follows from where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from services.scheduling.placing.booths import (
    Booth,
    Exhibitor,
    Needs,
    barred,
    merits,
    unmet,
)

__all__ = ["Booth", "Exhibitor", "Needs", "Plan", "barred", "draw", "merits", "overlap", "unmet"]

NEXT_TO_M = 2.0
"""Booths no further apart than this stand beside each other; every aisle is wider."""

TOUCHING_M = 0.01
"""Drawings are exact to a centimetre: less than this is neither an overlap nor a shared side."""


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
