"""What a floor plan draws: booths, and the ground that they stand on.

All lengths are metres.  `x_m` grows to the right and `y_m` downwards from the plan's corner, as on
a screen; angles are degrees, clockwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
"""x, y"""
Polygon = tuple[Point, ...]
"""The corners in order; the last is joined to the first."""

Side = Literal["top", "right", "bottom", "left"]
"""A side of a booth as it is drawn before it is turned."""


@dataclass(frozen=True, slots=True)
class Booth:
    """A place on the floor, in metres from the plan's corner, and what it offers.

    It is turned about its middle.  Visitors come to its open sides; where none is named, it is not
    known which they are.
    """

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
    turn_deg: float = 0.0
    open_sides: tuple[Side, ...] = ()

    @property
    def area_m2(self) -> float:
        """Its size in square metres, rounded so that 0.1 x 30 is not less than 3."""
        return round(self.width_m * self.depth_m, 3)


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
