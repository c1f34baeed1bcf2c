"""The sheets of a file as texts, whatever format it has."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chassis.kernel.refused import Refused
from services.registration.intakes import package, texts
from services.registration.intakes.package import MOST_ROWS, Format

MOST_COLUMNS = 100
MOST_LETTERS = 1_000
"""Of a cell; what is beyond is cut off before anything looks at it."""


@dataclass(frozen=True)
class Sheet:
    """`lines` begin with line 1 and column A, blank ones among them."""

    name: str
    lines: list[list[str]]


def sheets_of(data: bytes) -> list[Sheet]:
    """The sheets that have something on them.  Raises Refused."""
    format_ = package.format_of(data)
    package.look_through(data, format_)
    if format_ is Format.TEXT:
        found = [Sheet("", _bounded(texts.lines_of(texts.decoded(data))))]
    else:
        found = _of_package(data)
    if sum(any(line) for sheet in found for line in sheet.lines) > MOST_ROWS:
        raise Refused("intake_too_many_rows", limit=MOST_ROWS)
    return [sheet for sheet in found if any(map(any, sheet.lines))]


def _bounded(lines: list[list[str]]) -> list[list[str]]:
    return [[cell[:MOST_LETTERS].strip() for cell in line[:MOST_COLUMNS]] for line in lines]


def _of_package(data: bytes) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return [_sheet(book.get_sheet_by_name(name)) for name in book.sheet_names]
    except (CalamineError, ValueError, OSError) as error:
        raise Refused("intake_not_a_spreadsheet") from error


def _sheet(sheet: Any) -> Sheet:
    lines = [
        [text_of(cell) for cell in line[:MOST_COLUMNS]]
        for line in sheet.to_python(skip_empty_area=False)
    ]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        # Down a column it stands for each line; across, as titles do, for itself alone.
        if left == right < MOST_COLUMNS and bottom < len(lines):
            for row in range(top + 1, bottom + 1):
                lines[row][left] = lines[top][left]
    return Sheet(sheet.name, lines)


def text_of(cell: object) -> str:
    """A cell as a person would write it; an error of a formula is blank."""
    match cell:
        case bool():
            return "oui" if cell else "non"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case str():
            text = cell[:MOST_LETTERS].strip()
            return "" if text.startswith("#") and text.rstrip("!?0/").isupper() else text
        case _:
            return str(cell)[:MOST_LETTERS]
