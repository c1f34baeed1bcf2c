"""Spreadsheets as text: CSV files in the encodings and with the separators that they come in."""

from __future__ import annotations

import csv
import io
import re

from chassis.kernel.refused import Refused

SEPARATORS = ";,\t|"
LOOKED_AT = 100
"""Lines by which a separator is found."""
LATIN = "A-Za-zÀ-ÿŒœ"
ARABIC = "\u0621-\u064a\u067e\u0686\u0698\u06a9\u06af\u06ba\u06be\u06c1\u06d2"
ARABIC_PAIR = re.compile(f"[{ARABIC}]{{2}}")
MIXED = re.compile(f"[{LATIN}][{ARABIC}]|[{ARABIC}][{LATIN}]")
UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def decoded(data: bytes) -> str:
    """The text of a file.  Raises Refused where it is none."""
    mark = data[:2]
    if mark in UTF_16:
        return _strictly(data[2:], UTF_16[mark])
    if b"\0" in data:
        # Without a mark: most letters of separators and digits have their zero behind or before.
        behind = data[1::2].count(0) > data[::2].count(0)
        return _strictly(data, "utf-16-le" if behind else "utf-16-be")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _of_windows(data)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("intake_not_a_spreadsheet") from error


def _of_windows(data: bytes) -> str:
    """Windows-1256 or -1252: small French letters have the same bytes in both, so that it is told
    by the Arabic ones, which stand in words of their own or are none."""
    arabic = data.decode("cp1256", "replace")
    if len(ARABIC_PAIR.findall(arabic)) > len(MIXED.findall(arabic)):
        return arabic
    return data.decode("cp1252", "replace")


def lines_of(text: str) -> list[list[str]]:
    """The cells of a text, by the separator that gives most lines as many cells as each other.
    Raises Refused where its quotes cannot be read."""
    first, told = text.partition("\n")[0].strip(), None
    if re.fullmatch(r"sep=[;,|\t]", first):
        told, text = first[-1], text.partition("\n")[2]
    try:
        separator = told or max(SEPARATORS, key=lambda each: _columns(text, each))
        return [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise Refused("intake_not_a_spreadsheet") from error


def _columns(text: str, separator: str) -> int:
    """Cells beyond the first in the lines that have as many as most."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    widths = [len(line) for line, _ in zip(reader, range(LOOKED_AT), strict=False)]
    return max(((width - 1) * widths.count(width) for width in set(widths)), default=0)
