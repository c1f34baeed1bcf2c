"""Whom a campaign goes to: how many that would be, and who is yet to be asked for.

A row is deleted once its message stands among those to be sent.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from chassis.postgres.database import LONG_SECONDS, Connection, Pool
from services.notifications.campaigns.domain import Segment

# The contacts of a segment, each once, with an organisation of its exhibitors.
OF_EXHIBITORS = """
select x.contact_id, min(x.organisation_id::text)::uuid as organisation_id
  from exhibitors as x
  left join organisations as o on o.organisation_id = x.organisation_id
  left join organisations as s on s.organisation_id = o.merged_into
 where x.fair_id = $1 and x.contact_id is not null
   and ($2::text is null or x.pole_id = $2)
   and ($3::text is null or coalesce(s.province, o.province) = $3)
   and ($4::text is null or coalesce(s.kind, o.kind) = $4)
   and ($5::text is null or $5 = any(x.programmes))
   and ($6::text is null or $6 = any(x.families))
   and (not $7::boolean or not exists (select from booth_holders as b
                                        where b.exhibitor_id = x.exhibitor_id))
   and ($8::uuid is null or exists (select from seats as t
                                     where t.session_id = $8 and t.contact_id = x.contact_id
                                       and not t.waited))
   and not exists (select from erased_contacts as e where e.contact_id = x.contact_id)
 group by x.contact_id
"""
WITH_SEATS = """
select t.contact_id, null::uuid as organisation_id
  from seats as t
 where t.fair_id = $1 and t.session_id = $8 and not t.waited
   and not exists (select from erased_contacts as e where e.contact_id = t.contact_id)
   and $2::text is null and $3::text is null and $4::text is null and $5::text is null
   and $6::text is null and not $7::boolean
 group by t.contact_id
"""
# Who is reached alike is one row; of a number no more is read than decides on its route.
REACHED = """
select coalesce(c.language, 'ar') as language, coalesce(c.second_language, 'ar') as second_language,
       coalesce(c.channel, 'sms') as channel, coalesce(left(c.phone, $9), '+') as prefix,
       coalesce(c.consent, false) and not exists (
           select from opt_outs as o
            where o.contact_id = p.contact_id and o.consented_at is null) as consent,
       count(*) as contacts
  from ({people}) as p left join contacts as c using (contact_id)
 group by 1, 2, 3, 4, 5
"""
LONGEST = """
select coalesce(s.name, o.name)::text
  from ({people}) as p join organisations as o using (organisation_id)
  left join organisations as s on s.organisation_id = o.merged_into
 order by length(coalesce(s.name, o.name) ->> $9) desc, 1 limit 1
"""
SOME_ORGANISATION = "select min(organisation_id::text) from ({people}) as p"
BEGIN = "insert into campaign_work (campaign_id) values ($1) on conflict do nothing"
HOLD = "select chosen from campaign_work where campaign_id = $1 for update"
CHOOSE = """
with chosen as (
    insert into campaign_recipients (campaign_id, contact_id, organisation_id)
    select $9::uuid, contact_id, organisation_id from ({people}) as p
    on conflict do nothing
    returning true
)
update campaign_work set chosen = (select count(*) from chosen) where campaign_id = $9
"""
# Asked several times a second, and most often there is nothing: then no row is locked.
WORTH_IT = """
select coalesce((select due <= clock_timestamp() from campaign_recipients
                  where campaign_id = $1 order by due limit 1), false)
   and (select count(*) from sending where campaign_id = $1) < $2
"""
# Only while it runs: it may have been held or stopped since it was seen to.
# What was taken a moment ago may stand among those to be sent as well: it is counted twice then,
# which asks for fewer.
TAKE = """
with room as (
    select $2 - (select count(*) from sending where campaign_id = $1)
              - (select count(*) from campaign_recipients
                  where campaign_id = $1 and due > clock_timestamp()) as room
), taken as (
    select contact_id from campaign_recipients
     where campaign_id = $1 and due <= clock_timestamp()
       and exists (select from campaigns where campaign_id = $1 and state = 'running')
     order by contact_id limit (select greatest(least($3, room), 0) from room)
)
update campaign_recipients as r set due = clock_timestamp() + make_interval(secs => $4)
 where r.campaign_id = $1 and r.contact_id = any(array(select contact_id from taken))
returning r.contact_id, r.organisation_id
"""
DONE = "delete from campaign_recipients where campaign_id = $1 and contact_id = any($2::uuid[])"
# Sooner than what a replica that died had taken.
AGAIN = """
update campaign_recipients set due = clock_timestamp() + interval '1 second'
 where campaign_id = $1 and contact_id = any($2::uuid[])
