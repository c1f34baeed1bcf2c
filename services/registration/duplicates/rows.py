"""The keys of organisations (table `own.organisation_keys`), and the groups that share one; and the
pairs of which the team said that they are two (table `own.told_apart`).

The keys follow from the read table of organisations and from `keys.py`, which changes more often
than events do: so they are no read table.  They are behind by a moment.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

import orjson
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.postgres.database import Connection, Pool
from services.registration.duplicates.keys import FOLDING, keys_of
from services.registration.organisations.read import OrganisationOut

Database = Connection | Pool

SHOWN = 50
"""Organisations of a group that are shown; a number that stands for a whole region has more."""
PAUSE = 0.05
"""Seconds between two looks whether others have made the keys."""
FOLLOWED = 200
"""Events that are read at once: their names are folded between two requests."""


class DuplicatesOut(AnswerOut):
    """Organisations that may be one and the same."""

    group_id: str
    because: list[str] = Field(
        description="What they share: `register_number`, `phone`, or `name` (and province)."
    )
    size: int = Field(description="How many they are.")
    organisations: list[OrganisationOut] = Field(
        description=f"The first {SHOWN} of them; whoever was merged into one of them is left out."
    )


# Who was told apart from all others of a group is left out of it.  Whoever was merged counts as the
# one that it was merged into.  Phones are compared where they stand, in an index, and copied
# nowhere; a group is named by its members, for a name made of a phone number, of which there are
# few, would give it away.
DUPLICATES = Listing(
    """
    with sharing as (
        select why, array_agg(organisation_id) as ids from organisation_keys
         where shared and ($1::text is null or why = $1) group by why, key
        union all
        select 'phone', array_agg(organisation_id) from contacts
         where recorded and phone is not null and ($1 is null or $1 = 'phone')
         group by phone having count(*) > 1
    ), alike as (
        select s.why, g.members
          from sharing as s cross join lateral (
               select array_agg(distinct coalesce(o.merged_into, o.organisation_id)) as members
                 from organisations as o where o.organisation_id = any(s.ids)) as g
         where cardinality(g.members) > 1
    ), meant as (
        select a.why, l.members
          from alike as a cross join lateral (
               select array(select m.id from unnest(a.members) with ordinality as m(id, at)
                             where (select count(*) from told_apart where taken_back_at is null
                                       and first_id = m.id and second_id = any(a.members))
                                 + (select count(*) from told_apart where taken_back_at is null
                                       and second_id = m.id and first_id = any(a.members))
                                 < cardinality(a.members) - 1
                             order by m.at) as members) as l
         where cardinality(l.members) > 1
    )
    select md5(array_to_string(members, ' ')) as group_id, cardinality(members) as size,
           array_agg(distinct why order by why) as because, members[1:50] as shown
      from meant group by members
    """,
    "group_id",
    {"group_id": Order()},
)

# A replica whose folding is older than the keys leaves them alone.
CLAIM = "select position, folding from keyed where folding <= $1 for update skip locked"
NEWS = """
select position, data ->> 'organisation_id' as organisation_id,
       type in ('organisation_enrolled.v1', 'organisation_corrected.v1') as tells
  from log.events where position > $1 order by position limit $2
"""
FOUND = """
select organisation_id, name, province, register_number from organisations
 where organisation_id = any($1::text[])
"""
FOLLOW = "update keyed set position = $1, folding = $2"
FORGET = """
delete from organisation_keys where organisation_id = any($1::text[]) returning why, key
"""
KEEP = "insert into organisation_keys (organisation_id, why, key) values ($1, $2, $3)"
# Of the keys that somebody got or lost, which are those of several.
SHARE = """
with told as (
    select why, key, count(*) > 1 as several
      from (select distinct * from unnest($1::text[], $2::text[]) as u(why, key)) as changed
      join organisation_keys using (why, key) group by why, key
)
update organisation_keys as k set shared = told.several
  from told where k.why = told.why and k.key = told.key and k.shared <> told.several
