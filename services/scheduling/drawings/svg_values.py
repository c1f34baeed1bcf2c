"""The values of SVG attributes: transforms, paths of straight lines, styles, names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from math import cos, radians, sin, tan

from chassis.kernel.refused import Refused
from services.scheduling.floor.ground import Point

Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f as SVG names them: x' = ax + cy + e, y' = bx + dy + f."""

SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_NUMBERS = re.compile(_NUMBER)
_TOKEN = re.compile(rf"([a-zA-Z])|({_NUMBER})|[\s,]+|(.)", re.DOTALL)
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*(px)?\s*")
_FUNCTION = re.compile(r"\s*([a-zA-Z]+)\s*\(([^)]*)\)\s*,?")
_ENCODED = re.compile(r"_x([0-9A-Fa-f]{2,4})_")
MOST_TRANSFORMS = 50


def number(text: str) -> float:
    """A length in user units.  Raises Refused on any other."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise Refused("value_wrong", value=text[:40])
    return float(found[1])


def numbers(text: str, most: int) -> list[float]:
    """The numbers in a list.  Raises Refused where there are more."""
    found = [float(each[0]) for each in islice(_NUMBERS.finditer(text), most + 1)]
    if len(found) > most:
        raise Refused("drawing_too_large", what="points", most=most // 2)
    return found


def apply(m: Matrix, x: float, y: float) -> Point:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def product(m: Matrix, n: Matrix) -> Matrix:
    """First `n`, then `m`."""
    a, b = m[0] * n[0] + m[2] * n[1], m[1] * n[0] + m[3] * n[1]
    c, d = m[0] * n[2] + m[2] * n[3], m[1] * n[2] + m[3] * n[3]
    return (a, b, c, d, *apply(m, n[4], n[5]))


def transform(text: str) -> Matrix:
    """The matrix of a `transform`.  Raises Refused on what is none."""
    matrix, end = SAME, 0
    for count, found in enumerate(_FUNCTION.finditer(text)):
        if found.start() != end or count == MOST_TRANSFORMS:
            break
        matrix, end = product(matrix, _step(found[1], numbers(found[2], 6))), found.end()
    if text[end:].strip():
        raise Refused("value_wrong", value=text[:40])
    return matrix


def _step(name: str, n: list[float]) -> Matrix:
    match f"{name} {len(n)}":
        case "matrix 6":
            return n[0], n[1], n[2], n[3], n[4], n[5]
        case "translate 1" | "translate 2":
            return 1.0, 0.0, 0.0, 1.0, n[0], n[1] if len(n) == 2 else 0.0
        case "scale 1" | "scale 2":
            return n[0], 0.0, 0.0, n[-1], 0.0, 0.0
        case "rotate 1":
            c, s = cos(radians(n[0])), sin(radians(n[0]))
            return c, s, -s, c, 0.0, 0.0
        case "rotate 3":
            turn = _step("rotate", n[:1])
            there, back = (1.0, 0.0, 0.0, 1.0, n[1], n[2]), (1.0, 0.0, 0.0, 1.0, -n[1], -n[2])
            return product(product(there, turn), back)
        case "skewX 1":
            return 1.0, 0.0, tan(radians(n[0])), 1.0, 0.0, 0.0
        case "skewY 1":
            return 1.0, tan(radians(n[0])), 0.0, 1.0, 0.0, 0.0
        case _:
            raise Refused("value_wrong", value=f"{name}({len(n)})"[:40])


def lines(path: str, most: int) -> list[tuple[list[Point], bool]]:
    """The parts of a path: their points, and whether they are closed.

    Raises Refused on curves, on more points than `most`, and on what is no path.
    """
    parts: list[tuple[list[Point], bool]] = []
    command, x, y, count = "", 0.0, 0.0, 0
    tokens = _tokens(path)
    for token in tokens:
        if isinstance(token, str):
            command = token
            if command in "zZ":
                if not parts:
                    raise Refused("value_wrong", value=path[:40])
                points, _ = parts[-1]
                parts[-1] = (points, True)
                x, y = points[0]
                continue
            token = next(tokens, None)
        if not isinstance(token, float) or command in "zZ":
            raise Refused("value_wrong", value=path[:40])
        begins = command in "mM"
        match command:
            case "M" | "L" | "m" | "l":
                other = next(tokens, None)
                if not isinstance(other, float):
                    raise Refused("value_wrong", value=path[:40])
                near = command.islower()
                x, y = (x + token, y + other) if near else (token, other)
                # Further points after a first one are lines.
                command = {"M": "L", "m": "l"}.get(command, command)
            case "H" | "h":
                x = token if command == "H" else x + token
            case "V" | "v":
                y = token if command == "V" else y + token
            case _:
                raise Refused("path_curved", value=command)
        count += 1
        if count > most:
            raise Refused("drawing_too_large", what="points", most=most)
        if begins or (parts and parts[-1][1]):
            start = [] if begins else [parts[-1][0][0]]
            parts.append(([*start, (x, y)], False))
        elif not parts:
            raise Refused("value_wrong", value=path[:40])
        else:
            parts[-1][0].append((x, y))
    return parts


def _tokens(path: str) -> Iterator[str | float]:
    for found in _TOKEN.finditer(path):
        if found[1]:
            yield found[1]
        elif found[2]:
            yield float(found[2])
        elif found[3]:
            raise Refused("value_wrong", value=path[:40])


def style_of(attributes: Mapping[str, str]) -> dict[str, str]:
    """The properties in a `style`."""
    pairs = (each.partition(":") for each in attributes.get("style", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if value}


def name_of(attributes: Mapping[str, str]) -> str:
    """What an element is called: Inkscape's label, Illustrator's name, or the id."""
    for key in ("inkscape:label", "data-name", "id"):
        if name := attributes.get(key, "").strip():
            return _ENCODED.sub(lambda found: chr(int(found[1], 16)), name)
    return ""
