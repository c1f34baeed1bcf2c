"""What a file is, before any library parses it: spreadsheets that could harm are refused here."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from xml.parsers import expat

from chassis.kernel.refused import Refused

UNPACKED = 50_000_000
"""Bytes that the parts of a file may have together."""
PARTS = 2_000
MOST_ROWS = 20_000
MOST_CELLS = 2_000_000
"""Of the rectangle around all that is written on a sheet; libraries keep all of it in memory."""
PIECE = 64 * 1024

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What the containers of encrypted workbooks begin with, and the workbooks of before 2007."""
ENCRYPTED_NAME = "EncryptedPackage".encode("utf-16-le")
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
MACROS = re.compile(r"(vbaProject|macrosheets/|^Basic/|^Scripts/|activeX/|dialogsheets/)", re.I)
LINKS = re.compile(r"(^xl/externalLinks/|^xl/connections\.xml$|^xl/queryTables/)", re.I)
XML = re.compile(r"\.(xml|rels|rdf)$", re.I)
FOLLOWED_BY_HAND = "/hyperlink"
"""Links of this type are opened by a click alone; every address that is typed becomes one."""
ODS_LINKS = {"table-source", "cell-range-source", "dde-source", "dde-link", "database-source-table"}


class Format(StrEnum):
    XLSX = "xlsx"
    ODS = "ods"
    TEXT = "csv"


