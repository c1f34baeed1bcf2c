"""Old outcomes go: what became of a command is kept while the same command may come again."""

from __future__ import annotations

import asyncio

import structlog

from chassis.postgres.database import Pool

log = structlog.get_logger(__name__)

EVERY_SECONDS = 3600.0
"""Between looks through the table; each replica looks for itself, which does no harm."""
PAGES = 64
"""Pages of the table that are looked through at once: some thousand outcomes, some milliseconds."""
PAUSE_SECONDS = 0.1


async def keep_pruning(pool: Pool) -> None:
    """Prune now and then, for ever.  Raises what the database raises."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await prune(pool)


async def prune(pool: Pool, pause: float = PAUSE_SECONDS) -> int:
    """Look through the table once, in pieces (see `log.prune_outcomes`); returns how many went."""
    page, pruned = 0, 0
    while True:
        row = await pool.fetchrow("select * from log.prune_outcomes($1, $2)", page, PAGES)
        assert row is not None
        page = row["next_page"]
        pruned += row["pruned"]
        if page == 0:
            break
        await asyncio.sleep(pause)
    if pruned:
        log.info("outcomes.pruned", outcomes=pruned)
    return pruned
