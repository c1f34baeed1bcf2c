"""Makes a floor of the shapes in the layers of a drawing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import hypot

from chassis.kernel.refused import Refused
from services.scheduling.drawings.drawn import (
    NUMBER,
    Drawn,
    Fault,
    finite,
    laid,
    moved,
    opened,
)
from services.scheduling.floor.geometry import NORMALS
from services.scheduling.floor.ground import Aisle, Entrance, Ground, Point, Polygon, Stage
from services.scheduling.placing.booths import Booth, Side

MOST = {
    "outline": 10,
    "booths": 1000,
    "entrances": 50,
    "aisles": 200,
    "obstacles": 200,
    "stages": 20,
}
"""Shapes of a layer: as many as a plan takes."""

_METRES = re.compile(r"([0-9]+(?:[.,][0-9]+)?)(m)?")


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a layer, in the units of the drawing, turned and moved as its groups say."""

    layer: str
    pole: str | None
    words: tuple[str, ...]
    """What it is called, word by word."""
    points: Polygon
    closed: bool
    stroke: float
    """The width of its line; of aisles only."""


def floor_of(shapes: Sequence[Shape], metres_per_unit: float | None) -> Drawn:
    """The floor, its corner at 0, 0.  Raises Refused where no scale is given, or none is drawn."""
    scale = metres_per_unit or _drawn_scale([each for each in shapes if each.layer == "scale"])
    in_metres = [_scaled(each, scale) for each in shapes if each.layer != "scale"]

    def of(layer: str) -> list[Shape]:
        found = [each for each in in_metres if each.layer == layer]
        if len(found) > (most := MOST[layer]):
            raise Refused("drawing_too_large", what=layer, most=most)
        return found

    faults: list[Fault] = []
    outlines = [_cleaned(each.points) for each in of("outline")]
    if len(outlines) > 1:
        faults.append(Fault("outline_twice", at=tuple(outline[0] for outline in outlines)))
    aisles = tuple(filter(None, (_aisle(each, faults) for each in of("aisles"))))
    ground = Ground(
        outline=outlines[0] if outlines and _is_polygon(outlines[0], faults) else (),
        entrances=tuple(_entrance(each) for each in of("entrances")),
        aisles=aisles,
        obstacles=tuple(
            polygon
            for each in of("obstacles")
            if _is_polygon(polygon := _cleaned(each.points), faults)
        ),
        stages=tuple(
            Stage(polygon, _after(each.words, "noise"))
            for each in of("stages")
            if _is_polygon(polygon := _cleaned(each.points), faults)
        ),
    )
    booths = filter(None, (_booth(each, faults) for each in of("booths")))
    return moved(Drawn(tuple(opened(each, aisles) for each in booths), ground, tuple(faults)))


def _drawn_scale(shapes: Sequence[Shape]) -> float:
    """Metres a unit, by a line that is called by its length."""
    for shape in shapes:
        length = sum(
            hypot(q[0] - p[0], q[1] - p[1])
            for p, q in zip(shape.points, shape.points[1:], strict=False)
        )
        for word in shape.words:
            if length > 0 and (found := _METRES.fullmatch(word)):
                return float(found[1].replace(",", ".")) / length
    raise Refused("scale_missing")


def _scaled(shape: Shape, scale: float) -> Shape:
    points = tuple((x * scale, y * scale) for x, y in shape.points)
    finite(*(value for point in points for value in point), shape.stroke * scale)
    rounded = tuple((round(x, 3), round(y, 3)) for x, y in points)
    return replace(shape, points=rounded, stroke=round(shape.stroke * scale, 3))


def _cleaned(points: Polygon) -> Polygon:
    """The corners, each once."""
    kept = [p for p, q in zip(points, (*points[1:], None), strict=True) if p != q]
    return tuple(kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept)


def _is_polygon(points: Polygon, faults: list[Fault]) -> bool:
    if len(points) < 3:
        faults.append(Fault("not_a_polygon", at=points[:1]))
    elif len(points) > 40:
        faults.append(Fault("too_many_corners", at=points[:1], more={"most": 40}))
    return 3 <= len(points) <= 40


def _middle(points: Polygon) -> Point:
    """The middle of the rectangle around them, to a millimetre."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return round((min(xs) + max(xs)) / 2, 3), round((min(ys) + max(ys)) / 2, 3)


def _has(words: Sequence[str], *wanted: str) -> bool:
    return any(word.lower() in wanted for word in words)


def _after(words: Sequence[str], name: str) -> float:
    """The number after a word: `noise 12`, `noise=12`, `noise-12`."""
    text = " ".join(words).lower()
    found = re.search(rf"{name}[ =-]*([0-9]+(?:\.[0-9]+)?)", text)
    return min(float(found[1]), 10_000.0) if found else 0.0


def _entrance(shape: Shape) -> Entrance:
    return Entrance(*_middle(shape.points), step_free=not _has(shape.words, "steps"))


def _aisle(shape: Shape, faults: list[Fault]) -> Aisle | None:
    step_free = not _has(shape.words, "steps")
    points = _cleaned(shape.points) if shape.closed else shape.points
    if not shape.closed and 2 <= len(points) <= 20 and shape.stroke > 0:
        return Aisle(points, shape.stroke, step_free)
    if shape.closed and (rectangle := laid(points)):
        # Of a rectangle the middle line, along the longer sides.
        a, b, c, d = points
        if hypot(b[0] - a[0], b[1] - a[1]) < hypot(c[0] - b[0], c[1] - b[1]):
            a, b, c, d = b, c, d, a
        width = min(rectangle.width_m, rectangle.depth_m)
        return Aisle((_middle((a, d)), _middle((b, c))), width, step_free)
    faults.append(Fault("aisle_unclear", at=points[:1]))
    return None


_OFFERS: dict[str, Callable[[Booth], Booth]] = {
    "electricity": lambda booth: replace(booth, electricity=True),
    "water": lambda booth: replace(booth, water=True),
    "corner": lambda booth: replace(booth, corner=True),
    "steps": lambda booth: replace(booth, step_free=False),
    "partner": lambda booth: replace(booth, institutional=True),
}


def _booth(shape: Shape, faults: list[Fault]) -> Booth | None:
    at = (_middle(shape.points),)
    number = shape.words[0].upper() if shape.words else ""
    if not NUMBER.fullmatch(number):
        faults.append(Fault("number_missing", at=at))
        return None
    if shape.pole is None:
        faults.append(Fault("pole_missing", (number,), at))
        return None
    rectangle = laid(_cleaned(shape.points))
    if rectangle is None:
        faults.append(Fault("booth_not_rectangular", (number,), at))
        return None
    if min(rectangle.width_m, rectangle.depth_m) < 0.1 or rectangle.width_m > 1000:
        faults.append(Fault("booth_size", (number,), at))
        return None
    sides: list[Side] = [side for side in NORMALS if _has(shape.words, f"open-{side}")]
    booth = Booth(
        number,
        shape.pole,
        rectangle.x_m,
        rectangle.y_m,
        rectangle.width_m,
        rectangle.depth_m,
        turn_deg=rectangle.turn_deg,
        open_sides=tuple(sides),
    )
    for word in shape.words[1:]:
        booth = _OFFERS.get(word.lower(), _as_it_is)(booth)
    return booth


def _as_it_is(booth: Booth) -> Booth:
    return booth
