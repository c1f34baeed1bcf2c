"""Lists of applications as delegations send them: made up, and the same bytes' worth each time."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from xlsxwriter import Workbook

HEADINGS = (
    "Nom de la coopérative",
    "Province",
    "Téléphone",
    "Présidente",
    "Produits",
    "N° registre",
)
ENTRIES: Sequence[Sequence[str]] = (
    ("Coopérative Tigmi inventée", "Zagora", "0612345601", "Nom inventé 1", "Couscous", "11/2019"),
    ("تعاونية الواحة المختلقة", "زاكورة", "0612345602", "اسم مختلق", "زيت الزيتون", "12/2019"),
    ("Association Izil inventée", "Tinghir", "0612345603", "Nom inventé 3", "Miel", "13/2019"),
)
MADE = datetime(2025, 1, 1)
"""What files say of when they were made."""
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"

Table = Sequence[Sequence[object]]


def xlsx(
    sheets: Mapping[str, Table],
    merged: Mapping[str, str] | None = None,
    formulas: Mapping[str, str] | None = None,
) -> bytes:
    """An XLSX file; `merged` are ranges and formulas cells of the first sheet."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, lines in sheets.items():
            page = book.add_worksheet(name)
            for at, line in enumerate(lines):
                for column, cell in enumerate(line):
                    if isinstance(cell, datetime):
                        page.write_datetime(at, column, cell, day)
                    elif isinstance(cell, str) and not cell.startswith("http"):
                        page.write_string(at, column, cell)
                    elif cell is not None:
                        page.write(at, column, cell)
        first = book.worksheets()[0]
        for where, text in (merged or {}).items():
            first.merge_range(where, text)
        for where, formula in (formulas or {}).items():
            first.write_formula(where, formula)
    return out.getvalue()


def xlsx_of(entries: Table, headings: Sequence[str] = HEADINGS) -> bytes:
    return xlsx({"Liste": [headings, *entries]})


def csv_of(
    entries: Table,
    headings: Sequence[str] = HEADINGS,
    *,
    separator: str = ";",
    encoding: str = "utf-8",
) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([headings, *entries])
    return out.getvalue().encode(encoding)


def ods_of(lines: Table, inner: str = "", head: str = "", manifest: str = "") -> bytes:
    """An ODS file with one sheet; `inner` is put into the sheet, `head` before the root element."""
    rows = "".join(
        f"<table:table-row>{''.join(map(_cell, line))}</table:table-row>" for line in lines
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Liste">{rows}{inner}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": ODS_TYPE.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": (
                '<?xml version="1.0"?><m:manifest'
                ' xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                f'<m:file-entry m:full-path="/" m:media-type="{ODS_TYPE}"/>'
                '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/>'
                f"{manifest}</m:manifest>"
            ).encode(),
        }
    )


def _cell(value: object) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, int | float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    text = escape(str(value))
    return (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )


def zipped(parts: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content, how)
    return out.getvalue()


def parts_of(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        return {name: package.read(name) for name in package.namelist()}


def with_part(file: bytes, name: str, content: bytes) -> bytes:
    """The file with one more part, or another in its place."""
    return zipped({**parts_of(file), name: content})
