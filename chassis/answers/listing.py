"""Lists in pages: keyset pagination in every order that a list offers, and totals for who asks.

A cursor holds the last item's key, and in another than a list's first order also the order and the
item's value in it; so items that come or go between two pages move no other item over the border.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import asyncpg
import orjson

from chassis.answers.problems import Problem
from chassis.postgres.database import Connection, Pool

R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for, in which order; `after` is a cursor, decoded."""

    limit: int
    after: str
    sort: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Part(Generic[R]):
    """A part of a list, the cursor of the next part where there is one, and how many items the
    whole list has, if that was asked."""

    rows: list[R]
    next: str | None
    total: int | None

    def of(self, shape: Callable[[R], S]) -> Part[S]:
        """The same part, each row made into something else."""
        return Part([shape(row) for row in self.rows], self.next, self.total)


@dataclass(frozen=True, slots=True)
class Order:
    """An order by an SQL expression that is never null, and then by the list's key.

    Without an expression the key alone is the order.  `found` is SQL for the value of the item
    whose key is `$key`, where cursors of this order hold the key alone.
    """

    by: str | None = None
    type: str = "text"
    found: str | None = None


@dataclass(frozen=True)
class Listing:
    """A list: a SELECT with parameters $1, $2 … for its filters, a unique key, and its orders.

    Callers name an order, or with `-` before it the reverse; the first is taken where none is
    named.  Totals are counted only when asked for, since they read all that the filters leave.
    """

    sql: str
    key: str
    orders: Mapping[str, Order]
    key_type: str = "text"

    @property
    def sorts(self) -> list[str]:
        """What `sort` may be; the first is the default."""
        return [sort for name in self.orders for sort in (name, f"-{name}")]

    async def part(
        self, db: Connection | Pool, page: Page, *filters: object
    ) -> Part[asyncpg.Record]:
        """The part that is asked for.  Raises Problem 422 on a cursor that is not of this list."""
        sort = page.sort or self.sorts[0]
        order = self.orders[sort.removeprefix("-")]
        after, direction = (">", "asc") if sort in self.orders else ("<", "desc")
        values = [*filters, page.limit + 1]
        value = order.by or self.key
        where = "true"
        if page.after:
            where, given = self._behind(page.after, sort, order, after, len(values))
            values += given
        sql = (
            f"select listed.*, ({value})::text as sort_value_, ({self.key})::text as sort_key_"
            f" from ({self.sql}) as listed where {where}"
            f" order by {value} {direction}, {self.key} {direction} limit ${len(filters) + 1}"
        )
        try:
            rows = await db.fetch(sql, *values)
        except asyncpg.DataError as error:
            if not page.after:
                raise
            raise Problem(422, "cursor_invalid") from error
        total = None
        if page.total:
            total = await db.fetchval(f"select count(*) from ({self.sql}) as listed", *filters)
        more = len(rows) > page.limit
        shown = rows[: page.limit]
        return Part(shown, self._cursor(sort, shown[-1]) if more else None, total)

    def _behind(
        self, cursor: str, sort: str, order: Order, after: str, given: int
    ) -> tuple[str, list[str]]:
        """SQL for what comes behind a cursor, and its parameters, which begin after $given."""
        key = f"${given + 1}::text::{self.key_type}"
        if sort == self.sorts[0]:
            if order.by is None:
                return f"{self.key} {after} {key}", [cursor]
            found = str(order.found).replace("$key", key)
            return f"({order.by}, {self.key}) {after} (({found}), {key})", [cursor]
        try:
            of, value, last = orjson.loads(cursor)
        except (orjson.JSONDecodeError, ValueError, TypeError) as error:
            raise Problem(422, "cursor_invalid") from error
        if of != sort or not isinstance(value, str) or not isinstance(last, str):
            raise Problem(422, "cursor_invalid")
        if order.by is None:
            return f"{self.key} {after} {key}", [last]
        return (
            f"({order.by}, {self.key}) {after} (${given + 2}::text::{order.type}, {key})",
            [last, value],
        )

    def _cursor(self, sort: str, row: asyncpg.Record) -> str:
        key: Any = row["sort_key_"]
        if sort != self.sorts[0]:
            key = orjson.dumps([sort, row["sort_value_"], key]).decode()
        return base64.urlsafe_b64encode(key.encode()).decode()
