"""Rows of read tables: written from events, and read as dataclasses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
import orjson
from pydantic import TypeAdapter

from chassis.postgres.database import Connection

Shape = TypeVar("Shape")
Row = tuple[Any, ...]


async def write(db: Connection, statements: Sequence[str], rows: Iterable[tuple[str, Row]]) -> None:
    """Write rows, each by its statement: one round trip a statement, in the order of `statements`.

    New rows come first, then their changes in the order of the events.  A row that exists already
    was written by another replica at this moment: the log refuses this batch.
    """
    found: dict[str, list[Row]] = {statement: [] for statement in statements}
    for statement, row in rows:
        found[statement].append(row)
    for statement, those in found.items():
        if those:
            await db.executemany(statement, those)


def as_json(value: object) -> str:
    """The value as JSON text, for a column of type jsonb."""
    return orjson.dumps(value).decode()


def shaped(cls: type[Shape], row: asyncpg.Record, json: Mapping[str, TypeAdapter[Any]]) -> Shape:
    """The row as a dataclass with fields of the same names; those in `json` are stored as JSON."""
    fields: Any = cls.__dict__["__dataclass_fields__"]
    return cls(
        **{
            name: json[name].validate_json(row[name]) if name in json else row[name]
            for name in fields
        }
    )
