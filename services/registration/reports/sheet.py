"""A report as a table: a line for each figure, a column for each fair."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]
"""The figures of one fair: numbers, and numbers by a key."""
FORMULA = tuple("=+-@\t\r")
"""What a cell begins with that a spreadsheet would take for a formula."""


def lines_of(fairs: Sequence[tuple[str, Figures]]) -> list[list[str | int]]:
    """The table: figure, key, and the number of each fair; a number that no fair has is left out.

    What is counted by a key is 0 for a fair that lacks the key.
    """
    lines: list[list[str | int]] = [["figure", "key", *(name for name, _ in fairs)]]
    for figure in dict.fromkeys(name for _, figures in fairs for name in figures):
        values = [figures.get(figure) for _, figures in fairs]
        if all(isinstance(value, int) for value in values):
            lines.append([figure, "", *(int(value or 0) for value in values)])
        elif all(isinstance(value, dict) for value in values):
            by_key: list[Mapping[str, int]] = [value or {} for value in values]
            for key in sorted({key for each in by_key for key in each}):
                lines.append([figure, key, *(each.get(key, 0) for each in by_key)])
    return lines


def as_csv(lines: Sequence[Sequence[str | int]]) -> bytes:
    """The table as a spreadsheet opens it: UTF-8 with its mark, and no text taken for a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([[_as_text(cell) for cell in line] for line in lines])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _as_text(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
