"""Points, polygons and booths as they lie on the floor: lengths, sides, overlaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, floor, hypot, radians, sin

from services.scheduling.floor.ground import Point, Polygon
from services.scheduling.placing.booths import Booth, Side

TOUCHING_M = 0.01
"""Drawings are exact to a centimetre: less than this is neither an overlap nor a shared side."""

EXACT_M = 1e-6
"""What turning a plan may lose of a length."""

NORMALS: Mapping[Side, Point] = {
    "top": (0.0, -1.0),
    "right": (1.0, 0.0),
    "bottom": (0.0, 1.0),
    "left": (-1.0, 0.0),
}
OPPOSITE: Mapping[Side, Side] = {
    "top": "bottom",
    "right": "left",
    "bottom": "top",
    "left": "right",
}

MOST_SQUARES = 256

Box = tuple[float, float, float, float]
"""Least x and y, greatest x and y."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A booth as it lies on the floor: its middle, half its sides, and the direction of its x."""

    booth: Booth
    x: float
    y: float
    half_width: float
    half_depth: float
    cos: float
    sin: float

    def along(self, dx: float, dy: float) -> Point:
        """A difference of points of the floor in the booth's own directions."""
        return dx * self.cos + dy * self.sin, dy * self.cos - dx * self.sin

    def at(self, u: float, v: float) -> Point:
        """The point of the floor that is so far from the middle in the booth's own directions."""
        return self.x + u * self.cos - v * self.sin, self.y + u * self.sin + v * self.cos

    def corners(self) -> Polygon:
        w, d = self.half_width, self.half_depth
        return self.at(-w, -d), self.at(w, -d), self.at(w, d), self.at(-w, d)

    def box(self) -> Box:
        w = self.half_width * abs(self.cos) + self.half_depth * abs(self.sin)
        d = self.half_width * abs(self.sin) + self.half_depth * abs(self.cos)
        return self.x - w, self.y - d, self.x + w, self.y + d

    def door(self, side: Side) -> Point:
        """The middle of a side."""
        u, v = NORMALS[side]
        return self.at(u * self.half_width, v * self.half_depth)

    def outward(self, side: Side) -> Point:
        """The direction that a side looks in, of length 1."""
        u, v = NORMALS[side]
        return u * self.cos - v * self.sin, u * self.sin + v * self.cos


def place(booth: Booth) -> Placed:
    """Where a booth lies."""
    half_width, half_depth = booth.width_m / 2, booth.depth_m / 2
    angle = radians(booth.turn_deg)
    turned = booth.turn_deg != 0.0
    return Placed(
        booth,
        booth.x_m + half_width,
        booth.y_m + half_depth,
        half_width,
        half_depth,
        cos(angle) if turned else 1.0,
        sin(angle) if turned else 0.0,
    )


def turned(booth: Booth, degrees_: float, about: Point) -> tuple[float, float, float]:
    """x_m, y_m and turn_deg of a booth after the floor was turned about a point."""
    c, s = cos(radians(degrees_)), sin(radians(degrees_))
    dx = booth.x_m + booth.width_m / 2 - about[0]
    dy = booth.y_m + booth.depth_m / 2 - about[1]
    x, y = about[0] + dx * c - dy * s, about[1] + dx * s + dy * c
    return x - booth.width_m / 2, y - booth.depth_m / 2, (booth.turn_deg + degrees_) % 360.0


def gaps(first: Placed, second: Placed) -> Iterator[Point]:
    """The gaps along x and y in the directions of each; negative where they share it.

    The second pair is left out where both look in the same directions or at right angles.
    """
    yield _gaps_along(first, second)
    if (
        abs(first.cos * second.sin - first.sin * second.cos)
        > 1e-9
        < abs(first.cos * second.cos + first.sin * second.sin)
    ):
        yield _gaps_along(second, first)


def _gaps_along(one: Placed, other: Placed) -> Point:
    du, dv = one.along(other.x - one.x, other.y - one.y)
    c = abs(one.cos * other.cos + one.sin * other.sin)
    s = abs(one.cos * other.sin - one.sin * other.cos)
    w = other.half_width * c + other.half_depth * s
    d = other.half_width * s + other.half_depth * c
    return abs(du) - one.half_width - w, abs(dv) - one.half_depth - d


