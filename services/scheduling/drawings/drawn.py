"""What was read of a drawing, in metres, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import hypot, isfinite

from chassis.kernel.refused import Refused
from services.scheduling.floor.geometry import NORMALS, angle_of, nearest, place
from services.scheduling.floor.ground import Aisle, Ground, Point, Polygon
from services.scheduling.placing.booths import Booth, Side

BESIDE_AISLE_M = 1.0
"""A side no further than this from the edge of an aisle is open to it."""

EXACT_RECTANGLE_M = 0.02
"""So much may the sides of a booth differ from a rectangle: hands draw no better."""

MOST_M = 10_000.0
NUMBER = re.compile(r"[A-Z]{1,3}-?[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: the booths it is about, and points on the floor."""

    code: str
    booths: tuple[str, ...] = ()
    at: tuple[Point, ...] = ()
    more: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Drawn:
    """The booths and the ground of a drawing, and what could not be understood."""

    booths: tuple[Booth, ...]
    ground: Ground
    faults: tuple[Fault, ...] = ()


def finite(*values: float) -> None:
    """Raises Refused on a coordinate that is no place on any floor."""
    for value in values:
        if not isfinite(value) or abs(value) > MOST_M:
            raise Refused("coordinate_too_large", most=int(MOST_M))


@dataclass(frozen=True, slots=True)
class Laid:
    """A rectangle as booths are laid: x, y, width, depth and turn between -45 and 45 degrees."""

    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    turn_deg: float


def laid(corners: Sequence[Point]) -> Laid | None:
    """The rectangle with these corners; None where they are not those of one."""
    if len(corners) != 4:
        return None
    a, b, c, d = corners
    if (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) < 0:
        b, d = d, b  # Drawn anticlockwise.
    quarters = round(-angle_of(a, b) / 90) % 4
    a, b, c, d = (*(a, b, c, d)[quarters:], *(a, b, c, d)[:quarters])
    middle = (a[0] + c[0]) / 2, (a[1] + c[1]) / 2
    width, depth = hypot(b[0] - a[0], b[1] - a[1]), hypot(c[0] - b[0], c[1] - b[1])
    off = hypot((b[0] + d[0]) / 2 - middle[0], (b[1] + d[1]) / 2 - middle[1])
    diagonals = abs(hypot(c[0] - a[0], c[1] - a[1]) - hypot(d[0] - b[0], d[1] - b[1]))
    if max(off, diagonals) > EXACT_RECTANGLE_M or min(width, depth) <= 0:
        return None
    turn = round(angle_of(a, b), 2)
    return Laid(
        round(middle[0] - width / 2, 3),
        round(middle[1] - depth / 2, 3),
        round(width, 3),
        round(depth, 3),
        0.0 if abs(turn) < 0.05 else turn,
    )


def opened(booth: Booth, aisles: Sequence[Aisle]) -> Booth:
    """A booth with the sides open that lie at an aisle, where none is named; with two, a corner."""
    if booth.open_sides:
        return booth
    placed = place(booth)
    sides: list[Side] = []
    for side in NORMALS:
        door, (u, v) = placed.door(side), placed.outward(side)
        if any(_opens(door, u, v, aisle) for aisle in aisles):
            sides.append(side)
    return replace(booth, open_sides=tuple(sides), corner=booth.corner or len(sides) > 1)


def _opens(door: Point, u: float, v: float, aisle: Aisle) -> bool:
    for p, q in pairwise(aisle.line):
        apart, along = nearest(door, p, q)
        if apart <= aisle.width_m / 2 + BESIDE_AISLE_M:
            share = along / (hypot(q[0] - p[0], q[1] - p[1]) or 1.0)
            dx, dy = p[0] + (q[0] - p[0]) * share - door[0], p[1] + (q[1] - p[1]) * share - door[1]
            if dx * u + dy * v > 0.7 * apart:
                return True
    return False


def moved(drawn: Drawn) -> Drawn:
    """The drawing with its corner at 0, 0 where something lies left of it or above."""
    ground = drawn.ground
    points: list[Point] = [(booth.x_m, booth.y_m) for booth in drawn.booths]
    points += [(each.x_m, each.y_m) for each in ground.entrances]
    for polygon in (
        ground.outline,
        *ground.obstacles,
        *(aisle.line for aisle in ground.aisles),
        *(stage.area for stage in ground.stages),
    ):
        points += polygon
    dx = -min((0.0, *(p[0] for p in points)))
    dy = -min((0.0, *(p[1] for p in points)))
    if not dx and not dy:
        return drawn

    def all_of(polygon: Polygon) -> Polygon:
        return tuple((round(x + dx, 3), round(y + dy, 3)) for x, y in polygon)

    return Drawn(
        tuple(
            replace(one, x_m=round(one.x_m + dx, 3), y_m=round(one.y_m + dy, 3))
            for one in drawn.booths
        ),
        Ground(
            all_of(ground.outline),
            tuple(
                replace(one, x_m=round(one.x_m + dx, 3), y_m=round(one.y_m + dy, 3))
                for one in ground.entrances
            ),
            tuple(replace(one, line=all_of(one.line)) for one in ground.aisles),
            tuple(map(all_of, ground.obstacles)),
            tuple(replace(one, area=all_of(one.area)) for one in ground.stages),
        ),
        tuple(replace(one, at=all_of(one.at)) for one in drawn.faults),
    )
