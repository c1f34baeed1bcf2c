"""Tables as XLSX files, written in the child process."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from typing import Any

WIDTH = 24
MOST_NAME = 31

Tell = Callable[[float, str], None]


def write(given: Mapping[str, Any], progress: Tell) -> str:
    """The job: an XLSX file, in base64, of sheets with a line of headings each.

    Texts are written as texts, also those that look like a formula or a link.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        for number, sheet in enumerate(given["sheets"], 1):
            page = book.add_worksheet(name_of(sheet["name"], number))
            if sheet.get("right_to_left"):
                page.right_to_left()
            page.freeze_panes(1, 0)
            page.set_column(0, max(len(sheet["headings"]) - 1, 0), WIDTH)
            page.write_row(0, 0, sheet["headings"], bold)
            for at, line in enumerate(sheet["lines"], 1):
                if at % 100 == 0:
                    progress(at / len(sheet["lines"]), "writing")
                for column, cell in enumerate(line):
                    if isinstance(cell, str):
                        page.write_string(at, column, cell)
                    else:
                        page.write_number(at, column, cell)
    return base64.b64encode(out.getvalue()).decode()


def name_of(wanted: str, number: int) -> str:
    """A name that every program takes for a sheet; the number keeps it apart from others."""
    kept = "".join(" " if char in "[]:*?/\\'" else char for char in wanted).strip()
    return f"{number} {kept}"[:MOST_NAME].strip()
