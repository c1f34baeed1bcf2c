"""What the child process makes of a file: its rows, without what is known of them.

Rows come in packed portions, so that the service takes in a long list piece by piece.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.registration.duplicates.keys import keys_of
from services.registration.intakes.headings import Head, head_of
from services.registration.intakes.row import Fair, Row, row_of
from services.registration.intakes.sheets import Sheet, sheets_of
from services.registration.intakes.words import product_words, words_of_products
from services.registration.organisations.folding import fold

PORTION = 200
"""Rows that are packed together: some 25 ms of the service, which compares their names."""

Tell = Callable[[float, str], None]


def read(given: Mapping[str, Any], progress: Tell) -> dict[str, Any]:
    """The job: from a file and what the fair has to rows.  Raises Refused."""
    sheets = sheets_of(base64.b64decode(given["file"]))
    fair = fair_of(given["fair"], given["pole_id"])
    heads = [head_of(sheet.lines) for sheet in sheets]
    if not any(heads):
        raise Refused("intake_no_headings")
    rows: list[dict[str, Any]] = []
    for done, (sheet, head) in enumerate(zip(sheets, heads, strict=True)):
        if head is not None:
            progress(done / len(sheets), "reading")
            _add(rows, sheet, head, fair, progress)
    _compare(rows)
    portions = [rows[at : at + PORTION] for at in range(0, len(rows), PORTION)]
    return {
        "sheets": [_shown(*each) for each in zip(sheets, heads, strict=True)],
        "rows": [packed(_json(portion)) for portion in portions],
    }


def _json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def packed(portion: bytes) -> str:
    """JSON, compressed, as text."""
    return base64.b64encode(zlib.compress(portion, 1)).decode()


def unpacked(portion: str) -> bytes:
    """The JSON of what was packed."""
    return zlib.decompress(base64.b64decode(portion))


def families_of(families: list[Any]) -> dict[str, tuple[str, dict[str, str]]]:
    """Product families by what products of theirs are called: those words of their names that no
    other family has, their names, and what else is known to be of them."""
    words: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    by_code = {each["code"]: each for each in families}
    for code, each in by_code.items():
        for name in (product_words(each["ar"]), product_words(each["fr"])):
            names[" ".join(name)] = code
            for word in name:
                words.setdefault(word, set()).add(code)
    names |= {" ".join(w): code for w, code in words_of_products().items() if code in by_code}
    telling = {word: next(iter(codes)) for word, codes in words.items() if len(codes) == 1}
    return {
        name: (code, {"ar": by_code[code]["ar"], "fr": by_code[code]["fr"]})
        for name, code in {**telling, **names}.items()
    }


def fair_of(fair: Mapping[str, Any], pole_id: str | None) -> Fair:
    """What a fair has, by folded names and ids.  Where it has one pole, that is where all go."""

    def named(entries: list[Any], key: str) -> dict[str, Any]:
        return {
            fold(name): each for each in entries for name in (each[key], each["ar"], each["fr"])
        }

    poles = {name: each["pole_id"] for name, each in named(fair["poles"], "pole_id").items()}
    return Fair(
        poles,
        {name: each["id"] for name, each in named(fair["programmes"], "id").items()},
        families_of(fair["families"]),
        pole_id or (fair["poles"][0]["pole_id"] if len(fair["poles"]) == 1 else None),
    )


def _add(rows: list[dict[str, Any]], sheet: Sheet, head: Head, fair: Fair, progress: Tell) -> None:
    titles = sheet.lines[head.line]
    for at in range(head.line + 1, len(sheet.lines)):
        line = sheet.lines[at]
        if at % 100 == 0:
            progress(at / len(sheet.lines), "reading")
        # Headings come again where a printed list begins a new page.
        if any(line) and line != titles and _says_something(line, head):
            row = row_of(line, head.columns, fair)
            rows.append(_told(row, len(rows) + 1, sheet.name, at + 1, line))


def _says_something(line: list[str], head: Head) -> bool:
    """Whether more stands in the columns that are read than in a line of sums or a note."""
    named = [column for columns in head.columns.values() for column in columns]
    return sum(bool(line[column]) for column in named if column < len(line)) > 1


def _told(row: Row, number: int, sheet: str, line: int, cells: list[str]) -> dict[str, Any]:
    organisation: dict[str, Any] = row.given["organisation"] or {}
    name, province = organisation["name"], organisation.get("province")
    keys: set[tuple[str, str]] = set()
    if name is not None:
        keys = keys_of(Text(**name), province or "", organisation.get("register_number"))
    if province is None:
        keys = {(why, key) for why, key in keys if why == "register_number"}
    return {
        "number": number,
        "sheet": sheet,
        "line": line,
        "cells": cells,
        "given": row.given,
        "keys": sorted(map(list, keys)),
        "phone": row.phone,
        "reasons": [reason(code, column, line) for column, code in row.reasons],
    }


def reason(code: str, column: int, at: int, **more: object) -> dict[str, Any]:
    """One reason, and the cell that it is of."""
    return {"cell": f"{letters_of(column)}{at}", "code": code, **more}


def letters_of(column: int) -> str:
    """The letters of a column, which counts from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _compare(rows: list[dict[str, Any]]) -> None:
    """Note which rows stand in the file twice, and which share a phone."""
    by_key: dict[tuple[str, str], list[dict[str, Any]]] = {}
    by_phone: dict[str, dict[str, Any]] = {}
    for row in rows:
        keys = [tuple(key) for key in row["keys"]]
        others = (other for key in keys for other in by_key.get(key, ()))
        first = next((other for other in others if not _differ(row, other)), None)
        if first is not None:
            row["reasons"].append(reason("twice_in_file", 0, row["line"], line=first["line"]))
        else:
            for key in keys:
                by_key.setdefault(key, []).append(row)
        if (phone := row["phone"]) is not None:
            other = by_phone.setdefault(phone, row)
            if other is not row and first is None:
                row["reasons"].append(reason("phone_shared", 0, row["line"], line=other["line"]))


def _differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows have numbers of the register that differ: many share a name."""
    numbers = [
        {key for why, key in row["keys"] if why == "register_number"} for row in (one, other)
    ]
    return all(numbers) and numbers[0] != numbers[1]


def _shown(sheet: Sheet, head: Head | None) -> dict[str, Any]:
    """What was understood of a sheet."""
    if head is None:
        return {"name": sheet.name, "line": None, "columns": [], "unread": [], "titles": []}
    titles = sheet.lines[head.line]
    columns = [
        {"cell": f"{letters_of(column)}{head.line + 1}", "heading": titles[column], "field": name}
        for name, those in head.columns.items()
        for column in those
    ]
    unread = [
        {"cell": f"{letters_of(column)}{head.line + 1}", "heading": titles[column]}
        for column in head.unread
    ]
    return {
        "name": sheet.name,
        "line": head.line + 1,
        "columns": columns,
        "unread": unread,
        "titles": titles,
    }
