"""How wide texts are in the fonts that we ship, shaped as they are shown.

Arabic letters are as wide as their neighbours make them, so that widths are those of shaped text.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

# It says nothing of its types.
hb: Any = import_module("uharfbuzz")

FONTS = Path(__file__).parents[3] / "chassis" / "fonts"
FAMILIES = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Tifinagh")
"""The order in which a letter's font is looked for."""
_FILES = ("NotoSans-{}.ttf", "NotoSansArabic-{}.ttf", "NotoSansTifinagh-Regular.ttf")


@cache
def _fonts(bold: bool) -> tuple[tuple[Any, frozenset[int]], ...]:
    """Each font and the letters that it has."""
    found: list[tuple[Any, frozenset[int]]] = []
    for name in _FILES:
        path = FONTS / name.format("Bold" if bold else "Regular")
        face = hb.Face(hb.Blob.from_file_path(str(path)))
        found.append((hb.Font(face), frozenset(face.unicodes)))
    return tuple(found)


def runs(text: str, bold: bool = False) -> list[tuple[int, str]]:
    """The parts of a text, each with the number of its font.

    A letter stays in the font of the one before it, where that has it: a space between two Arabic
    words is an Arabic one.
    """
    fonts = [letters for _, letters in _fonts(bold)]
    found: list[tuple[int, str]] = []
    number = next((n for letter in text if (n := _strong(letter)) is not None), 0)
    for letter in text:
        if ord(letter) not in fonts[number] or (_strong(letter) or number) != number:
            number = next((n for n, own in enumerate(fonts) if ord(letter) in own), 0)
        if found and found[-1][0] == number:
            found[-1] = number, found[-1][1] + letter
        else:
            found.append((number, letter))
    return found


def _strong(letter: str) -> int | None:
    """The font that a letter can only be in; None for spaces, digits and signs."""
    if "\u0600" <= letter <= "\u06ff":
        return 1
    if "\u2d30" <= letter <= "\u2d7f":
        return 2
    return 0 if letter.isalpha() else None


@lru_cache(8192)
def width(text: str, bold: bool = False) -> float:
    """The width of a text, in its font size."""
    total = 0.0
    for number, part in runs(text, bold):
        font = _fonts(bold)[number][0]
        buffer = hb.Buffer()
        buffer.add_str(part)
        buffer.guess_segment_properties()
        hb.shape(font, buffer)
        total += sum(each.x_advance for each in buffer.glyph_positions) / font.face.upem
    return total


def missing(text: str) -> str:
    """The letters of a text that none of our fonts has."""
    known = frozenset[int]().union(*(letters for _, letters in _fonts(False)))
    return "".join(letter for letter in text if ord(letter) not in known)


def wrapped(text: str, most: float, bold: bool = False) -> list[str]:
    """The lines of a text that are no wider, broken between words; a long word is wider."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, bold) <= most:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