def format_of(data: bytes) -> Format:
    """What a file is.  Raises Refused where it has macros, is encrypted, fetches something from
    elsewhere, unpacks to too much, or is no spreadsheet."""
    if data.startswith(OLE):
        if ENCRYPTED_NAME in data:
            raise Refused("intake_encrypted")
        raise Refused("intake_not_a_spreadsheet")
    if not data.startswith(b"PK\x03\x04"):
        # Texts have no zeros but in UTF-16, where every second byte may be one.
        if not data.strip() or (b"\0\0" in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff")):
            raise Refused("intake_not_a_spreadsheet")
        if data.startswith((b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff")):
            raise Refused("intake_not_a_spreadsheet")
        return Format.TEXT
    parts = _parts(data)
    names = set(parts)
    if any(MACROS.search(name) for name in names):
        raise Refused("intake_macros")
    if any(LINKS.search(name) for name in names):
        raise Refused("intake_links")
    if "xl/workbook.xml" in names:
        if b"macroEnabled" in _beginning(data, parts, "[Content_Types].xml"):
            raise Refused("intake_macros")
        return Format.XLSX
    if ODS_TYPE in _beginning(data, parts, "mimetype"):
        if b"encryption-data" in _beginning(data, parts, "META-INF/manifest.xml"):
            raise Refused("intake_encrypted")
        return Format.ODS
    raise Refused("intake_not_a_spreadsheet")


def _parts(data: bytes) -> dict[str, zipfile.ZipInfo]:
    """The parts of a package, by name."""
    # The directory says at its end how many there are: it is not read where they are too many.
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) < end + 22:
        raise Refused("intake_not_a_spreadsheet")
    if struct.unpack_from("<H", data, end + 10)[0] > PARTS:
        raise Refused("intake_too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Refused("intake_not_a_spreadsheet") from error
    if len(infos) > PARTS or sum(info.file_size for info in infos) > UNPACKED:
        raise Refused("intake_too_large")
    for info in infos:
        if info.flag_bits & 1:
            raise Refused("intake_encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("intake_not_a_spreadsheet")
    parts = {info.filename: info for info in infos}
    if len(parts) < len(infos):
        # Of two parts with one name, others may read the one that we did not look at.
        raise Refused("intake_not_a_spreadsheet")
    return parts


def _beginning(data: bytes, parts: dict[str, zipfile.ZipInfo], name: str) -> bytes:
    """The first piece of a part; nothing where there is no such part."""
    return next(_unpacked(data, parts[name]), b"") if name in parts else b""


def _unpacked(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part in pieces.  Raises Refused where it has more bytes than the directory says."""
    start = info.header_offset
    if data[start : start + 4] != b"PK\x03\x04" or len(data) < start + 30:
        raise Refused("intake_not_a_spreadsheet")
    name, extra = struct.unpack_from("<HH", data, start + 26)
    start += 30 + name + extra
    packed = memoryview(data)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), PIECE):
            yield bytes(packed[at : at + PIECE])
        return
    inflating, left, given = zlib.decompressobj(-15), bytes(packed), 0
    try:
        while not inflating.eof and (piece := inflating.decompress(left, PIECE)):
            left, given = inflating.unconsumed_tail, given + len(piece)
            if given > info.file_size:
                raise Refused("intake_too_large")
            yield piece
    except zlib.error as error:
        raise Refused("intake_not_a_spreadsheet") from error


def look_through(data: bytes, format_: Format) -> None:
    """Read all XML of a package, which takes its time.

    Raises Refused on a document type (its entities can grow without end), on what is fetched from
    elsewhere, and where the sheets have too much on them.
    """
    if format_ is Format.TEXT:
        return
    parts = _parts(data)
    for name, info in parts.items():
        if not (XML.search(name) or _is_xml(next(_unpacked(data, info), b""))):
            continue
        reading = _Reading(ods=format_ is Format.ODS)
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse_entities
        parser.StartElementHandler = reading.begin
        parser.EndElementHandler = reading.end
        try:
            for piece in _unpacked(data, info):
                parser.Parse(piece)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused("intake_not_a_spreadsheet") from error


def _is_xml(beginning: bytes) -> bool:
    """Whatever its name: a package says itself which of its parts is a sheet."""
    plain = beginning.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    return plain.startswith(b"<")


def _refuse_entities(*_: object) -> None:
    raise Refused("intake_entities")


class _Reading:
    """What is looked for in one part: links, and how far what is written on a sheet reaches."""

    def __init__(self, *, ods: bool) -> None:
        self.begin = self._ods if ods else self._xlsx
        self._cell = ""
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._written = False
        self._repeated = (1, 1)

    def _xlsx(self, element: str, attributes: dict[str, str]) -> None:
        name = element.rpartition(" ")[2]
        if name == "c":
            self._cell = attributes.get("r", "")
        elif name in ("v", "is") and self._cell:
            self._reach(*_place_of(self._cell))
        elif (
            name == "Relationship"
            and attributes.get("TargetMode") == "External"
            and not attributes.get("Type", "").endswith(FOLLOWED_BY_HAND)
        ):
            raise Refused("intake_links")

    def _ods(self, element: str, attributes: dict[str, str]) -> None:
        given = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        name = element.rpartition(" ")[2]
        if name in ODS_LINKS or (name in ("image", "object") and "://" in given.get("href", "")):
            raise Refused("intake_links")
        if name == "table":
            self._row = 0
        elif name == "table-row":
            self._repeated = (_times(given.get("number-rows-repeated")), 1)
            self._column, self._written = 0, False
        elif name in ("table-cell", "covered-table-cell"):
            self._repeated = (self._repeated[0], _times(given.get("number-columns-repeated")))
            self._column += self._repeated[1]
            if "value-type" in given:
                self._written = True
                self._reach(self._row + self._repeated[0], self._column)

    def end(self, element: str) -> None:
        if element.rpartition(" ")[2] == "table-row":
            self._row += self._repeated[0]

    def _reach(self, row: int, column: int) -> None:
        self._rows, self._columns = max(self._rows, row), max(self._columns, column)
        if self._rows * self._columns > MOST_CELLS:
            raise Refused("intake_too_many_rows", limit=MOST_ROWS)


def _times(repeated: str | None) -> int:
    return int(repeated) if repeated is not None and repeated.isdecimal() else 1


def _place_of(cell: str) -> tuple[int, int]:
    """Row and column of `C17`, from 1."""
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(cell[len(letters) :] or "1"), column
