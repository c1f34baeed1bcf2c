"""What becomes of a command: its facts, or why there are none; kept for as long as it may come
again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic

import structlog

from chassis.kernel.refused import Refused
from chassis.log.events import Event, Fact
from chassis.postgres.database import Pool

log = structlog.get_logger(__name__)

PRUNE_SECONDS = 3600.0
"""Between looks through the table; each replica looks for itself, which does no harm."""
PAGES = 64
"""Pages of the table that are looked through at once: some thousand outcomes, some milliseconds."""
PAUSE_SECONDS = 0.1


class Busy(Exception):
    """The queue is longer than can be served in time; try again after `retry_after` seconds."""

    retry_after = 1


class Unavailable(Exception):
    """The database did not answer in time; the command may or may not have been carried out.
    The same command again, under the same id, is safe."""

    retry_after = 2


class CommandIdReused(Exception):
    """The command id was used before, for something else."""


class EventTooLarge(Exception):
    """An event is larger than a topic takes; nothing was stored."""


class KeptRefusal(Refused):
    """A refusal that is kept under the command's id: the same command again is refused alike."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Event]):
    """What a command led to: its facts, none where all was so already."""

    facts: tuple[Fact[Event], ...]
    repeated: bool = False

    @property
    def events(self) -> list[Event]:
        return [fact.event for fact in self.facts]


async def keep_pruning(pool: Pool) -> None:
    """Forget old outcomes now and then, for ever.  Raises what the database raises."""
    while True:
        await asyncio.sleep(PRUNE_SECONDS)
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
