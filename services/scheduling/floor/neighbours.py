"""Who stands beside, back to back and facing: what exhibitors see of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from services.scheduling.floor.geometry import (
    EXACT_M,
    OPPOSITE,
    TOUCHING_M,
    Box,
    Cells,
    Placed,
    box_of,
    gaps,
    grown,
    meets,
    place,
    side_towards,
)
from services.scheduling.floor.ground import Point, Polygon
from services.scheduling.placing.booths import Booth, Side

NEXT_TO_M = 2.0
"""Booths no further apart than this stand beside each other; every aisle is wider."""

FACING_M = 6.0
"""Over an aisle as wide as this, the booths on both sides are seen at once."""

Names = Mapping[str, tuple[str, ...]]
"""Booths by booth, in their order."""


def near(booths: Sequence[Booth]) -> tuple[Names, Names]:
    """Who stands beside each booth, and who back to back with it: both closed sides meet.

    Booths that do not say which sides are open are beside all that are near.
    """
    beside, back = _Pairs(booths), _Pairs(booths)
    for first, second in _near(booths):
        if not first.open_sides or not second.open_sides:
            beside.add(first, second)
            continue
        one, other = place(first), place(second)
        sides = side_towards(one, other), side_towards(other, one)
        if sides[0] in first.open_sides and _faces(one, sides[0], other):
            continue  # They face each other over a narrow aisle.
        closed = _is_back(first, sides[0]) and _is_back(second, sides[1])
        (back if closed else beside).add(first, second)
    return beside.sorted(), back.sorted()


def facing(booths: Sequence[Booth], obstacles: Sequence[Polygon] = ()) -> Names:
    """Whose open sides look at those of each booth over an aisle, with nothing in between."""
    pairs = _Pairs(booths)
    for first, second in _facing(booths, obstacles):
        pairs.add(first, second)
    return pairs.sorted()


class _Pairs:
    def __init__(self, booths: Sequence[Booth]) -> None:
        self._of: dict[str, set[str]] = {booth.booth_id: set() for booth in booths}

    def add(self, first: Booth, second: Booth) -> None:
        self._of[first.booth_id].add(second.booth_id)
        self._of[second.booth_id].add(first.booth_id)

    def sorted(self) -> Names:
        return {booth: tuple(sorted(others)) for booth, others in self._of.items()}


def _is_back(booth: Booth, side: Side) -> bool:
    return side not in booth.open_sides and OPPOSITE[side] in booth.open_sides


def overlap(booths: Sequence[Booth]) -> tuple[str, str] | None:
    """Two booths that would stand in one another, if there are any."""
    return next(overlaps(booths), None)


def overlaps(booths: Sequence[Booth]) -> Iterator[tuple[str, str]]:
    """All pairs of booths that would stand in one another."""
    for first, second, along in near_pairs(booths):
        if max(map(max, along)) < -TOUCHING_M:
            yield first.booth_id, second.booth_id


def _near(booths: Sequence[Booth]) -> Iterator[tuple[Booth, Booth]]:
    """Pairs up to NEXT_TO_M apart that look at each other along more than a touch."""
    for first, second, along in near_pairs(booths):
        if min(map(min, along)) < -TOUCHING_M:
            yield first, second


Gaps = tuple[Point, ...]


def near_pairs(booths: Sequence[Booth]) -> Iterator[tuple[Booth, Booth, Gaps]]:
    """Pairs up to NEXT_TO_M apart, with their gaps along each axis, negative where they share it.

    The axes are the plan's; for turned booths those of the one, and those of the other as well.
    """
    from_left = sorted(booths, key=lambda booth: (booth.x_m, booth.y_m, booth.booth_id))
    cells = Cells(2 * NEXT_TO_M)
    for key, second in enumerate(from_left):
        box = place(second).box()
        for before in cells.near(grown(box, NEXT_TO_M + EXACT_M)):
            first = from_left[before]
            if first.turn_deg == second.turn_deg == 0.0:
                # As they were measured before booths could be turned, to the last digit.
                right = first.x_m + first.width_m
                dy = max(first.y_m, second.y_m) - min(
                    first.y_m + first.depth_m, second.y_m + second.depth_m
                )
                if second.x_m <= right + NEXT_TO_M and dy <= NEXT_TO_M:
                    yield (
                        first,
                        second,
                        ((second.x_m - min(right, second.x_m + second.width_m), dy),),
                    )
            else:
                along = tuple(gaps(place(first), place(second)))
                if max(map(max, along)) <= NEXT_TO_M + EXACT_M:
                    yield first, second, along
        cells.put(key, box)


def _facing(booths: Sequence[Booth], obstacles: Sequence[Polygon]) -> Iterator[tuple[Booth, Booth]]:
    placed = [place(booth) for booth in booths]
    boxes = [one.box() for one in placed]
    cells = Cells(FACING_M)
    for key, box in enumerate(boxes):
        cells.put(key, box)
    walls = _Walls(obstacles)
    for key, one in enumerate(placed):
        for side in one.booth.open_sides:
            strip = _strip(one, side)
            before = [other for other in cells.near(strip) if _touch(boxes[other], strip)]
            for other in before:
                if other <= key:
                    continue
                back = _faces(one, side, placed[other])
                if back is None:
                    continue
                look = one.door(side), placed[other].door(back)
                seen_in = box_of(look)
                if not any(
                    meets(*look, placed[between].corners())
                    for between in cells.near(seen_in)
                    if between not in (key, other) and _touch(boxes[between], seen_in)
                ) and not walls.between(*look):
                    yield one.booth, placed[other].booth


def _strip(one: Placed, side: Side) -> Box:
    """The upright rectangle around what lies before a side."""
    u, v = one.outward(side)
    left, top, right, bottom = one.box()
    return (
        left + min(u, 0.0) * FACING_M,
        top + min(v, 0.0) * FACING_M,
        right + max(u, 0.0) * FACING_M,
        bottom + max(v, 0.0) * FACING_M,
    )


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _faces(one: Placed, side: Side, other: Placed) -> Side | None:
    """The open side of the other that looks at this one, if there is one."""
    if not _before(one, side, other):
        return None
    u, v = one.outward(side)
    for back in other.booth.open_sides:
        x, y = other.outward(back)
        if u * x + v * y < -0.7 and _before(other, back, one):
            return back
    return None


def _before(one: Placed, side: Side, other: Placed) -> bool:
    """Whether the other lies before a side: no further than FACING_M, and not past its ends."""
    if side_towards(one, other) != side:
        return False
    across, along = next(gaps(one, other))
    if side in ("top", "bottom"):
        across, along = along, across
    return along < -TOUCHING_M and -TOUCHING_M <= across <= FACING_M + EXACT_M


class _Walls:
    def __init__(self, obstacles: Sequence[Polygon]) -> None:
        self._obstacles = obstacles
        self._cells = Cells(FACING_M)
        for key, obstacle in enumerate(obstacles):
            self._cells.put(key, box_of(obstacle))

    def between(self, p: Point, q: Point) -> bool:
        return any(meets(p, q, self._obstacles[key]) for key in self._cells.near(box_of((p, q))))
