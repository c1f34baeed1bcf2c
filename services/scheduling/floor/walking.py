"""How far visitors walk from an entrance to a booth along the aisles.

The middles of the aisles are a network: they are joined where they cross, and where one ends in
the width of another.  Entrances and the open sides of booths are tied to every aisle within reach.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from math import hypot, inf

from services.scheduling.floor.geometry import (
    EXACT_M,
    NORMALS,
    Cells,
    box_of,
    crossing,
    grown,
    nearest,
    place,
)
from services.scheduling.floor.ground import Aisle, Ground, Point
from services.scheduling.placing.booths import Booth

MOST_STRETCHES = 200
"""Straight parts of all aisles of one plan: a fair of 350 booths has some forty."""

REACH_M = 2.0
"""So far beyond the edge of an aisle a booth or an entrance is still on it."""


@dataclass(frozen=True, slots=True)
class Way:
    """How far it is from the nearest entrance to a booth, and the points that it leads over."""

    metres: float
    points: tuple[Point, ...]


def ways(booths: Sequence[Booth], ground: Ground, *, step_free: bool = False) -> Mapping[str, Way]:
    """The shortest way to each booth that can be reached; with `step_free`, without a step.

    Where no aisle is drawn, all ground is walked on, and the way is straight.
    """
    doors = [
        (entrance.x_m, entrance.y_m)
        for entrance in ground.entrances
        if entrance.step_free or not step_free
    ]
    if not doors:
        return {}
    if not ground.aisles:
        return {booth.booth_id: _straight(booth, doors) for booth in booths}
    aisles = [aisle for aisle in ground.aisles if aisle.step_free or not step_free]
    network = Network(aisles, doors)
    found = ((booth.booth_id, network.way_to(booth)) for booth in booths)
    return {booth_id: way for booth_id, way in found if way is not None}


def _straight(booth: Booth, doors: Sequence[Point]) -> Way:
    placed = place(booth)
    sides = [placed.door(side) for side in booth.open_sides or NORMALS]
    pairs = [(hypot(p[0] - q[0], p[1] - q[1]), p, q) for p in doors for q in sides]
    metres, *points = min(pairs)
    return Way(metres, tuple(points))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A straight part of an aisle."""

    p: Point
    q: Point
    width_m: float
    length: float

    @property
    def reach(self) -> float:
        return self.width_m / 2 + REACH_M + EXACT_M

    def at(self, metres: float) -> Point:
        share = metres / self.length
        (px, py), (qx, qy) = self.p, self.q
        return px + (qx - px) * share, py + (qy - py) * share


class Network:
    """The aisles as a graph, with the shortest way from some doors to each of its nodes."""

    def __init__(self, aisles: Sequence[Aisle], doors: Sequence[Point]) -> None:
        self._stretches = [
            _Stretch(p, q, aisle.width_m, hypot(q[0] - p[0], q[1] - p[1]))
            for aisle in aisles
            for p, q in pairwise(aisle.line)
            if p != q
        ]
        self._cells = Cells(8.0)
        for key, stretch in enumerate(self._stretches):
            self._cells.put(key, grown(box_of((stretch.p, stretch.q)), stretch.reach))
        self._points: list[Point] = []
        self._links: list[list[tuple[int, float]]] = []
        # The nodes of each stretch, so many metres from its beginning.
        self._on: list[list[tuple[float, int]]] = [[] for _ in self._stretches]
        starts = [
            (apart, self._node(key, along), door)
            for door in doors
            for key, apart, along in self._near(door)
        ]
        self._join()
        self._metres = [inf] * len(self._points)
        self._before: list[int | Point] = [0] * len(self._points)
        self._walk(starts)

    def way_to(self, booth: Booth) -> Way | None:
        """The shortest way to an open side of a booth; None where no aisle leads there."""
        placed = place(booth)
        best: tuple[float, int, Point, Point] | None = None
        for side in booth.open_sides or NORMALS:
            door, (u, v) = placed.door(side), placed.outward(side)
            for key, apart, along in self._near(door):
                x, y = self._stretches[key].at(along)
                if (x - door[0]) * u + (y - door[1]) * v < -EXACT_M:
                    continue  # Behind the booth.
                for node, more in self._ends(key, along):
                    metres = self._metres[node] + more + apart
                    if metres < (best[0] if best else inf):
                        best = metres, node, (x, y), door
        if best is None:
            return None
        return Way(best[0], (*self._points_to(best[1]), best[2], best[3]))

    def _near(self, point: Point) -> list[tuple[int, float, float]]:
        """The stretches within reach of a point: which, how far, and how far along."""
        found: list[tuple[int, float, float]] = []
        for key in sorted(self._cells.near((*point, *point))):
            stretch = self._stretches[key]
            apart, along = nearest(point, stretch.p, stretch.q)
            if apart <= stretch.reach:
                found.append((key, apart, along))
        return found

    def _join(self) -> None:
        for key, stretch in enumerate(self._stretches):
            ends = self._node(key, 0.0), self._node(key, stretch.length)
            for other in sorted(self._cells.near(box_of((stretch.p, stretch.q)))):
                if other != key:
                    self._tie(key, ends, other)
        for on in self._on:
            on.sort()
            for (before, a), (after, b) in pairwise(on):
                self._link(a, b, after - before)

    def _tie(self, key: int, ends: tuple[int, int], other: int) -> None:
        """Joins two stretches where they cross, and an end that lies in the width of the other."""
        one, two = self._stretches[key], self._stretches[other]
        if key < other and (cross := crossing(one.p, one.q, two.p, two.q)):
            here, there = (min(max(share, 0.0), 1.0) for share in cross)
            self._link(self._node(key, here * one.length), self._node(other, there * two.length), 0)
        for node in ends:
            apart, along = nearest(self._points[node], two.p, two.q)
            if apart <= two.width_m / 2 + EXACT_M:
                self._link(node, self._node(other, along), apart)

    def _node(self, key: int, along: float) -> int:
        node = len(self._points)
        self._points.append(self._stretches[key].at(along))
        self._links.append([])
        self._on[key].append((along, node))
        return node

    def _link(self, a: int, b: int, metres: float) -> None:
        self._links[a].append((b, metres))
        self._links[b].append((a, metres))

    def _walk(self, starts: Sequence[tuple[float, int, Point]]) -> None:
        """Dijkstra, from all doors at once."""
        queue: list[tuple[float, int]] = []
        for metres, node, door in starts:
            self._reach(queue, node, metres, door)
        while queue:
            metres, node = heappop(queue)
            if metres == self._metres[node]:
                for other, more in self._links[node]:
                    self._reach(queue, other, metres + more, node)

    def _reach(
        self, queue: list[tuple[float, int]], node: int, metres: float, before: int | Point
    ) -> None:
        if metres < self._metres[node]:
            self._metres[node], self._before[node] = metres, before
            heappush(queue, (metres, node))

    def _ends(self, key: int, along: float) -> list[tuple[int, float]]:
        """The nodes before and behind a place on a stretch, and how far they are."""
        on = self._on[key]
        behind = min(bisect_left(on, (along, -1)), len(on) - 1)
        return [(on[index][1], abs(on[index][0] - along)) for index in {max(behind - 1, 0), behind}]

    def _points_to(self, node: int) -> list[Point]:
        points = [self._points[node]]
        while isinstance(before := self._before[node], int):
            node = before
            points.append(self._points[node])
        return [before, *reversed(points)]