"""
LEFT = """
select w.chosen
  from campaign_work as w
 where w.campaign_id = $1 and w.chosen is not null
   and (select due from campaign_recipients where campaign_id = $1 order by due limit 1) is null
   and not exists (select from sending as s
                    where s.campaign_id = $1 and s.waits_for is distinct from 'unknown')
"""
DROP = "delete from campaign_recipients where campaign_id = $1"
# Chosen by a replica that had seen it run a moment before it was stopped.
DROP_ENDED = """
delete from campaign_recipients as r using campaigns as c
 where c.campaign_id = r.campaign_id and c.state in ('stopped', 'finished')
"""


def _of(statement: str, fair_id: str, segment: Segment) -> tuple[str, Sequence[str | bool | None]]:
    """A statement on the contacts of a segment, and its first values."""
    people = OF_EXHIBITORS if segment.of_exhibitors else WITH_SEATS
    values = (
        *(segment.pole_id, segment.province, segment.kind, segment.programme_id, segment.family),
        *(segment.without_booth, segment.session_id),
    )
    return statement.format(people=people), (fair_id, *values)


async def reached(
    pool: Pool, fair_id: str, segment: Segment, digits: int
) -> Sequence[asyncpg.Record]:
    """The contacts of a segment, counted by how they are reached; `digits` of a number decide on
    its route."""
    statement, values = _of(REACHED, fair_id, segment)
    return await pool.fetch(statement, *values, digits)


async def longest_name(pool: Pool, fair_id: str, segment: Segment, language: str) -> str | None:
    """The name, by language as JSON, of the organisation in a segment with the longest one."""
    statement, values = _of(LONGEST, fair_id, segment)
    return await pool.fetchval(statement, *values, language)


async def some_organisation(pool: Pool, fair_id: str, segment: Segment) -> str | None:
    """An organisation of a segment, to show how a text names one."""
    statement, values = _of(SOME_ORGANISATION, fair_id, segment)
    return await pool.fetchval(statement, *values)


async def choose(pool: Pool, campaign_id: str, fair_id: str, segment: Segment) -> None:
    """Write down whom a campaign goes to, once."""
    if await pool.fetchval("select chosen from campaign_work where campaign_id = $1", campaign_id):
        return
    async with pool.acquire() as db, db.transaction():
        await db.execute(f"set local statement_timeout = '{LONG_SECONDS}s'")
        await db.execute(BEGIN, campaign_id)
        if await db.fetchval(HOLD, campaign_id) is None:
            statement, values = _of(CHOOSE, fair_id, segment)
            await db.execute(statement, *values, campaign_id, timeout=LONG_SECONDS)


async def take(
    pool: Pool, campaign_id: str, limit: int, open_at_most: int, seconds: float
) -> Sequence[asyncpg.Record]:
    """Take some of those who are yet to be asked for, for some seconds; fewer where so many
    messages of the campaign are open already, over all replicas."""
    if not await pool.fetchval(WORTH_IT, campaign_id, open_at_most):
        return []
    async with pool.acquire() as db, db.transaction():
        # In a statement before: what is counted has to be as of after the lock.
        await db.execute(HOLD, campaign_id)
        return await db.fetch(TAKE, campaign_id, open_at_most, limit, seconds)


async def done(pool: Pool, campaign_id: str, rows: Sequence[asyncpg.Record]) -> None:
    """These messages were asked for."""
    await pool.execute(DONE, campaign_id, [row["contact_id"] for row in rows])


async def again(pool: Pool, campaign_id: str, rows: Sequence[asyncpg.Record]) -> None:
    """Leave these to the next attempt, in a second."""
    await pool.execute(AGAIN, campaign_id, [row["contact_id"] for row in rows])


async def all_done(pool: Pool, campaign_id: str) -> int | None:
    """How many were chosen, once nothing is left to be asked for or handed over."""
    return await pool.fetchval(LEFT, campaign_id)


async def drop(pool: Pool, campaign_id: str) -> None:
    """Nobody else is asked for."""
    await pool.execute(DROP, campaign_id)


async def drop_ended(pool: Pool) -> None:
    """Of no campaign that is over anybody is asked for."""
    await pool.execute(DROP_ENDED)


async def forget_recipient(db: Connection, contact_id: str) -> None:
    """A contact was erased: no campaign asks for it any more."""
    await db.execute("delete from campaign_recipients where contact_id = $1", contact_id)
