"""Finishes or undoes what requests about persons left half done: see personal/rows.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid5

import structlog

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import TROUBLE
from services.registration.personal.rows import Persons

log = structlog.get_logger(__name__)

SETTLE = 5.0
"""Seconds between two looks for what a crash left half done."""
LEFT_ALONE = 300
"""Seconds after which a request that has not finished its work will not finish it."""


def buried(persons: Persons) -> str:
    """SQL: deletes rows whose tombstone was sent just before the erasure was recorded."""
    return f"""
    delete from {persons.table} as c using {persons.standings} as r
     where c.erased and r.{persons.key} = c.{persons.key} and r.erased
       and c.published_revision >= {persons.total("r")}
    """


def half_done(persons: Persons) -> str:
    """SQL: rows without an event, rows that came back after their erasure, and erasures without an
    event, that are older than $1 seconds."""
    key, owner = persons.key, persons.owner
    return f"""
    select c.{key} as key, c.{owner} as owner, c.erased
      from {persons.table} as c
     where not c.recorded and c.written_at < clock_timestamp() - make_interval(secs => $1)
       and not exists (select from {persons.standings} as r
                        where r.{key} = c.{key} and not r.erased)
    union all
    select c.{key}, c.{owner}, c.erased
      from {persons.table} as c join {persons.standings} as r using ({key})
     where c.erased and not r.erased
       and c.written_at < clock_timestamp() - make_interval(secs => $1)
     limit 100
    """


async def for_ever(
    runtime: Runtime, persons: Persons, settle_once: Callable[[Runtime], Awaitable[None]]
) -> None:
    """Settle for ever, in every replica; settling twice changes nothing."""
    while True:
        try:
            await settle_once(runtime)
        except (Busy, Unavailable, *TROUBLE) as error:
            log.warning(f"{persons.many}.unsettled", error=type(error).__name__)
        await asyncio.sleep(SETTLE)


async def settle(runtime: Runtime, persons: Persons) -> None:
    """Settle once.

    The desk tells what is recorded, and not a read table, which may be in a rebuild.
    """
    await runtime.pool.execute(buried(persons))
    for row in await runtime.pool.fetch(half_done(persons), float(LEFT_ALONE)):
        key: str = row["key"]
        stream = persons.stream(row["owner"])
        is_erased = persons.is_erased(await runtime.desk.state(stream), key)
        if is_erased is None or is_erased:
            await persons.forget(runtime.pool, key)
        elif row["erased"]:
            context = erasure_of(persons, key)
            await runtime.desk.execute(stream, persons.erasing(key), context)
        # Otherwise it is recorded, and the read table will show it.


def erasure_of(persons: Persons, key: str) -> CommandContext:
    """The wish to finish an erasure; to wish it again is the same wish."""
    return CommandContext(uuid5(UUID(key), "erase"), actor=f"policy:erase_{persons.one}")
