"""Who is kept though nobody needs them any more, and the lists of them that were confirmed.

A contact was last needed when the organisation enrolled, when it applied or was decided on, at the
end of a fair with a live application of it, or when its name and number were written down.  What
organisations that were merged applied for counts for the contacts of all of them.  Somebody who
wears a badge was last needed at the end of the fair.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.kernel.text import Text
from chassis.postgres.database import Connection, Pool
from services.registration.contacts.rows import CONTACTS
from services.registration.people.rows import PEOPLE

TOO_OLD = f"""
with fair_ends as (
    select fair_id, (last_day + 1)::timestamp at time zone timezone as ended from fairs
), applied as (
    select coalesce(o.merged_into, o.organisation_id) as one,
           max(greatest(a.submitted_at, a.decided_at,
                        case when a.status in ('submitted', 'waitlisted', 'accepted')
                             then f.ended end)) as at
      from applications as a join organisations as o using (organisation_id)
      left join fair_ends as f using (fair_id) group by 1
), needed as (
    select '{CONTACTS.one}' as kind, c.contact_id as key, c.organisation_id as owner,
           r.organisation_id, r.role, greatest(o.enrolled_at, c.written_at, l.at) as last_needed
      from contacts as c join contact_standings as r using (contact_id)
      join organisations as o on o.organisation_id = r.organisation_id
      left join applied as l on l.one = coalesce(o.merged_into, o.organisation_id)
     where not c.erased and not r.erased
    union all
    select '{PEOPLE.one}', c.wearer_id, c.exhibitor_id, r.organisation_id, r.role, f.ended
      from people as c join wearers as r using (wearer_id) join fair_ends as f using (fair_id)
     where not c.erased and not r.erased
)
select * from needed where last_needed < $1::timestamptz
"""

LIST = Listing(
    f"""
    select old.*, o.name as organisation_name
      from ({TOO_OLD}) as old join organisations as o using (organisation_id)
    """,
    "key",
    {"key": Order(), "last_needed": Order("last_needed", "timestamptz")},
)
SUMMARY = f"""
select encode(sha256(convert_to(coalesce(string_agg(kind || ' ' || key, E'\\n' order by key), ''),
                                'UTF8')), 'hex') as digest,
       count(*) filter (where kind = '{CONTACTS.one}') as contacts,
       count(*) filter (where kind = '{PEOPLE.one}') as people
  from ({TOO_OLD}) as old
"""


class KeptOut(AnswerOut):
    """Somebody who is kept, and needed no more."""

    kind: str = Field(description="`contact` or `wearer`, who wears a badge.")
    key: str = Field(description="The id of the contact or wearer.")
    owner: str = Field(description="The id of the contact's organisation or wearer's exhibitor.")
    organisation_id: str
    organisation_name: Stored[Text]
    role: str
    last_needed: datetime


class RetentionOut(AnswerOut):
    """The whole list in one line, to be confirmed by its digest."""

    digest: str = Field(
        description="SHA-256 of the list: a line `kind key` each, in the order of keys, with a"
        " line feed between two."
    )
    contacts: int
    people: int
    kept_months: int
    before: datetime = Field(description="Who was needed later is not on the list.")
    left: int = Field(description="How many of lists confirmed before are still to be erased.")


class ConfirmedOut(AnswerOut):
    """A list that was confirmed.  Those on it are erased in the background."""

    digest: str
    contacts: int
    people: int


async def summary(db: Connection | Pool, before: datetime, kept_months: int) -> RetentionOut:
    row = await db.fetchrow(SUMMARY, before)
    left = await db.fetchval("select count(*) from retention_left")
    assert row is not None
    return RetentionOut.model_validate(
        {**row, "before": before, "kept_months": kept_months, "left": left}
    )


async def confirmed(db: Connection | Pool, command_id: UUID) -> asyncpg.Record | None:
    """What a request confirmed, if it was made before."""
    return await db.fetchrow("select * from retention_confirmed where command_id = $1", command_id)


async def confirm(pool: Pool, command_id: UUID, actor: str, digest: str, before: datetime) -> bool:
    """Keep the list of now as one to be erased; False where it is another than the digest's."""
    async with pool.acquire() as db, db.transaction(isolation="repeatable_read"):
        row = await db.fetchrow(SUMMARY, before)
        assert row is not None
        if row["digest"] != digest:
            return False
        await db.execute(
            """
            insert into retention_confirmed (command_id, confirmed_by, digest, before, contacts,
                                             people)
            values ($1, $2, $3, $4, $5, $6) on conflict do nothing
            """,
            command_id,
            actor,
            digest,
            before,
            row["contacts"],
            row["people"],
        )
        await db.execute(
            f"""
            insert into retention_left (key, kind, owner, command_id)
            select key, kind, owner, $2 from ({TOO_OLD}) as old on conflict do nothing
            """,
            before,
            command_id,
        )
    return True


PAGE = """
select l.key, l.kind, l.owner, c.command_id, c.confirmed_by, c.before
  from retention_left as l join retention_confirmed as c using (command_id)
 where c.command_id = (select command_id from retention_left order by key limit 1)
 order by l.key limit 100
"""


async def page_left(db: Connection | Pool) -> list[asyncpg.Record]:
    """Some of those who are to be erased, all of one list."""
    return await db.fetch(PAGE)


async def still_too_old(db: Connection | Pool, keys: list[str], before: datetime) -> set[str]:
    """Whom of these nobody has needed since they were listed."""
    query = f"select key from ({TOO_OLD}) as old where key = any($2::text[])"
    return {row["key"] for row in await db.fetch(query, before, keys)}


async def done(db: Connection | Pool, key: str) -> None:
    await db.execute("delete from retention_left where key = $1", key)
