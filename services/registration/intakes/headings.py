"""The line of headings of a sheet, and which column is what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.registration.intakes import words
from services.registration.intakes.words import PASSED_OVER, words_of

LOOKED_AT = 40
"""Lines in which headings are looked for: titles stand above them."""
NEEDED = "name"
LEAST = 2
NAMES = ("name", "name_ar", "name_fr")


@dataclass(frozen=True)
class Head:
    """`line` counts from 0; `columns` are by field; several columns may be of a name."""

    line: int
    columns: Mapping[str, tuple[int, ...]]
    unread: tuple[int, ...]
    """The columns whose headings nobody knows."""


def head_of(lines: list[list[str]]) -> Head | None:
    """The headings of a sheet: the line in which most of them are known; None where there is none
    with a name."""
    heads = [_head(at, line) for at, line in enumerate(lines[:LOOKED_AT])]
    able = [
        head
        for head in heads
        if len(head.columns) >= LEAST and any(name in head.columns for name in NAMES)
    ]
    return max(able, key=lambda head: (len(head.columns), -head.line), default=None)


def _head(at: int, line: list[str]) -> Head:
    best: dict[str, list[tuple[int, int]]] = {}
    unread: list[int] = []
    for column, text in enumerate(line):
        if not text:
            continue
        field, weight = field_of(text)
        if field is None:
            unread.append(column)
        elif field != PASSED_OVER:
            best.setdefault(field, []).append((-weight, column))
    columns: dict[str, tuple[int, ...]] = {}
    for field, those in best.items():
        # Of several, the one whose heading says it most plainly; names come in two languages.
        ordered = [column for _, column in sorted(those)]
        columns[field] = tuple(ordered if field in NAMES else ordered[:1])
    return Head(at, columns, tuple(unread))


def field_of(text: str) -> tuple[str | None, int]:
    """The field of a heading, and by how many of its words; all of them count as one more."""
    given = words_of(text)
    found = words.headings().get(given)
    if found is not None:
        return found, len(given) + 1
    for length in range(len(given) - 1, 0, -1):
        for start in range(len(given) - length + 1):
            found = words.headings().get(given[start : start + length])
            if found is not None:
                return found, length
    return None, 0