def side_towards(one: Placed, other: Placed) -> Side:
    """The side of a booth that another lies beyond: that of the greater gap."""
    du, dv = one.along(other.x - one.x, other.y - one.y)
    across, along = _gaps_along(one, other)
    if across > along:
        return "right" if du > 0 else "left"
    return "bottom" if dv > 0 else "top"


class Cells:
    """What lies near: boxes sorted into squares of the floor, so that not all are looked at.

    A box of very many squares is near everything, so that none costs more than it helps.
    """

    def __init__(self, size_m: float) -> None:
        self._size = size_m
        self._in: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._large: list[int] = []
        self._all: list[int] = []

    def put(self, key: int, box: Box) -> None:
        self._all.append(key)
        squares = self._squares(box)
        if squares is None:
            self._large.append(key)
            return
        for square in squares:
            self._in[square].append(key)

    def near(self, box: Box) -> set[int]:
        """The keys whose squares a box touches."""
        squares = self._squares(box)
        if squares is None:
            return set(self._all)
        found = set(self._large)
        for square in squares:
            if keys := self._in.get(square):
                found.update(keys)
        return found

    def _squares(self, box: Box) -> list[tuple[int, int]] | None:
        left, top, right, bottom = (floor(edge / self._size) for edge in box)
        if (right - left + 1) * (bottom - top + 1) > MOST_SQUARES:
            return None
        return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def box_of(points: Iterable[Point]) -> Box:
    """The upright rectangle around points, of which there is at least one."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def edges(polygon: Polygon) -> Iterator[tuple[Point, Point]]:
    return pairwise((*polygon, polygon[0]))


def area_of(polygon: Polygon) -> float:
    """Its size in square metres (the shoelace formula)."""
    return abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in edges(polygon))) / 2


def within(point: Point, polygon: Polygon) -> bool:
    """Whether a point lies in a polygon: a ray from it crosses an odd number of edges."""
    x, y = point
    inside = False
    for (px, py), (qx, qy) in edges(polygon):
        if (py > y) != (qy > y) and x < (qx - px) * (y - py) / (qy - py) + px:
            inside = not inside
    return inside


def nearest(point: Point, p: Point, q: Point) -> tuple[float, float]:
    """The point of a segment nearest to a point: how far it is, and how far along from `p`."""
    dx, dy = q[0] - p[0], q[1] - p[1]
    length = hypot(dx, dy)
    if length == 0:
        return hypot(point[0] - p[0], point[1] - p[1]), 0.0
    t = ((point[0] - p[0]) * dx + (point[1] - p[1]) * dy) / length
    t = min(max(t, 0.0), length)
    x, y = p[0] + dx * t / length, p[1] + dy * t / length
    return hypot(point[0] - x, point[1] - y), t


def distance(point: Point, polygon: Polygon) -> float:
    """How far a point is from a polygon; 0 within it."""
    if within(point, polygon):
        return 0.0
    return min(nearest(point, p, q)[0] for p, q in edges(polygon))


def crossing(p: Point, q: Point, r: Point, s: Point) -> tuple[float, float] | None:
    """Where two segments cross or touch: the shares of each that lie before it.

    None where they do not, or lie in one direction.
    """
    ax, ay, bx, by = q[0] - p[0], q[1] - p[1], s[0] - r[0], s[1] - r[1]
    across = ax * by - ay * bx
    if abs(across) <= 1e-12 * hypot(ax, ay) * hypot(bx, by):
        return None
    cx, cy = r[0] - p[0], r[1] - p[1]
    t, u = (cx * by - cy * bx) / across, (cx * ay - cy * ax) / across
    return (t, u) if -1e-9 <= t <= 1 + 1e-9 and -1e-9 <= u <= 1 + 1e-9 else None


def meets(p: Point, q: Point, polygon: Polygon) -> bool:
    """Whether a segment crosses or touches an edge of a polygon, or lies within it."""
    return within(p, polygon) or any(crossing(p, q, r, s) for r, s in edges(polygon))


def angle_of(p: Point, q: Point) -> float:
    """The direction from one point to another, in degrees clockwise from the right."""
    return degrees(atan2(q[1] - p[1], q[0] - p[0]))
