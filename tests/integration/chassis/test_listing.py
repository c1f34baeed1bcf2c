"""Lists in pages, in every order, while items come and go; and the lists of the four services."""

from __future__ import annotations

import base64
import importlib
import random
import re
from collections.abc import Sequence
from uuid import UUID

import pytest

from chassis.answers.listing import Listing, Order, Page
from chassis.answers.problems import Problem
from chassis.postgres.database import migrate, open_pool
from cli.definitions import definition_of
from cli.launch import role_of
from services import SERVICES
from tests.conftest import Databases
from tests.integration.chassis.conftest import Counter

COUNTS = Listing(
    "select * from counts where ($1::bigint is null or version = $1)",
    "stream",
    {"stream": Order(), "total": Order("total", "bigint")},
)
BY_TOTAL = Listing(
    "select * from counts where ($1::bigint is null or version = $1)",
    "stream",
    {"total": Order("total", "bigint", found="select total from counts where stream = $key")},
)


async def fill(counter: Counter, rows: Sequence[tuple[str, int, int]]) -> None:
    await counter.pool.executemany(
        "insert into counts (stream, total, version) values ($1, $2, $3)", rows
    )


@pytest.fixture
def rows() -> list[tuple[str, int, int]]:
    """Items of which many have the same value."""
    chance = random.Random(9)
    return [(f"count-{n:03}", chance.randrange(5), n % 2) for n in range(60)]


def decoded(cursor: str | None) -> str:
    return base64.urlsafe_b64decode(cursor or "").decode()


async def pages(
    counter: Counter, listing: Listing, sort: str, *, version: int | None = None, limit: int = 7
) -> list[str]:
    found: list[str] = []
    after = ""
    while True:
        part = await listing.part(counter.pool, Page(limit, after, sort), version)
        found += [row["stream"] for row in part.rows]
        if part.next is None:
            return found
        after = decoded(part.next)


@pytest.mark.parametrize("listing", [COUNTS, BY_TOTAL])
async def test_every_order_is_read_in_pages_without_gaps_or_repeats(
    counter: Counter, rows: list[tuple[str, int, int]], listing: Listing
) -> None:
    await fill(counter, rows)
    for sort in listing.sorts:
        for version in (None, 1):
            place = 0 if sort.endswith("stream") else 1
            wanted = sorted(
                (row for row in rows if version in (None, row[2])),
                key=lambda row, place=place: (row[place], row[0]),
                reverse=sort.startswith("-"),
            )
            found = await pages(counter, listing, sort, version=version)
            assert found == [row[0] for row in wanted], sort


@pytest.mark.parametrize("sort", ["total", "-total"])
async def test_items_that_come_and_go_between_pages_move_no_others(
    counter: Counter, rows: list[tuple[str, int, int]], sort: str
) -> None:
    await fill(counter, rows)
    first = await COUNTS.part(counter.pool, Page(20, "", sort), None)
    seen = [row["stream"] for row in first.rows]
    # The item that the cursor names is gone, and others come in before and after it.
    await counter.pool.execute("delete from counts where stream = $1", seen[-1])
    await fill(counter, [(f"new-{n}", n, 0) for n in range(5)])
    rest = await COUNTS.part(counter.pool, Page(200, decoded(first.next), sort), None)
    both = seen + [row["stream"] for row in rest.rows]
    assert len(both) == len(set(both))
    assert {row[0] for row in rows} <= set(both)


async def test_cursors_of_the_version_before_are_still_good(
    counter: Counter, rows: list[tuple[str, int, int]]
) -> None:
    await fill(counter, rows)
    for listing in (COUNTS, BY_TOTAL):
        everything = await pages(counter, listing, listing.sorts[0], limit=200)
        part = await listing.part(counter.pool, Page(200, everything[30]), None)
        assert [row["stream"] for row in part.rows] == everything[31:]
        first = await listing.part(counter.pool, Page(31, ""), None)
        assert decoded(first.next) == everything[30]


async def test_totals_are_counted_when_asked_for(
    counter: Counter, rows: list[tuple[str, int, int]]
) -> None:
    await fill(counter, rows)
    for after in ("", "count-010"):
        part = await COUNTS.part(counter.pool, Page(3, after, total=True), None)
        assert part.total == 60
    assert (await COUNTS.part(counter.pool, Page(3, "", total=True), 1)).total == 30
    assert (await COUNTS.part(counter.pool, Page(3, ""), None)).total is None


@pytest.mark.parametrize(
    "cursor",
    [
        "count-001",
        "[",
        "7",
        "[]",
        '["total","1"]',
        '["stream","1","count-001"]',
        '["total","one","count-001"]',
        '["total","99999999999999999999","count-001"]',
        '["total",1,"count-001"]',
        '["total",null,"count-001"]',
        '{"total":1}',
    ],
)
async def test_a_cursor_of_another_list_or_order_is_refused(counter: Counter, cursor: str) -> None:
    with pytest.raises(Problem, match="cursor_invalid"):
        await COUNTS.part(counter.pool, Page(3, cursor, "total"), None)


VALUES = {
    "text": "x",
    "date": "2025-09-17",
    "timestamptz": "2025-09-17 10:00:00+01",
    "integer": "7",
    "bigint": "7",
    "uuid": str(UUID(int=7)),
}


def lists_of(service: str) -> list[Listing]:
    """Every list in the modules of a service, once."""
    package = definition_of(service).package
    names = [each.relative_to(package.parents[1]).with_suffix("") for each in package.rglob("*.py")]
    modules = [importlib.import_module(".".join(name.parts)) for name in names]
    found = {id(each): each for module in modules for each in vars(module).values()}
    return [each for each in found.values() if isinstance(each, Listing)]


@pytest.mark.parametrize("service", SERVICES)
async def test_every_list_of_a_service_can_be_read_in_all_its_orders(
    database: Databases, service: str
) -> None:
    owner_dsn, dsn = await database(service)
    role = role_of(dsn)
    await migrate(owner_dsn, role, definition_of(service).migrations)
    lists = lists_of(service)
    async with await open_pool(dsn, name="lists-test") as pool:
        found = 0
        for listing in lists:
            filters = [None] * len(set(re.findall(r"\$\d+", listing.sql)))
            for sort in listing.sorts:
                order = listing.orders[sort.removeprefix("-")]
                key = VALUES[listing.key_type]
                cursor = key
                if sort != listing.sorts[0]:
                    value = VALUES[order.type if order.by else listing.key_type]
                    cursor = f'["{sort}","{value}","{key}"]'
                for after in ("", cursor):
                    part = await listing.part(pool, Page(5, after, sort, total=True), *filters)
                    assert (part.rows, part.next, part.total) == ([], None, 0)
                    found += 1
        assert found >= 8
