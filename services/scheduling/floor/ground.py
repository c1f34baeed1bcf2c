"""What a floor plan draws beside its booths: the ground that they stand on.

All lengths are metres.  `x_m` grows to the right and `y_m` downwards from the plan's corner, as on
a screen; angles are degrees, clockwise.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
"""x, y"""
Polygon = tuple[Point, ...]
"""The corners in order; the last is joined to the first."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where visitors come in."""

    x_m: float
    y_m: float
    step_free: bool = True


@dataclass(frozen=True, slots=True)
class Aisle:
    """Where visitors walk: the middle of the way and its width."""

    line: tuple[Point, ...]
    width_m: float
    step_free: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """Where shows are given; within the radius of it, one has to raise one's voice."""

    area: Polygon
    noise_radius_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Ground:
    """The floor without its booths.  What is empty was not drawn: nothing is concluded from it."""

    outline: Polygon = ()
    entrances: tuple[Entrance, ...] = ()
    aisles: tuple[Aisle, ...] = ()
    obstacles: tuple[Polygon, ...] = ()
    stages: tuple[Stage, ...] = ()


NOT_DRAWN = Ground()
"""The ground of plans that say nothing but booths."""
