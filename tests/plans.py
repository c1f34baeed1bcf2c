"""How PostgreSQL carries out a statement on tables as large as they may become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from chassis.postgres.database import Connection, Pool

MOST_MILLISECONDS = 20.0
"""The longest that a statement may take that services ask again and again."""


@dataclass(frozen=True)
class Plan:
    """What a statement read whole, and how long it took at best.

    Not how long in the middle: other tests run beside this one.
    """

    statement: str
    scanned: frozenset[str]
    milliseconds: float

    def is_quick(self, *large: str) -> None:
        """Fails where a large table is read whole, or the statement takes too long."""
        assert not self.scanned & set(large), f"reads {self.scanned}: {self.statement}"
        assert self.milliseconds <= MOST_MILLISECONDS, f"{self.milliseconds} ms: {self.statement}"


async def plan_of(pool: Pool, statement: str, *values: object, times: int = 7) -> Plan:
    """Carries a statement out some times, and takes back what it wrote."""
    found: list[dict[str, Any]] = []
    async with pool.acquire() as db:
        for _ in range(times):
            found.append(await _explained(db, statement, *values))
    scanned = {
        str(node["Relation Name"])
        for plan in found
        for node in _nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan"
    }
    took = min(plan["Planning Time"] + plan["Execution Time"] for plan in found)
    return Plan(statement, frozenset(scanned), took)


async def _explained(db: Connection, statement: str, *values: object) -> dict[str, Any]:
    transaction = db.transaction()
    await transaction.start()
    try:
        text = await db.fetchval(f"explain (analyze, format json) {statement}", *values)
        return orjson.loads(text)[0]
    finally:
        await transaction.rollback()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def analyzed(owner_dsn: str, *tables: str) -> None:
    """Let PostgreSQL see what is in tables, as autovacuum does after a while."""
    db = await asyncpg.connect(owner_dsn)
    try:
        for table in tables:
            await db.execute(f"vacuum analyze {table}")
    finally:
        await db.close()
