"""Files that are refused before, or while, they are read; each with the code of why."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

import pytest

from chassis.kernel.refused import Refused
from tests.lists import ENTRIES, HEADINGS, csv_of, ods_of, parts_of, with_part, xlsx_of, zipped
from tests.unit.registration.a_list import read_file

ONE = ENTRIES[0]
WORKBOOK = xlsx_of([ONE])
SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/worksheets/_rels/sheet1.xml.rels"


def with_relation(type_: str) -> bytes:
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" TargetMode="External" Target="http://x.ma/a" Type="http://s/{type_}"/>'
        "</Relationships>"
    )
    return with_part(WORKBOOK, RELATIONS, relation.encode())


def with_entities() -> bytes:
    sheet = parts_of(WORKBOOK)[SHEET].decode()
    head, _, rest = sheet.partition("?>")
    return with_part(WORKBOOK, SHEET, f'{head}?><!DOCTYPE w [<!ENTITY a "b">]>{rest}'.encode())


def with_cell(cell: str) -> bytes:
    sheet = parts_of(WORKBOOK)[SHEET].decode()
    far = f'<row r="9"><c r="{cell}"><v>1</v></c></row></sheetData>'
    return with_part(WORKBOOK, SHEET, sheet.replace("</sheetData>", far).encode())


def marked(file: bytes, flag: int) -> bytes:
    """With a flag in the directory of the first part, as encrypted files have it."""
    at = file.index(b"PK\x01\x02") + 8
    return file[:at] + struct.pack("<H", flag) + file[at + 2 :]


def with_size(file: bytes, size: int) -> bytes:
    """With another size in the directory, of its last part."""
    at = file.rindex(b"PK\x01\x02") + 24
    return file[:at] + struct.pack("<I", size) + file[at + 4 :]


def in_directory(file: bytes, at: int, value: int) -> bytes:
    """With another number in the directory, of its last part."""
    at += file.rindex(b"PK\x01\x02")
    return file[:at] + struct.pack("<H", value) + file[at + 2 :]


def stored_under_another_name() -> bytes:
    """A sheet with entities whose name does not say that it is one."""
    parts = parts_of(with_entities())
    sheet = parts.pop(SHEET)
    relations = parts["xl/_rels/workbook.xml.rels"].replace(b"sheet1.xml", b"sheet1.bin")
    return zipped({**parts, "xl/_rels/workbook.xml.rels": relations, SHEET[:-3] + "bin": sheet})


def twice() -> bytes:
    out = io.BytesIO(WORKBOOK)
    with zipfile.ZipFile(out, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr(SHEET, b"<a/>")
    return out.getvalue()


def with_broken_bytes() -> bytes:
    at = WORKBOOK.rindex(SHEET.encode(), 0, WORKBOOK.index(b"PK\x01\x02")) + len(SHEET)
    return WORKBOOK[:at] + b"\xff" * 20 + WORKBOOK[at + 20 :]


ODS = ods_of([HEADINGS, ONE])
REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "macros of Excel": (lambda: with_part(WORKBOOK, "xl/vbaProject.bin", b"x"), "intake_macros"),
    "a type with macros": (
        lambda: with_part(WORKBOOK, "[Content_Types].xml", b"sheet.macroEnabled.main"),
        "intake_macros",
    ),
    "macros of LibreOffice": (
        lambda: with_part(ODS, "Basic/Standard/Module1.xml", b"<a/>"),
        "intake_macros",
    ),
    "a container of an encrypted workbook": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "intake_encrypted",
    ),
    "a workbook of before 2007": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Workbook",
        "intake_not_a_spreadsheet",
    ),
    "an encrypted ODS": (
        lambda: ods_of([HEADINGS, ONE], manifest="<m:encryption-data/>"),
        "intake_encrypted",
    ),
    "an encrypted package": (lambda: marked(WORKBOOK, 1), "intake_encrypted"),
    "a linked workbook": (
        lambda: with_part(WORKBOOK, "xl/externalLinks/externalLink1.xml", b"<a/>"),
        "intake_links",
    ),
    "a query of data": (lambda: with_part(WORKBOOK, "xl/connections.xml", b"<a/>"), "intake_links"),
    "a picture from elsewhere": (lambda: with_relation("image"), "intake_links"),
    "a linked sheet of LibreOffice": (
        lambda: ods_of([HEADINGS, ONE], '<table:table-source xlink:href="file:///a.ods"/>'),
        "intake_links",
    ),
    "a picture from elsewhere, ODS": (
        lambda: ods_of([HEADINGS, ONE], '<draw:image xlink:href="https://x.ma/a.png"/>'),
        "intake_links",
    ),
    "entities": (with_entities, "intake_entities"),
    "entities, ODS": (
        lambda: ods_of([HEADINGS, ONE], head='<!DOCTYPE a [<!ENTITY b "c">]>'),
        "intake_entities",
    ),
    "a cell far away": (lambda: with_cell("XFD200"), "intake_too_many_rows"),
    "rows without end": (
        lambda: ods_of(
            [HEADINGS, ONE],
            '<table:table-row table:number-rows-repeated="1048000">'
            '<table:table-cell office:value-type="string" table:number-columns-repeated="3">'
            "<text:p>x</text:p></table:table-cell></table:table-row>",
        ),
        "intake_too_many_rows",
    ),
    "over 20,000 rows": (lambda: csv_of([["x", "y"]] * 20_001), "intake_too_many_rows"),
    "a bomb": (
        lambda: with_part(WORKBOOK, "xl/media/a.bin", bytes(50_000_001)),
        "intake_too_large",
    ),
    "a bomb that lies of its size": (
        lambda: with_size(
            zipped({**parts_of(WORKBOOK), "xl/a.xml": b"<a>" + b" " * 90_000 + b"</a>"}), 80_000
        ),
        "intake_too_large",
    ),
    "too many parts": (lambda: zipped({f"{at}": b"" for at in range(2_001)}), "intake_too_large"),
    "another package": (lambda: zipped({"word/document.xml": b"<a/>"}), "intake_not_a_spreadsheet"),
    "half a package": (lambda: WORKBOOK[:3000], "intake_not_a_spreadsheet"),
    "XML that is none": (
        lambda: with_part(WORKBOOK, SHEET, b"<worksheet><a></worksheet>"),
        "intake_not_a_spreadsheet",
    ),
    "a sheet that is missing": (
        lambda: zipped(
            {k: v for k, v in parts_of(WORKBOOK).items() if k != "xl/_rels/workbook.xml.rels"}
        ),
        "intake_not_a_spreadsheet",
    ),
    "entities in a part with another name": (stored_under_another_name, "intake_entities"),
    "entities in a package that is not compressed": (
        lambda: zipped(parts_of(with_entities()), zipfile.ZIP_STORED),
        "intake_entities",
    ),
    "two parts of one name": (twice, "intake_not_a_spreadsheet"),
    "the beginning of a package": (lambda: b"PK\x03\x04" + bytes(9), "intake_not_a_spreadsheet"),
    "a directory that cannot be read": (
        lambda: WORKBOOK.replace(b"PK\x01\x02", b"PK\x01\x00"),
        "intake_not_a_spreadsheet",
    ),
    "another way to compress": (
        lambda: in_directory(WORKBOOK, 10, 12),
        "intake_not_a_spreadsheet",
    ),
    "a part that is not where it should be": (
        lambda: in_directory(ODS, 42, 7),
        "intake_not_a_spreadsheet",
    ),
    "bytes that do not unpack": (with_broken_bytes, "intake_not_a_spreadsheet"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(9), "intake_not_a_spreadsheet"),
    "a PDF": (lambda: b"%PDF-1.7 x", "intake_not_a_spreadsheet"),
    "nothing": (lambda: b" \r\n", "intake_not_a_spreadsheet"),
    "half a letter of UTF-16": (lambda: b"\xff\xfea", "intake_not_a_spreadsheet"),
    "no headings": (lambda: csv_of([["a", "b"]], ["c", "d"]), "intake_no_headings"),
    "a cell without end": (lambda: csv_of([["a" * 140_000, "b"]]), "intake_not_a_spreadsheet"),
}


@pytest.mark.parametrize("dirt", REFUSED)
def test_a_file_that_could_harm_is_refused(dirt: str) -> None:
    file, code = REFUSED[dirt]
    with pytest.raises(Refused) as refused:
        read_file(file())
    assert refused.value.code == code
