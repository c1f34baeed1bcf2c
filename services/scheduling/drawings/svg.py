"""Reads a floor out of an SVG drawing; docs/drawings.md says how one is drawn.

Expat calls us element by element, so that what is refused is refused before anything is built or
expanded: a document type, entities, scripts, links, and whatever asks for another file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from xml.parsers import expat

from chassis.kernel.refused import Refused
from services.scheduling.drawings.drawn import NUMBER, Drawn
from services.scheduling.drawings.layers import Shape, floor_of
from services.scheduling.drawings.svg_values import (
    SAME,
    Matrix,
    apply,
    lines,
    name_of,
    number,
    numbers,
    product,
    style_of,
    transform,
)
from services.scheduling.floor.ground import Point

MOST_DEPTH = 60
MOST_ELEMENTS = 30_000
MOST_POINTS = 20_000
MOST_SHAPES = 3_000
MOST_CHARACTERS = 10_000
CHUNK = 65_536

LAYERS = frozenset({"outline", "booths", "entrances", "aisles", "obstacles", "stages", "scale"})

FORBIDDEN = frozenset(
    {
        *("script", "foreignObject", "a", "image", "use", "iframe", "animate", "set", "handler"),
        *("animateMotion", "animateTransform", "animateColor", "discard", "listener", "feImage"),
        *("video", "audio", "embed", "object", "tref", "cursor", "mpath", "font-face-uri"),
    }
)
"""What runs, leads elsewhere, or shows what is not in the file."""

SKIPPED = frozenset(
    {
        *("defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata", "filter"),
        *("text", "title", "desc", "linearGradient", "radialGradient", "flowRoot", "switch"),
    }
)
"""What is no part of the floor."""

SHAPES = frozenset({"rect", "polygon", "polyline", "line", "path", "circle", "ellipse"})
_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|@import|javascript:|expression\s*\(", re.I)


@dataclass(slots=True)
class _Group:
    matrix: Matrix
    layer: str | None
    pole: str | None
    words: tuple[str, ...]
    numbered: bool


def read_svg(content: bytes, metres_per_unit: float | None = None) -> Drawn:
    """The floor in a drawing.  `metres_per_unit` goes before the scale that is drawn.

    Raises Refused.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.doctype
    parser.ExternalEntityRefHandler = reader.doctype
    parser.ProcessingInstructionHandler = reader.instruction
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        for at in range(0, len(content), CHUNK):
            parser.Parse(content[at : at + CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("not_well_formed", line=error.lineno) from None
    except (ValueError, LookupError):
        # An encoding that Python does not know, or that is not what the file says.
        raise Refused("not_well_formed", line=1) from None
    return floor_of(reader.shapes, metres_per_unit)


class _Reader:
    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self._stack: list[_Group] = []
        self._skipping = 0
        self._elements = 0
        self._points = MOST_POINTS
        self._style: list[str] | None = None

    def doctype(self, *_: object) -> int:
        raise Refused("document_type_refused")

    def instruction(self, target: str, _: str) -> None:
        if target.startswith("xml-stylesheet"):
            raise Refused("reference_refused", what=target)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise Refused("drawing_too_large", what="elements", most=MOST_ELEMENTS)
        if len(self._stack) + self._skipping >= MOST_DEPTH:
            raise Refused("drawing_too_deep", most=MOST_DEPTH)
        prefix, _, local = name.rpartition(":")
        _refuse(local, attributes)
        if not self._stack and not self._skipping and local != "svg":
            raise Refused("not_a_drawing")
        hidden = "none" in (style_of(attributes).get("display"), attributes.get("display"))
        if local == "style":
            self._style = []
        if self._skipping or local in SKIPPED or prefix not in ("", "svg") or hidden:
            self._skipping += 1
            return
        group = self._group(local, attributes)
        self._stack.append(group)
        if local in SHAPES and group.layer is not None:
            self._shape(local, attributes, group)

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "style":
            self._style = None
        if self._skipping:
            self._skipping -= 1
        else:
            self._stack.pop()

    def text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)
            if _OUTSIDE.search("".join(self._style[-2:])):
                raise Refused("reference_refused", what="style")

    def _group(self, local: str, attributes: Mapping[str, str]) -> _Group:
        above = self._stack[-1] if self._stack else _Group(SAME, None, None, (), False)
        matrix = above.matrix
        if own := attributes.get("transform"):
            matrix = product(matrix, transform(own))
        words = tuple(re.split(r"[\s_:/,]+", name_of(attributes).strip("_ ")))
        layer, pole = above.layer, above.pole
        is_number = NUMBER.fullmatch(words[0].upper()) is not None
        if layer == "booths" and not is_number and above.numbered:
            words = above.words
        if local == "g":
            first = words[0].lower() if words else ""
            named, _, rest = first.partition("-")
            if layer is None and named in LAYERS:
                layer = named
                pole = "-".join(filter(None, (rest, *(word.lower() for word in words[1:]))))
            elif (
                layer == "booths"
                and not pole
                and not re.fullmatch(r"(g|layer)?\d*", first)
                and not is_number
            ):
                pole = "-".join(word.lower() for word in words)
        return _Group(matrix, layer, pole or None, words, is_number or above.numbered)

    def _shape(self, local: str, attributes: Mapping[str, str], group: _Group) -> None:
        stroke = style_of(attributes).get("stroke-width", attributes.get("stroke-width", "1"))
        stretch = sqrt(abs(group.matrix[0] * group.matrix[3] - group.matrix[1] * group.matrix[2]))
        for points, closed in self._outlines(local, attributes):
            self._points -= len(points)
            if self._points < 0:
                raise Refused("drawing_too_large", what="points", most=MOST_POINTS)
            if len(self.shapes) == MOST_SHAPES:
                raise Refused("drawing_too_large", what="shapes", most=MOST_SHAPES)
            self.shapes.append(
                Shape(
                    group.layer or "",
                    group.pole,
                    group.words,
                    tuple(apply(group.matrix, x, y) for x, y in points),
                    closed,
                    number(stroke) * stretch if group.layer == "aisles" else 0.0,
                )
            )

    def _outlines(
        self, local: str, attributes: Mapping[str, str]
    ) -> Sequence[tuple[Sequence[Point], bool]]:
        def of(*names: str) -> list[float]:
            return [number(attributes.get(name, "0")) for name in names]

        match local:
            case "rect":
                x, y, w, h = of("x", "y", "width", "height")
                return [([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], True)]
            case "line":
                x, y, to_x, to_y = of("x1", "y1", "x2", "y2")
                return [([(x, y), (to_x, to_y)], False)]
            case "polygon" | "polyline":
                found = numbers(attributes.get("points", ""), 2 * self._points)
                pairs = list(zip(found[::2], found[1::2], strict=False))
                return [(pairs, local == "polygon")] if pairs else []
            case "path":
                return lines(attributes.get("d", ""), self._points)
            case _:
                x, y, rx, ry = of("cx", "cy", "rx", "ry")
                if local == "circle":
                    rx = ry = of("r")[0]
                turns = [2 * pi * n / 16 for n in range(16)]
                return [([(x + rx * cos(t), y + ry * sin(t)) for t in turns], True)]


def _refuse(local: str, attributes: Mapping[str, str]) -> None:
    if local in FORBIDDEN:
        raise Refused("element_refused", what=local)
    for name, value in attributes.items():
        plain = name.rpartition(":")[2].lower()
        if plain.startswith("on"):
            raise Refused("element_refused", what=name[:40])
        if plain == "base" or (plain in ("href", "src") and not value.startswith("#")):
            raise Refused("reference_refused", what=name[:40])
        if plain in ("d", "points"):
            continue  # Nothing but numbers counts there, however long it is.
        if len(value) > MOST_CHARACTERS:
            raise Refused("drawing_too_large", what=name[:40], most=MOST_CHARACTERS)
        if len(value) > 8 and _OUTSIDE.search(value):
            raise Refused("reference_refused", what=name[:40])
