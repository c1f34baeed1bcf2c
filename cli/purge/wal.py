"""The log that PostgreSQL writes ahead, turned over until nothing of before is left in its files.

A checkpoint deletes segments that nobody needs, or gives them a later name to be used again: their
old bytes stay until they are written over.  To end a segment is to write all of it, zeros behind
the last record; so every segment that was there is ended once, and those of before are let go.
"""

from __future__ import annotations

import asyncio
import time

from chassis.postgres.database import Connection
from cli.purge.errors import PurgeError

# The number of a segment without its timeline, which only a recovery changes.
CURRENT = "select substr(pg_walfile_name(pg_current_wal_lsn()), 9)"
SEGMENTS = """
select coalesce({of}(substr(name, 9)), '') from pg_ls_waldir() where name ~ '^[0-9A-F]{{24}}$'
"""
PAUSE = 1.0
HOLDERS = """
select string_agg(slot_name, ', ') from pg_replication_slots where restart_lsn is not null
"""


async def turn_over(db: Connection, deadline: float) -> int:
    """Returns how many segments were written.

    Raises PurgeError at the deadline where somebody has not received a segment of before: it stays
    for them, and would be given a later name with its old bytes.
    """
    before: str = await db.fetchval(CURRENT)
    await _end_segment(db)
    await db.execute("checkpoint")
    while await db.fetchval(SEGMENTS.format(of="min")) <= before:
        if time.monotonic() > deadline:
            holders = await db.fetchval(HOLDERS) or "wal_keep_size"
            raise PurgeError(
                f"PostgreSQL keeps its log of before the purge for others ({holders}): let them"
                " receive it, or drop their replication slot, and purge again."
            )
        await asyncio.sleep(PAUSE)
        await db.execute("checkpoint")
    # Segments up to there may have bytes of before, beyond where is written now.
    last: str = await db.fetchval(SEGMENTS.format(of="max"))
    written = 1
    while await db.fetchval(CURRENT) <= last:
        await _end_segment(db)
        written += 1
    # Files of tables that were replaced are deleted at the latest now.
    await db.execute("checkpoint")
    return written


async def _end_segment(db: Connection) -> None:
    """A segment without any record would not be ended."""
    await db.execute("select pg_logical_emit_message(false, 'maarid', 'purge')")
    await db.execute("select pg_switch_wal()")
