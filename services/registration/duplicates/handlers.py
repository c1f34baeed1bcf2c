"""Organisations that are taken for one, and for two again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.desk import Busy
from chassis.postgres.database import Connection, Pool
from services.registration.duplicates import rows
from services.registration.duplicates.rows import ToldApartOut
from services.registration.organisations import read
from services.registration.organisations.domain import MergeOrganisation, organisation_stream

MERGES = 7021949230
"""The advisory lock of who merges: one after the other, in all replicas.  What one has decided the
next one sees, so that none is merged into one that is being merged itself."""

PATIENCE = 2.0
"""Seconds after which who waits for others to merge is told to come again."""
PAUSE = 0.05
"""Seconds between two tries."""

# What stands at a fair that was called off, or is over, stays as it is.
BOTH_APPLY = """
select fair_id
  from applications as a join applications as b using (fair_id) join fairs as f using (fair_id)
 where a.organisation_id = any($1::text[]) and b.organisation_id = any($2::text[])
   and a.status not in ('rejected', 'withdrawn') and b.status not in ('rejected', 'withdrawn')
   and f.cancelled_because is null and f.last_day >= $3::date
 limit 1
"""


async def merge_organisation(
    runtime: Runtime, context: CommandContext, organisation_id: str, command: MergeOrganisation
) -> None:
    """Merge an organisation into another.  Raises Refused, and Busy while others merge."""
    async with _alone(runtime.pool) as db:
        await _refuse(db, organisation_id, command.into, runtime.clock.now().date())
        await runtime.desk.execute(organisation_stream(organisation_id), command, context)


@asynccontextmanager
async def _alone(pool: Pool) -> AsyncGenerator[Connection]:
    """A connection on which nobody else merges meanwhile; who waits for it holds none."""
    until = time.monotonic() + PATIENCE
    while True:
        async with pool.acquire() as db, db.transaction():
            if await db.fetchval("select pg_try_advisory_xact_lock($1)", MERGES):
                yield db
                return
        if time.monotonic() > until:
            raise Busy
        await asyncio.sleep(PAUSE)


async def _refuse(db: Connection, organisation_id: str, into: str, today: date) -> None:
    """What the stream of the duplicate cannot know."""
    duplicate = known(
        await read.organisation(db, organisation_id),
        "organisation_unknown",
        organisation_id=organisation_id,
    )
    stays = known(await read.organisation(db, into), "organisation_unknown", organisation_id=into)
    if organisation_id == into or duplicate.merged_into is not None:
        return  # It is so already, or the stream refuses it.
    if stays.merged_into is not None:
        raise Refused("organisation_merged", into=stays.merged_into)
    ids = await read.one_with(db, organisation_id)
    if len(ids) > 1:
        raise Refused("organisation_has_merged", organisation_id=ids[1])
    others = await read.one_with(db, into)
    if (fair_id := await db.fetchval(BOTH_APPLY, ids, others, today)) is not None:
        raise Refused("both_applied", fair_id=fair_id)


async def tell_apart(
    runtime: Runtime, context: CommandContext, organisation_id: str, other_id: str, reason: str
) -> ToldApartOut:
    """Keep that two organisations are no duplicates.  Raises Refused where one is not known, was
    merged, or both are the same."""
    if organisation_id == other_id:
        raise Refused("same_organisation", organisation_id=organisation_id)
    for id_ in (organisation_id, other_id):
        found = known(
            await read.organisation(runtime.pool, id_), "organisation_unknown", organisation_id=id_
        )
        if found.merged_into is not None:
            raise Refused("organisation_merged", into=found.merged_into)
    ids, now = (organisation_id, other_id), runtime.clock.now()
    pair = await rows.tell_apart(runtime.pool, ids, reason, now, context)
    return known(pair, "organisation_unknown", organisation_id=other_id)
