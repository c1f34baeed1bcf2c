"""SVG as it is written: shapes and texts, in millimetres of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from services.scheduling.drawings.measuring import FAMILIES, runs, width
from services.scheduling.floor.ground import Point

INK, GROUT, WELL, EDGE = "#1b1d2b", "#d9d2c3", "#eae5da", "#7d7565"

LOOKS = {
    "tile": 'fill="#fff"',
    "ink": f'fill="{INK}"',
    "soft": 'fill="#545666"',
    "floor": 'fill="#f3f0e9"',
    "aisle": f'fill="{WELL}"',
    "cell": f'fill="#fff" stroke="{INK}" stroke-width=".25"',
    "free": f'fill="#fff" stroke="{EDGE}" stroke-width=".25" stroke-dasharray="1 .7"',
    "wall": f'fill="url(#wall)" stroke="{INK}" stroke-width=".25"',
    "stage": f'fill="url(#stage)" stroke="{INK}" stroke-width=".4"',
    "door": f'fill="{INK}"',
    "edge": f'fill="none" stroke="{INK}" stroke-width=".6"',
    "hollow": f'fill="#fff" stroke="{INK}" stroke-width=".5"',
    "line": f'fill="none" stroke="{GROUT}" stroke-width=".25"',
    "here": 'fill="#f2b030" stroke="#6b4200" stroke-width=".5"',
    "way": f'fill="none" stroke="{INK}" stroke-width=".9" stroke-dasharray="0 2"'
    ' stroke-linecap="round"',
    "halo": 'fill="none" stroke="#fff" stroke-width="1.7" stroke-linecap="round"'
    ' stroke-linejoin="round"',
    "": "",
}
"""How each kind of shape looks, as attributes: pages forbid styles."""


BOLD = ' font-weight="700"'
RIGHT_TO_LEFT = ' direction="rtl"'


def number(value: float) -> str:
    """A length to a hundredth of a millimetre."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


_BETWEEN = re.compile(r"([\s·–-]*)(.*?)([\s·–-]*)", re.DOTALL)


def _apart(part: str) -> list[str]:
    """Letters, and the spaces and dashes around them: in a text from right to left they are placed
    by us, for programs would put them at the other end of the letters."""
    found = _BETWEEN.fullmatch(part)
    return [] if found is None else [piece for piece in found.groups() if piece]


def is_rtl(text: str) -> bool:
    """Whether a text begins with a letter that is written from right to left."""
    first = next((letter for letter in text if letter.isalpha()), "")
    return "\u0590" <= first <= "\u08ff"


class Canvas:
    """One page."""

    def __init__(self, width_mm: float, height_mm: float, language: str) -> None:
        self.width_mm = width_mm
        self.height_mm = height_mm
        self.language = language
        self._parts: list[str] = []

    def add(self, part: str) -> None:
        self._parts.append(part)

    def path(
        self, points: Iterable[Point], look: str, *, closed: bool = True, more: str = ""
    ) -> None:
        line = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.add(f'<path {LOOKS[look]} d="M{line}{"Z" if closed else ""}"{more}/>')

    def rect(self, x: float, y: float, w: float, h: float, look: str, more: str = "") -> None:
        self.add(
            f'<rect {LOOKS[look]} x="{number(x)}" y="{number(y)}" width="{number(w)}"'
            f' height="{number(h)}"{more}/>'
        )

    def text(
        self,
        text: str,
        at: Point,
        size: float,
        *,
        most: float | None = None,
        bold: bool = False,
        anchor: str = "middle",
        look: str = "ink",
    ) -> float:
        """Writes a line whose middle, left or right end stands at a point, and returns its width.

        Its length is given with it, so that it is no longer in another font either; where it is
        longer than `most`, it is written smaller.
        """
        if not text:
            return 0.0
        rtl = is_rtl(text)
        parts = [part for _, part in runs(text, bold)]
        if rtl:
            parts = [piece for part in parts for piece in _apart(part)]
        wide = sum(width(part, bold) for part in parts) * size
        if most is not None and wide > most:
            size, wide = size * most / wide, most
        left = at[0] - wide * {"left": 0.0, "right": 1.0}.get(anchor, 0.5)
        attributes = f"{LOOKS[look]}{BOLD if bold else ''}"
        for part in reversed(parts) if rtl else parts:
            if part.strip():
                self._part(part, (left, at[1]), size, attributes, from_right=rtl)
            left += width(part, bold) * size
        return wide

    def _part(
        self, part: str, at: Point, size: float, attributes: str, *, from_right: bool
    ) -> None:
        """Letters of one font, so that no program has to find another, or to order them.

        They are placed by their middle: which end they begin at, programs do not agree about.
        """
        bold = BOLD in attributes
        letters = part.strip()
        before = width(part[: len(part) - len(part.lstrip())], bold) * size
        wide = width(letters, bold) * size
        left = at[0] + (width(part, bold) * size - before - wide if from_right else before)
        family = FAMILIES[runs(letters, bold)[0][0]]
        self.add(
            f'<text {attributes} x="{number(left + wide / 2)}" y="{number(at[1])}"'
            f' font-size="{number(size)}" font-family="{family}, sans-serif"'
            f' text-anchor="middle"{RIGHT_TO_LEFT if is_rtl(letters) else ""}'
            f' textLength="{number(wide)}" lengthAdjust="spacingAndGlyphs">'
            f"{escape(letters, quote=False)}</text>"
        )

    def page(self, definitions: str) -> str:
        """The page as a document of its own."""
        return document(self.language, self.width_mm, self.height_mm, definitions, [self])

    def body(self) -> str:
        return "".join(self._parts)


def document(
    language: str,
    width_mm: float,
    height_mm: float,
    definitions: str,
    pages: Sequence[Canvas],
) -> str:
    """Pages below each other in one picture."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width_mm)}'
        f' {number(height_mm)}" width="{number(width_mm)}mm" height="{number(height_mm)}mm"'
        f' xml:lang="{language}" role="img">',
        f"<defs>{definitions}</defs>",
        f'<rect fill="#fff" width="{number(width_mm)}" height="{number(height_mm)}"/>',
    ]
    top = 0.0
    for page in pages:
        parts.append(f'<g transform="translate(0 {number(top)})">{page.body()}</g>')
        top += page.height_mm
    return "".join((*parts, "</svg>"))
