"""Draws a plan for people: on a wall, on paper, on a phone.

The plan is never mirrored, whatever the language.  Each pole has a colour and a pattern along the
back of its booths; numbers and names stand on plain ground.  What does not fit a booth stands in
the index.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import hypot
from pathlib import Path

from services.scheduling.drawings.canvas import EDGE, WELL, Canvas
from services.scheduling.drawings.measuring import width, wrapped
from services.scheduling.floor.geometry import (
    OPPOSITE,
    Box,
    Placed,
    box_of,
    distance,
    place,
)
from services.scheduling.floor.ground import Point, Polygon
from services.scheduling.floor.plan import Plan
from services.scheduling.placing.booths import Booth, Side

LANGUAGES = ("ar", "fr", "zgh", "en")
SMALLEST_MM = 1.45
"""The size of the smallest letters of a name, about 4 points: read from a hand's distance."""
LARGEST_MM = 3.2
BACK = 0.16
"""The share of a booth that its pole's pattern takes."""

POLES = ("#2b3a8f", "#566b16", "#6d3a6c", "#14606a")
_PATTERNS = (
    # Twill, seeds, warp, zigzag.
    '<path d="M-1 1L1 -1M-1 3L3 -1M1 3L3 1" stroke-width=".5"/>',
    '<circle cx=".5" cy=".5" r=".36"/><circle cx="1.5" cy="1.5" r=".36"/>',
    '<path d="M.5 0V2M1.5 0V2" stroke-width=".45"/>',
    '<path d="M0 1.4L.5 .6L1 1.4L1.5 .6L2 1.4" stroke-width=".4"/>',
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands in a booth, as it is written there."""

    name: str
    family: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a picture shows.  Texts are in its language already."""

    plan: Plan
    language: str
    title: str
    poles: Mapping[str, str] = field(default_factory=dict[str, str])
    holders: Mapping[str, Holder] = field(default_factory=dict[str, Holder])
    held: frozenset[str] = frozenset()

    @property
    def rtl(self) -> bool:
        return self.language in ("ar", "zgh")

    def joined(self, *texts: str) -> str:
        """Texts in one line; by a sign that the font of their letters has."""
        return (" - " if self.rtl else " · ").join(filter(None, texts))


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def word(name: str, language: str, **more: object) -> str:
    """A word on a picture; Tamazight reads the Arabic one."""
    texts = _words()[name]
    return texts.get(language, texts["ar"]).format_map(more)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the floor lies on a page: so many millimetres a metre."""

    left: float
    top: float
    scale: float
    box: Box

    def at(self, point: Point) -> Point:
        return (
            self.left + (point[0] - self.box[0]) * self.scale,
            self.top + (point[1] - self.box[1]) * self.scale,
        )

    def all(self, points: Iterable[Point]) -> list[Point]:
        return [self.at(point) for point in points]


def extent(plan: Plan) -> Box:
    """The rectangle around all that is drawn, with a metre around it."""
    ground = plan.ground
    points: list[Point] = [*ground.outline, *((d.x_m, d.y_m) for d in ground.entrances)]
    for polygon in (*ground.obstacles, *(stage.area for stage in ground.stages)):
        points += polygon
    for booth in plan.booths.values():
        points += place(booth).corners()
    left, top, right, bottom = box_of(points)
    return left - 1.5, top - 1.5, right + 1.5, bottom + 1.5


def framed(box: Box, left: float, top: float, wide: float, high: float) -> Frame:
    """The floor as large as it fits, in the middle."""
    across, down = box[2] - box[0], box[3] - box[1]
    scale = min(wide / across, high / down)
    left += (wide - across * scale) / 2
    return Frame(left, top + (high - down * scale) / 2, scale, box)


def definitions(poles: Sequence[str]) -> str:
    parts: list[str] = []
    for n in range(len(poles)):
        # Colours and patterns go round at different speeds, so that sixteen poles differ.
        colour, shapes = POLES[n % 4], _PATTERNS[(n + n // 4) % 4]
        parts.append(
            f'<pattern id="p{n}" width="2" height="2" patternUnits="userSpaceOnUse">'
            f'<rect width="2" height="2" fill="#fff"/>'
            f'<g fill="{colour if "circle" in shapes else "none"}" stroke="'
            f'{"none" if "circle" in shapes else colour}">{shapes}</g></pattern>'
        )
    for name, colour in (("wall", EDGE), ("stage", "#c2512f")):
        parts.append(
            f'<pattern id="{name}" width="2" height="2" patternUnits="userSpaceOnUse">'
            f'<rect width="2" height="2" fill="#fff"/><path d="M0 0L2 2M0 2L2 0"'
            f' stroke="{colour}" stroke-width=".25" fill="none"/></pattern>'
        )
    return "".join(parts)


def poles_of(shown: Shown) -> list[str]:
    return list(dict.fromkeys(booth.pole_id for booth in shown.plan.booths.values()))


# The floor


def draw_ground(canvas: Canvas, frame: Frame, plan: Plan) -> None:
    ground = plan.ground
    if ground.outline:
        canvas.path(frame.all(ground.outline), "floor")
    for aisle in ground.aisles:
        line = "L".join(f"{x:.2f} {y:.2f}" for x, y in frame.all(aisle.line))
        wide = aisle.width_m * frame.scale
        canvas.add(
            f'<path d="M{line}" fill="none" stroke="{WELL}" stroke-width="{wide:.2f}"'
            ' stroke-linejoin="round" stroke-linecap="square"/>'
        )
    if ground.outline:
        canvas.path(frame.all(ground.outline), "edge")
    for obstacle in ground.obstacles:
        canvas.path(frame.all(obstacle), "wall")


def draw_stages(canvas: Canvas, frame: Frame, shown: Shown) -> None:
    for stage in shown.plan.ground.stages:
        points = frame.all(stage.area)
        canvas.path(points, "stage")
        left, top, right, bottom = box_of(points)
        text = word("stage", shown.language)
        size = min(4.0, (bottom - top) * 0.4)
        wide = min(width(text, True) * size, (right - left) * 0.9)
        x, y = (left + right) / 2, (top + bottom) / 2
        canvas.rect(x - wide / 2 - 0.6, y - size * 0.7, wide + 1.2, size * 1.4, "tile")
        canvas.text(text, (x, y + size * 0.36), size, most=wide, bold=True)


def draw_doors(canvas: Canvas, frame: Frame, shown: Shown) -> None:
    """A triangle at each entrance that points in, and its word outside where there is room."""
    ground = shown.plan.ground
    middle = frame.at(((frame.box[0] + frame.box[2]) / 2, (frame.box[1] + frame.box[3]) / 2))
    for door in ground.entrances:
        x, y = frame.at((door.x_m, door.y_m))
        dx, dy = _inward((door.x_m, door.y_m), ground.outline, (middle[0] - x, middle[1] - y))
        size = 2.6
        canvas.path(
            [
                (x + dx * size, y + dy * size),
                (x - dx * size * 0.5 - dy * size * 0.8, y - dy * size * 0.5 + dx * size * 0.8),
                (x - dx * size * 0.5 + dy * size * 0.8, y - dy * size * 0.5 - dx * size * 0.8),
            ],
            "door" if door.step_free else "hollow",
        )


def _inward(point: Point, outline: Polygon, else_to: Point) -> Point:
    """The direction from an entrance into the floor: across the wall that it stands in."""
    if outline:
        edges = list(zip(outline, (*outline[1:], outline[0]), strict=True))
        p, q = min(edges, key=lambda edge: _from_edge(point, *edge))
        length = hypot(q[0] - p[0], q[1] - p[1]) or 1.0
        normal = -(q[1] - p[1]) / length, (q[0] - p[0]) / length
        inside = distance((point[0] + normal[0], point[1] + normal[1]), outline) == 0
        return normal if inside else (-normal[0], -normal[1])
    length = hypot(*else_to) or 1.0
    return else_to[0] / length, else_to[1] / length


def _from_edge(point: Point, p: Point, q: Point) -> float:
    return distance(point, (p, q, p))


# The booths


def _back_of(booth: Booth) -> Side:
    for side in booth.open_sides:
        if OPPOSITE[side] not in booth.open_sides:
            return OPPOSITE[side]
    return "top"


def _plain(placed: Placed, back: Side, scale: float) -> tuple[Box, Box]:
    """In a booth's own millimetres, from its middle: the strip of its pole, and the plain rest."""
    w, d = placed.half_width * scale, placed.half_depth * scale
    strip = min(BACK * 2 * (d if back in ("top", "bottom") else w), 2.4)
    match back:
        case "top":
            return (-w, -d, w, -d + strip), (-w, -d + strip, w, d)
        case "bottom":
            return (-w, d - strip, w, d), (-w, -d, w, d - strip)
        case "left":
            return (-w, -d, -w + strip, d), (-w + strip, -d, w, d)
        case "right":
            return (w - strip, -d, w, d), (-w, -d, w - strip, d)


def draw_booth(
    canvas: Canvas, frame: Frame, shown: Shown, booth: Booth, pole: int, *, bare: bool = False
) -> bool:
    """Draws a booth; whether its holder's name and family stand in it.  A bare one has no label."""
    placed = place(booth)
    x, y = frame.at((placed.x, placed.y))
    turn = f" rotate({booth.turn_deg:.2f})" if booth.turn_deg else ""
    canvas.add(f'<g id="{booth.booth_id}" transform="translate({x:.2f} {y:.2f}){turn}">')
    w, d = placed.half_width * frame.scale, placed.half_depth * frame.scale
    strip, plain = _plain(placed, _back_of(booth), frame.scale)
    canvas.rect(-w, -d, 2 * w, 2 * d, "cell" if booth.booth_id in shown.held else "free")
    canvas.rect(
        *(strip[0], strip[1], strip[2] - strip[0], strip[3] - strip[1]),
        look="",
        more=f' fill="url(#p{pole})"',
    )
    fits = not bare and _labels(canvas, shown, booth.booth_id, plain)
    canvas.add("</g>")
    return fits


def _labels(canvas: Canvas, shown: Shown, booth_id: str, box: Box) -> bool:
    wide, high = (box[2] - box[0]) * 0.9, (box[3] - box[1]) * 0.88
    middle = (box[0] + box[2]) / 2
    holder = shown.holders.get(booth_id)
    label = width(booth_id, True)
    if holder is not None:
        size = min(LARGEST_MM, wide / label, high * 0.4)
        found = _fitted(holder, wide, high - size * 1.25)
        if found is not None:
            letters, lines = found
            y = box[1] + (box[3] - box[1] - size * 1.25 - letters * 1.3 * len(lines)) / 2
            canvas.text(booth_id, (middle, y + size), size, most=wide, bold=True)
            y += size * 1.25
            for line, soft in lines:
                look = "soft" if soft else "ink"
                canvas.text(line, (middle, y + letters), letters, most=wide, look=look)
                y += letters * 1.3
            return True
    size = min(LARGEST_MM * 1.25, 0.85 * wide / label, high * 0.8)
    y = (box[1] + box[3]) / 2 + size * 0.36
    canvas.text(booth_id, (middle, y), size, most=wide, bold=True)
    return holder is None


def _fitted(
    holder: Holder, wide: float, high: float
) -> tuple[float, list[tuple[str, bool]]] | None:
    """The size and the lines in which name and family fit; None where they do not."""
    letters = LARGEST_MM * 0.75
    while letters >= SMALLEST_MM:
        lines = [(line, False) for line in wrapped(holder.name, wide / letters)]
        lines += [(line, True) for line in wrapped(holder.family, wide / letters)]
        if len(lines) * letters * 1.3 <= high and all(
            width(line) * letters <= wide for line, _ in lines
        ):
            return letters, lines
        letters -= 0.25
    return None


def draw_star(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Two crossed squares."""
    points: list[Point] = []
    r, i = size, size * 0.765
    for n in range(16):
        turn = (1, 0.9239, 0.7071, 0.3827, 0, -0.3827, -0.7071, -0.9239)
        c = turn[n] if n < 8 else -turn[n - 8]
        s = (0, 0.3827, 0.7071, 0.9239, 1, 0.9239, 0.7071, 0.3827)[n % 8] * (1 if n < 8 else -1)
        radius = r if n % 2 == 0 else i
        points.append((x + radius * c, y + radius * s))
    canvas.path(points, "here")
