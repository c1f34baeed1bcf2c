"""The tables that hold what is personal, written anew without what was erased.

`vacuum full` writes a table, its indexes and its long values into new files; the old ones are
emptied at its end and deleted by the next checkpoint.  It keeps every row that somebody's older
snapshot may still see, and says how many: it is then done again.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import asyncpg

from chassis.postgres.database import Connection
from cli.purge.errors import PurgeError

STATISTICS = "pg_catalog.pg_statistic"
"""Samples of the columns of all tables, names among them."""
LOCK_TIMEOUT = "2s"
"""So long others wait behind us for a table that somebody else has; then we stand back."""
PAUSE = 1.0
LOCK = 7021949220
"""The advisory lock of a purge, in each database."""
NUMBER = re.compile(r"\D*(\d+)")
OLDEST = """
select coalesce(nullif(application_name, ''), backend_type) || ' (process ' || pid || ')'
  from pg_stat_activity
 where backend_xmin is not null and pid <> pg_backend_pid()
 order by age(backend_xmin) desc limit 1
"""

Tell = Callable[[str], None]


async def take_turn(db: Connection, service: str) -> None:
    """Let nobody else purge this database until the connection ends.  Raises PurgeError."""
    if not await db.fetchval("select pg_try_advisory_lock($1)", LOCK):
        raise PurgeError(f"Somebody else purges {service} now: wait for the end of that.")


async def size_of(db: Connection, table: str) -> int:
    """The bytes of a table with its indexes; 0 where it does not exist."""
    found = await db.fetchval("select pg_total_relation_size(to_regclass($1))", table)
    return found or 0


async def rewrite(db: Connection, table: str, deadline: float) -> None:
    """Write a table anew, with nothing in it that was deleted before.  Raises PurgeError."""
    if await db.fetchval("select to_regclass($1) is null", table):
        return
    while left := await _rewrite_once(db, table):
        if time.monotonic() > deadline:
            raise PurgeError(await _why(db, table, left))
        await asyncio.sleep(PAUSE)


async def sample(db: Connection, tables: list[str]) -> None:
    """Make the statistics of tables anew."""
    for table in tables:
        if not await db.fetchval("select to_regclass($1) is null", table):
            await db.execute(f"analyze {table}")


async def _rewrite_once(db: Connection, table: str) -> int | None:
    """Returns how many deleted rows were kept; None is none, and -1 that somebody has the table."""
    await db.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    with _told(db) as told:
        try:
            await db.execute(f"vacuum (full, verbose) {table}")
        except asyncpg.LockNotAvailableError:
            return -1
        finally:
            await db.execute("set lock_timeout = 0")
        # What the server tells comes to us in the next turn of the loop.
        await asyncio.sleep(0)
    # `5 dead row versions cannot be removed yet`, in whatever language the server speaks.
    kept = [int(found[1]) for detail in told if (found := NUMBER.match(detail))]
    if not kept:
        raise PurgeError(
            f"PostgreSQL does not tell what it kept of {table}: this is a bug of ours."
        )
    return max(kept) or None


async def _why(db: Connection, table: str, left: int) -> str:
    if left < 0:
        return f"{table} is in use all the time: purge again when less is done."
    holder: str | None = await db.fetchval(OLDEST)
    above_all = f" ({holder} above all)" if holder else ""
    return (
        f"{table} keeps {left} deleted rows, for somebody may still see them{above_all}: end what"
        " began before (a dump, a session left open, a prepared transaction or a replication slot),"
        " and purge again."
    )


@contextmanager
def _told(db: Connection) -> Generator[list[str]]:
    """The details of what the server tells meanwhile."""
    details: list[str] = []

    def hear(_: Any, message: Any) -> None:
        if message.detail:
            details.append(message.detail)

    db.add_log_listener(hear)
    try:
        yield details
    finally:
        db.remove_log_listener(hear)
