"""The handlers of repairs that are offered."""

from __future__ import annotations

from uuid import UUID

import orjson

from chassis.definition.runtime import Runtime
from chassis.jobs import store
from chassis.log.context import CommandContext
from chassis.postgres.database import Connection
from chassis.process.ids import uuid7
from services.scheduling.floor.assigning import Standing, problem_of
from services.scheduling.placing.problem import Placement
from services.scheduling.planning import read, rows as drafts
from services.scheduling.planning.handlers import RUN, Asked, base_of, given, standing_of
from services.scheduling.repairs import rows
from services.scheduling.repairs.rows import Need

ACTOR = "policy:offer_repairs"
ASKED = Asked(repair=True, based_on=None, seed=1, seconds=60, compare=False)


async def offer_where_needed(runtime: Runtime, before: dict[str, Need]) -> dict[str, Need]:
    """Offer a repair to each fair that needs the same as at the look before: what still changes is
    waited for.  Returns what each needs."""
    found = await rows.needs(runtime.pool, runtime.clock.now())
    for fair_id, need in found.items():
        if before.get(fair_id) == need:
            await offer(runtime, need)
    return found


async def offer(runtime: Runtime, need: Need) -> None:
    """Make a draft of a repair, and ask for its run, once for all replicas; what was offered before
    and left as it was is taken back."""
    fair_id = need.fair_id
    before = await rows.last(runtime.pool, fair_id)
    if before is not None and await rows.answers(runtime.pool, before, need):
        return
    standing = await standing_of(runtime, fair_id)
    async with runtime.pool.acquire() as db, db.transaction():
        now = runtime.clock.now()
        before = await rows.begin(db, fair_id, now)
        # Somebody may come or go in this instant, or another replica be faster.
        still = (await rows.needs(db, now, fair_id)).get(fair_id) == need
        if before is None or not still or await rows.answers(db, before, need):
            return
        await rows.take_back(db, before.draft_id)
        if need.came or need.went:
            await rows.put(db, need, await _drafted(runtime, db, need, standing), now)
        else:
            await rows.forget(db, fair_id)
    if before.draft_id is not None:
        await store.wish_stop(runtime.pool, before.draft_id, ACTOR)


async def _drafted(runtime: Runtime, db: Connection, need: Need, standing: Standing) -> UUID | None:
    """The draft, whose run is asked for; None where nobody is left to be placed."""
    problem = problem_of(standing, await read.profiles(db, need.fair_id))
    if not problem.profiles:
        return None
    draft_id, context = uuid7(), CommandContext(uuid7(), actor=ACTOR)
    kept: Placement = {}
    base, encoded = base_of(standing, problem), given(problem, ASKED, None, kept)
    about = (draft_id, need.fair_id, context, runtime.clock.now(), base, encoded, kept)
    await drafts.add(db, *about, repair=True, offered={"came": need.came, "went": need.went})
    await store.ask(db, RUN, orjson.dumps({"draft_id": str(draft_id)}).decode(), context, draft_id)
    return draft_id