"""


async def organisations_of(db: Database, ids: Sequence[str]) -> dict[str, OrganisationOut]:
    """Organisations by id."""
    rows = await db.fetch(
        "select * from organisations where organisation_id = any($1::text[])", ids
    )
    return {row["organisation_id"]: OrganisationOut.of(row) for row in rows}


async def follow(pool: Pool) -> int:
    """Make the keys of organisations that are new or corrected; returns how many events were read.

    One replica at a time; another one has nothing to do meanwhile.
    """
    async with pool.acquire() as db, db.transaction():
        claimed = await db.fetchrow(CLAIM, FOLDING)
        if claimed is None:
            return 0
        after = claimed["position"] if claimed["folding"] == FOLDING else 0
        news = await db.fetch(NEWS, after, FOLLOWED)
        if news:
            await _make(db, sorted({row["organisation_id"] for row in news if row["tells"]}))
            await db.execute(FOLLOW, news[-1]["position"], FOLDING)
        return len(news)


BEHIND = """
select (select position from keyed where folding >= $2) < $1
"""


async def catch_up(pool: Pool, seconds: float) -> None:
    """Wait until the keys are made of all that is in the log by now, or so many seconds."""
    until = time.monotonic() + seconds
    head = await pool.fetchval("select coalesce(max(position), 0) from log.events")
    while await pool.fetchval(BEHIND, head, FOLDING) and time.monotonic() < until:
        # Where another replica is making them, there is nothing to do but wait.
        if not await follow(pool):
            await asyncio.sleep(PAUSE)


async def _make(db: Connection, ids: Sequence[str]) -> None:
    if not ids:
        return
    kept = [
        (row["organisation_id"], *key)
        for row in await db.fetch(FOUND, ids)
        for key in keys_of(
            Text(**orjson.loads(row["name"])), row["province"], row["register_number"]
        )
    ]
    changed = [(row["why"], row["key"]) for row in await db.fetch(FORGET, ids)]
    await db.executemany(KEEP, kept)
    changed += [(why, key) for _, why, key in kept]
    await db.execute(SHARE, [why for why, _ in changed], [key for _, key in changed])


# Pairs that were told apart


class ToldApartOut(AnswerOut):
    """Two organisations that are no duplicates, as the team has said."""

    organisation_id: str
    other_id: str
    reason: str
    told_at: datetime


TOLD_APART = Listing(
    """
    select first_id as organisation_id, second_id as other_id, reason, told_at,
           first_id || '/' || second_id as pair
      from told_apart
     where taken_back_at is null and ($1::text is null or $1 in (first_id, second_id))
    """,
    "pair",
    {"pair": Order(), "told_at": Order("told_at", "timestamptz")},
)
TELL_APART = """
insert into told_apart as t (first_id, second_id, reason, told_by, told_at, command_id)
values ($1, $2, $3, $4, $5, $6)
on conflict (first_id, second_id) do update
   set reason = excluded.reason, told_by = excluded.told_by, told_at = excluded.told_at,
       command_id = excluded.command_id, taken_back_at = null
 where t.taken_back_at is not null and t.command_id <> excluded.command_id
"""
TAKE_BACK = """
update told_apart set taken_back_at = $3, taken_back_by = $4
 where first_id = $1 and second_id = $2 and taken_back_at is null
   and taken_back_by is distinct from $4
"""
PAIR = """
select first_id as organisation_id, second_id as other_id, reason, told_at from told_apart
 where first_id = $1 and second_id = $2
"""


async def tell_apart(
    pool: Pool, ids: tuple[str, str], reason: str, at: datetime, context: CommandContext
) -> ToldApartOut | None:
    """Keep that two organisations are two; what was said of them before stays as it was said."""
    pair = sorted(ids)
    await pool.execute(TELL_APART, *pair, reason, context.actor, at, context.command_id)
    return ToldApartOut.found(await pool.fetchrow(PAIR, *pair))


async def take_back(
    pool: Pool, ids: tuple[str, str], at: datetime, context: CommandContext
) -> None:
    """They may be one again."""
    await pool.execute(TAKE_BACK, *sorted(ids), at, context.command_id)
