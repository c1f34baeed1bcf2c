"""What is asked of organisations that may be one, on a million of them."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from chassis.answers.listing import Page
from servers import Stack
from services.registration.app import definition
from services.registration.duplicates import handlers, rows
from services.registration.duplicates.workers import parting
from services.registration.organisations import read
from tests.conftest import databases_of
from tests.running_service import connected, migrated

MILLION = 1_000_000
GROUPS = 1_000
"""How many pairs share a number, how many a phone, how many a name; and how many are merged."""
MOST_MS = 50.0
MOST_SECONDS = 4.0
"""A caller hears within six."""
FILL = f"""
set synchronous_commit = off;
create temporary table numbered as
    select n, lpad(n::text, 7, '0') as id from generate_series(1, {MILLION}) as n;
insert into read.organisations (organisation_id, kind, name, province, region, country, women_led,
                                youth_led, enrolled_at, merged_into, merged_at)
select 'organisation-' || id, 'gie', '{{"ar": "نص", "fr": "texte"}}', 'azilal', 'beni-mellal', 'MA',
       true, true, clock_timestamp(),
       case when n % {MILLION // GROUPS} = 5
            then 'organisation-' || lpad((n + 1)::text, 7, '0') end,
       case when n % {MILLION // GROUPS} = 5 then clock_timestamp() end
  from numbered;
insert into own.organisation_keys (organisation_id, why, key, shared)
select 'organisation-' || id, why, case when n % {MILLION // GROUPS} = same then n - 1 else n end,
       n % {MILLION // GROUPS} in (same - 1, same)
  from numbered, (values ('register_number', 2), ('name', 3)) as w(why, same);
insert into own.contacts (contact_id, organisation_id, name, phone, language, second_language,
                          channel, published_revision, recorded, consent_changes)
select 'contact-' || id, 'organisation-' || id, 'Nom inventé',
       '+2126' || lpad((case when n % {MILLION // GROUPS} = 4 then n - 1 else n end)::text, 8, '0'),
       'fr', 'ar', 'sms', 2, true, 1
  from numbered;
insert into read.fairs (fair_id, edition, name, region, city, venue, timezone, first_day, last_day,
                        opens_at, closes_at, poles, programmes, announced_at)
select 'fair-' || n, 1, '{{}}', '{{}}', '{{}}', '{{}}', 'Africa/Casablanca', '2090-09-17',
       '2090-09-22', '10:00', '22:00', '[]', '[]', clock_timestamp()
  from generate_series(0, 99) as n;
insert into read.applications (application_id, fair_id, organisation_id, participation, pole_id,
                               products, families, booths, people, needs, programmes, submitted_at)
select 'application-' || id, 'fair-' || n % 100, 'organisation-' || id, 'exhibitor', 'products',
       '[]', '{{}}', 1, 2, '{{}}', '{{}}', clock_timestamp()
  from numbered where n <= {MILLION // 5};
vacuum analyze;
"""
TODAY = date(2090, 1, 1)
MERGED, STAYS = "organisation-0000005", "organisation-0000006"
ASKED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "which keys are those of several": (
        rows.SHARE,
        (["name"] * rows.FOLLOWED, [str(n) for n in range(rows.FOLLOWED)]),
    ),
    "all ids of one": (read.ONE_WITH, (MERGED,)),
    "all ids of the one that stays": (read.ONE_WITH, (STAYS,)),
    "both apply": (handlers.BOTH_APPLY, ([MERGED], [STAYS], TODAY)),
    "whom a merge has missed": (parting.MISSED, (TODAY,)),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def many(stack: Stack) -> AsyncGenerator[asyncpg.Pool]:
    async with databases_of(stack) as database:
        owner_dsn, dsn = await migrated(database, definition())
        async with connected(owner_dsn) as db:
            for statement in FILL.split(";")[:-1]:
                await db.execute(statement)
        server_settings = {"search_path": "read, own, log"}
        async with asyncpg.create_pool(dsn, server_settings=server_settings) as pool:
            yield pool


@pytest.mark.parametrize("what", ASKED)
async def test_it_takes_some_milliseconds(many: asyncpg.Pool, what: str) -> None:
    query, arguments = ASKED[what]
    took: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        await many.fetch(query, *arguments)
        took.append(1000 * (time.perf_counter() - began))
    print(f"{what}: {min(took):.2f} ms")
    assert min(took) <= MOST_MS


@pytest.mark.parametrize(
    ("because", "total"),
    [(None, 3 * GROUPS), ("phone", GROUPS), ("name", GROUPS)],
    ids=["all", "phone", "name"],
)
async def test_a_page_of_duplicates_comes_while_a_caller_waits(
    many: asyncpg.Pool, because: str | None, total: int
) -> None:
    began = time.perf_counter()
    part = await rows.DUPLICATES.part(many, Page(50, "", "", total=False), because)
    took = time.perf_counter() - began
    print(f"{because}: {took:.2f} s")
    assert len(part.rows) == 50
    assert took <= MOST_SECONDS
    counted = await rows.DUPLICATES.part(many, Page(1, "", "", total=True), because)
    assert counted.total == total
