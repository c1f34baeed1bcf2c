"""What is asked of the log's tables all the time, on a million rows of each."""

from __future__ import annotations

import time
from typing import Any

import asyncpg
import orjson
import pytest

from chassis.log.outcome import PAGES, prune
from chassis.running.health import STATUS, SUMS
from tests.counter import COUNT, Add
from tests.integration.chassis.conftest import Counter, context

MILLION = 1_000_000
LIMIT_MS = 20.0

FILL = f"""
insert into log.heard (topic, stream, version, reacted)
select 'counter.events.v1', 'count-' || n, 2, 2 - (n % 100000 = 0)::int
  from generate_series(1, {MILLION}) as n;
insert into log.timers (key, kind, due, payload)
select 'remind:' || n, 'remind', now() + interval '1 day', '{{}}'
  from generate_series(1, {MILLION}) as n;
insert into log.outcomes (command_id, request_hash, stream, first_version, events, recorded_at)
select gen_random_uuid(), case when n % 2 = 0 then '\\x00'::bytea end, 'count-' || n, 1, 1,
       now() - make_interval(days => n / 20000) from generate_series(1, {MILLION}) as n;
analyze log.heard, log.timers, log.outcomes;
"""


@pytest.mark.timeout(300)
async def test_status_and_pruning_take_milliseconds_on_a_million_rows(counter: Counter) -> None:
    owner: Any = await asyncpg.connect(counter.owner_dsn)
    try:
        await owner.execute(FILL)
        asked = (
            (STATUS, ("counter.events.v1", await owner.fetchval("select now()"))),
            (SUMS, ()),
        )
        for query, arguments in asked:
            plan = await plan_of(counter, query, *arguments)
            scanned = {node["Relation Name"] for node in nodes(plan) if is_whole(node)}
            assert scanned <= {"dead_letters", "relay", "heard_totals"}, plan
            assert await milliseconds(counter, query, *arguments) < LIMIT_MS
        row = await counter.pool.fetchrow(SUMS)
        assert row is not None
        sums = await owner.fetchrow("select sum(version), sum(reacted) from log.heard")
        assert (row["applied"], row["reacted"]) == (sums[0], sums[1])
        # In the middle of the table, where there is much to be deleted and to be kept.
        for from_page in (0, 8 * PAGES):
            took = await milliseconds(
                counter, "select * from log.prune_outcomes($1, $2)", from_page, PAGES
            )
            assert took < LIMIT_MS
        # Some marks are behind: what policies did stays.
        await prune(counter.pool, pause=0)
        of_requests, of_others = await old(owner)
        assert of_requests == 0
        assert of_others > 0
        young = await owner.fetchval(YOUNG)
        await owner.execute("update log.heard set reacted = version where reacted < version")
        assert await prune(counter.pool, pause=0) == of_others
        assert await old(owner) == (0, 0)
        assert await owner.fetchval(YOUNG) == young
    finally:
        await owner.close()


YOUNG = "select count(*) from log.outcomes where recorded_at >= now() - interval '30 days'"


async def old(owner: Any) -> tuple[int, int]:
    """The outcomes that are old: those of requests, and the others."""
    row = await owner.fetchrow(
        "select count(request_hash), count(*) - count(request_hash) from log.outcomes"
        " where recorded_at < now() - interval '30 days'"
    )
    return row[0], row[1]


async def plan_of(counter: Counter, query: str, *arguments: object) -> Any:
    found = await counter.pool.fetchval(f"explain (format json) {query}", *arguments)
    return orjson.loads(found)[0]["Plan"]


def nodes(plan: Any) -> list[Any]:
    return [plan, *(node for below in plan.get("Plans", ()) for node in nodes(below))]


def is_whole(node: Any) -> bool:
    """Whether a node of a plan reads a table, or its index, from end to end."""
    return node["Node Type"] == "Seq Scan" or (
        node["Node Type"] in ("Index Scan", "Index Only Scan")
        and "Index Cond" not in node
        and node["Relation Name"] != "events"  # Its end alone: `max(position)`.
    )


async def milliseconds(counter: Counter, query: str, *arguments: object) -> float:
    """The best of some times: other tests run beside this one."""
    times: list[float] = []
    for _ in range(9):
        began = time.perf_counter()
        await counter.pool.fetch(query, *arguments)
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


async def test_a_service_prunes_nothing_that_is_young(counter: Counter) -> None:
    desk = await counter.desk()
    wish = context()
    await desk.execute(COUNT.stream("a"), Add(1), wish)
    assert await prune(counter.pool) == 0
    assert (await desk.execute(COUNT.stream("a"), Add(1), wish)).repeated
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await counter.pool.execute("delete from log.outcomes")


async def test_totals_follow_the_marks_whatever_is_done_to_them(counter: Counter) -> None:
    owner: Any = await asyncpg.connect(counter.owner_dsn)
    try:
        for statement in (
            "insert into log.heard values ('a', 's', 5, 3), ('a', 't', 2, 2), ('b', 's', 1, 0)",
            "update log.heard set version = version + 10, reacted = 4 where topic = 'a'",
            "update log.heard set topic = 'b' where stream = 't'",
            "delete from log.heard where stream = 's' and topic = 'a'",
        ):
            await owner.execute(statement)
            rows = await owner.fetch(f"{SUMS} having sum(applied) <> 0 order by topic")
            marks = await owner.fetch(
                "select topic, sum(version)::bigint, sum(reacted)::bigint from log.heard"
                " group by topic order by topic"
            )
            assert [tuple(row) for row in rows] == [tuple(row) for row in marks], statement
    finally:
        await owner.close()
