"""What is wrong with a floor, before anybody builds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from services.scheduling.drawings.drawn import Drawn, Fault
from services.scheduling.floor.geometry import (
    TOUCHING_M,
    Cells,
    Placed,
    angle_of,
    area_of,
    box_of,
    crossing,
    edges,
    gaps,
    place,
    within,
)
from services.scheduling.floor.ground import Aisle, Ground, Point, Polygon
from services.scheduling.floor.neighbours import overlaps
from services.scheduling.floor.plan import Plan, draw
from services.scheduling.floor.walking import MOST_STRETCHES
from services.scheduling.placing.booths import Booth

MIN_AISLE_M = 2.0
"""Two wheelchairs pass each other; and booths over it do not stand beside each other."""

MOST_BOOTHS = 1000
MOST_FAULTS = 500
"""A drawing in a wrong scale has a fault at every booth: nobody reads more than these."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the fair allows; None where it is not known."""

    poles: frozenset[str] | None = None
    area_m2: float | None = None
    min_aisle_m: float = MIN_AISLE_M


def faults_of(drawn: Drawn, limits: Limits) -> list[Fault]:
    """What could not be understood, then what cannot be built, then what breaks a limit."""
    found = list(drawn.faults)
    for check in (_numbers, _poles, _overlaps, _outside, _stands_on, _aisles, _area, _reached):
        for fault in check(drawn, limits):
            if len(found) == MOST_FAULTS:
                return found
            found.append(fault)
    return found


def _numbers(drawn: Drawn, _: Limits) -> Iterator[Fault]:
    if not drawn.booths and not drawn.faults:
        yield Fault("no_booths")
    if len(drawn.booths) > MOST_BOOTHS:
        yield Fault("too_many_booths", more={"most": MOST_BOOTHS})
    times = Counter(booth.booth_id for booth in drawn.booths)
    for number, count in sorted(times.items()):
        if count > 1:
            at = tuple(middle(b) for b in drawn.booths if b.booth_id == number)
            yield Fault("number_twice", (number,), at)


def _poles(drawn: Drawn, limits: Limits) -> Iterator[Fault]:
    for booth in drawn.booths:
        if limits.poles is not None and booth.pole_id not in limits.poles:
            yield Fault(
                "pole_strange", (booth.booth_id,), (middle(booth),), {"pole": booth.pole_id}
            )


def _overlaps(drawn: Drawn, _: Limits) -> Iterator[Fault]:
    by_id = {booth.booth_id: booth for booth in drawn.booths}
    for first, second in sorted(tuple(sorted(pair)) for pair in overlaps(drawn.booths)):
        yield Fault("overlap", (first, second), (middle(by_id[first]), middle(by_id[second])))


def _outside(drawn: Drawn, _: Limits) -> Iterator[Fault]:
    outline = drawn.ground.outline
    if not outline:
        return
    for booth in drawn.booths:
        inner = _shrunk(booth)
        if not all(within(corner, outline) for corner in inner) or _cross(inner, outline):
            yield Fault("outside", (booth.booth_id,), (middle(booth),))


def _stands_on(drawn: Drawn, _: Limits) -> Iterator[Fault]:
    cells = Cells(4.0)
    inner = [_shrunk(booth) for booth in drawn.booths]
    for key, corners in enumerate(inner):
        cells.put(key, box_of(corners))
    for code, areas in (
        ("on_obstacle", drawn.ground.obstacles),
        ("on_stage", [stage.area for stage in drawn.ground.stages]),
    ):
        for area in areas:
            for key in sorted(cells.near(box_of(area))):
                if _share(inner[key], area):
                    booth = drawn.booths[key]
                    yield Fault(code, (booth.booth_id,), (middle(booth),))


def _aisles(drawn: Drawn, limits: Limits) -> Iterator[Fault]:
    aisles = drawn.ground.aisles
    for aisle in aisles:
        if aisle.width_m < limits.min_aisle_m - TOUCHING_M:
            more = {"width": round(aisle.width_m, 2), "least": limits.min_aisle_m}
            yield Fault("aisle_narrow", at=aisle.line[:2], more=more)
    if sum(len(aisle.line) - 1 for aisle in aisles) > MOST_STRETCHES:
        yield Fault("too_many_stretches", more={"most": MOST_STRETCHES})
        return
    cells = Cells(4.0)
    placed = [place(booth) for booth in drawn.booths]
    for key, one in enumerate(placed):
        cells.put(key, one.box())
    narrowed: dict[str, Fault] = {}
    for aisle in aisles:
        for band in _bands(aisle):
            for key in cells.near(band.box()):
                if max(map(max, gaps(band, placed[key]))) < -TOUCHING_M:
                    booth = drawn.booths[key]
                    narrowed[booth.booth_id] = Fault(
                        "in_aisle", (booth.booth_id,), (middle(booth),)
                    )
    yield from (narrowed[booth] for booth in sorted(narrowed))


def _area(drawn: Drawn, limits: Limits) -> Iterator[Fault]:
    if limits.area_m2 is None or not drawn.booths:
        return
    area = ground_m2(drawn.booths, drawn.ground)
    if area > limits.area_m2 + 0.5:
        more = {"area": round(area), "most": round(limits.area_m2)}
        yield Fault("area_too_large", at=drawn.ground.outline[:1], more=more)


def ground_m2(booths: Sequence[Booth], ground: Ground) -> float:
    """The size of the outline; where none is drawn, of the rectangle around all booths."""
    if ground.outline:
        return area_of(ground.outline)
    if not booths:
        return 0.0
    left, top, right, bottom = box_of(c for booth in booths for c in place(booth).corners())
    return (right - left) * (bottom - top)


def _reached(drawn: Drawn, _: Limits) -> Iterator[Fault]:
    ground = drawn.ground
    if sum(len(aisle.line) - 1 for aisle in ground.aisles) > MOST_STRETCHES:
        return
    if ground.aisles and not ground.entrances:
        yield Fault("no_entrance")
        return
    plan: Plan = draw(1, drawn.booths, ground)
    for name, booth in sorted(plan.booths.items()):
        if ground.entrances and name not in plan.ways:
            yield Fault("not_reached", (name,), (middle(booth),))
        elif booth.step_free and name in plan.unreached:
            yield Fault("not_step_free", (name,), (middle(booth),))


def middle(booth: Booth) -> Point:
    return round(booth.x_m + booth.width_m / 2, 2), round(booth.y_m + booth.depth_m / 2, 2)


def _shrunk(booth: Booth) -> Polygon:
    """Its corners, a touch further in: what only touches does not share."""
    one = place(booth)
    w, d = one.half_width - TOUCHING_M, one.half_depth - TOUCHING_M
    return one.at(-w, -d), one.at(w, -d), one.at(w, d), one.at(-w, d)


def _cross(one: Polygon, other: Polygon) -> bool:
    return any(crossing(p, q, r, s) for p, q in edges(one) for r, s in edges(other))


def _share(one: Polygon, other: Polygon) -> bool:
    return within(one[0], other) or within(other[0], one) or _cross(one, other)


def _bands(aisle: Aisle) -> Iterator[Placed]:
    """The straight parts of an aisle as turned rectangles."""
    for p, q in pairwise(aisle.line):
        length = hypot(q[0] - p[0], q[1] - p[1])
        x, y = (p[0] + q[0] - length) / 2, (p[1] + q[1] - aisle.width_m) / 2
        yield place(Booth("", "", x, y, length, aisle.width_m, turn_deg=angle_of(p, q)))
