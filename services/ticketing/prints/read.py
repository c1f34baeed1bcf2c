"""Who is named on a print: by the copies of persons, and by the seats of a workshop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chassis.postgres.database import Pool

WEARERS = """
select wearer_id, organisation_id, role, name from wearer_names
 where fair_id = $1 and ($2::uuid[] is null or exhibitor_id = any($2))
   and ($3::uuid[] is null or wearer_id = any($3))
 order by exhibitor_id, name, wearer_id limit $4
"""
ATTENDEES = """
select s.attendee_id, coalesce(c.name, w.name) as name
  from seats as s
  left join contact_names as c on c.contact_id = s.attendee_id
  left join wearer_names as w on w.wearer_id = s.attendee_id
 where s.session_id = $1 and s.status = 'reserved'
   and (s.attended_at is not null
        or not exists (select from seats where session_id = $1 and attended_at is not null))
   and ($2::uuid[] is null or s.attendee_id = any($2))
 order by name nulls last, s.attendee_id limit $3
"""


class Wearer(NamedTuple):
    """One who wears a badge of an exhibitor."""

    wearer_id: str
    organisation_id: str
    role: str
    name: str


class Attendee(NamedTuple):
    """One who had a seat; the name is None where we have no copy of it."""

    attendee_id: str
    name: str | None


async def wearers(
    db: Pool,
    fair_id: str,
    exhibitors: Sequence[str] | None,
    wearers: Sequence[str] | None,
    limit: int,
) -> list[Wearer]:
    """Those who wear badges of a fair: of all exhibitors or of some, all of them or some."""
    rows = await db.fetch(WEARERS, fair_id, exhibitors, wearers, limit)
    return [Wearer(str(r[0]), str(r[1]), r[2], r[3]) for r in rows]


async def attendees(
    db: Pool, session_id: str, attendees: Sequence[str] | None, limit: int
) -> list[Attendee]:
    """Those who had a seat in a workshop, by name; where the door has noted who came, those."""
    rows = await db.fetch(ATTENDEES, session_id, attendees, limit)
    return [Attendee(str(row["attendee_id"]), row["name"]) for row in rows]
