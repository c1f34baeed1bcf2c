"""The read tables `stands`, `duty` and `duty_broken`, and the queries on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import asyncpg
from maarid_contracts.envelope import Id
from maarid_contracts.registration import ExhibitorRegisteredV1, ExhibitorWithdrawnV1
from pydantic import Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut
from chassis.definition.projection import Projection, Row
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.ticketing.duty.domain import (
    DutyBroken,
    DutyClaimed,
    DutyMoved,
    DutyReleased,
    DutyRestored,
    Event,
)

# Projection

STAND = """
insert into stands (exhibitor_id, fair_id, organisation_id, people)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::integer[])
on conflict (exhibitor_id) do update
   set organisation_id = excluded.organisation_id, people = excluded.people
"""
WITHDRAW = "delete from stands where exhibitor_id = any($1::uuid[])"
CLAIM = """
insert into duty (seat_id, fair_id, organisation_id, session_id, request_id, starts_at, ends_at,
                  places)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[],
                     $6::timestamptz[], $7::timestamptz[], $8::integer[])
on conflict (seat_id) do update
   set starts_at = excluded.starts_at, ends_at = excluded.ends_at
"""
MOVE = """
update duty as d set starts_at = m.starts_at, ends_at = m.ends_at
  from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as m(seat_id, starts_at, ends_at)
 where d.seat_id = m.seat_id
"""
RELEASE = "delete from duty where seat_id = any($1::uuid[])"
BREAK = """
insert into duty_broken (fair_id, organisation_id, at, sessions, places, people, since)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (fair_id, organisation_id) do update
   set at = excluded.at, sessions = excluded.sessions, places = excluded.places,
       people = excluded.people, since = excluded.since
"""
RESTORE = "delete from duty_broken where fair_id = $1 and organisation_id = $2"

Heard: TypeAlias = ExhibitorRegisteredV1 | ExhibitorWithdrawnV1


async def hear(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """Who exhibits, with how many people; the last that is said of an exhibitor counts."""
    stands: dict[str, Row | None] = {}
    for received in batch:
        contract: Heard = received.contract
        match contract:
            case ExhibitorRegisteredV1(exhibitor_id=exhibitor):
                whose = (contract.fair_id, contract.organisation_id)
                stands[exhibitor] = (exhibitor, *whose, contract.people)
            case ExhibitorWithdrawnV1(exhibitor_id=exhibitor):
                stands[exhibitor] = None
    if there := [row for row in stands.values() if row is not None]:
        await db.execute(STAND, *columns(there))
    if withdrawn := [exhibitor for exhibitor, row in stands.items() if row is None]:
        await db.execute(WITHDRAW, withdrawn)


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """A time is claimed before it moves, and moves before it is given back, which is for ever."""
    claimed: list[Row] = []
    moved: dict[str, Row] = {}
    released: list[str] = []
    broken: dict[tuple[str, str], Row | None] = {}
    for fact in facts:
        match event := fact.event:
            case DutyClaimed():
                whose = (event.fair_id, event.organisation_id, event.session_id, event.request_id)
                slot = (event.starts_at, event.ends_at)
                claimed.append((event.seat_id, *whose, *slot, event.places))
            case DutyMoved():
                moved[event.seat_id] = (event.seat_id, event.starts_at, event.ends_at)
            case DutyReleased():
                released.append(event.seat_id)
            case DutyBroken(fair_id=fair, organisation_id=organisation):
                found = (event.at, event.sessions, event.places, event.people)
                broken[fair, organisation] = (fair, organisation, *found, fact.occurred_at)
            case DutyRestored(fair_id=fair, organisation_id=organisation):
                broken[fair, organisation] = None
    if claimed:
        await db.execute(CLAIM, *columns(claimed))
    if moved:
        await db.execute(MOVE, *columns(list(moved.values())))
    if released:
        await db.execute(RELEASE, released)
    if rows := [row for row in broken.values() if row is not None]:
        await db.executemany(BREAK, rows)
    if restored := [whose for whose, row in broken.items() if row is None]:
        await db.executemany(RESTORE, restored)


PROJECTION = Projection(
    tables=("stands", "duty", "duty_broken"),
    own=project,
    heard=hear,
    events=Event,
    contracts=Heard,
)


# Queries

# What was given up may still have its claim, until it is looked for.
STANDING = """
select w.fair_id, w.starts_at, w.ends_at,
       coalesce((select sum(people) from stands
                  where organisation_id = $2 and fair_id = w.fair_id), 0)::integer as people,
       array(select d.seat_id::text from duty as d join seats as s using (seat_id)
              where d.organisation_id = $2 and d.fair_id = w.fair_id
                and s.status = 'released') as given_back,
       exists (select from log.outcomes where command_id = $3) as answered
  from workshops as w where w.session_id = $1
"""
KEPT = timedelta(days=30)
"""Claims of workshops that ended so long ago are not looked at any more."""
# A place that is not in the table was not asked for, or not yet.
UNSETTLED = """
select d.seat_id::text, d.fair_id, d.organisation_id::text, d.request_id, w.starts_at, w.ends_at,
       case when s.seat_id is null then 'unasked'
            when s.status = 'released' then 'released'
            else 'moved' end as found,
       coalesce(e.people, 0)::integer as people
  from duty as d join workshops as w using (session_id) left join seats as s using (seat_id)
  left join (select organisation_id, fair_id, sum(people) as people from stands group by 1, 2) as e
         on (e.organisation_id, e.fair_id) = (d.organisation_id, d.fair_id)
 where d.ends_at > $1
   and (s.seat_id is null or s.status = 'released'
        or (d.starts_at, d.ends_at) <> (w.starts_at, w.ends_at))
 order by d.seat_id
"""
BROKEN = Listing(
    "select * from duty_broken where fair_id = $1",
    "organisation_id",
    {
        "at": Order(
            "at",
            "timestamptz",
            found="select at from duty_broken where fair_id = $1 and organisation_id = $key",
        )
    },
    key_type="uuid",
)


class BrokenOut(AnswerOut):
    """An exhibitor whose stand nobody would attend, because a workshop was moved."""

    organisation_id: Id
    at: datetime = Field(description="From when on nobody would be there.")
    sessions: list[Id] = Field(description="The workshops that overlap then.")
    places: int = Field(description="People who would be away then.")
    people: int = Field(description="All people of the exhibitor.")
    since: datetime = Field(description="When it was found.")


async def standing(
    db: Pool, session_id: str, organisation_id: str, command_id: UUID
) -> asyncpg.Record | None:
    """What a claim needs to know; None where there is no such workshop."""
    return await db.fetchrow(STANDING, session_id, organisation_id, command_id)


async def unsettled(db: Pool, now: datetime) -> list[asyncpg.Record]:
    """Claims that are not as their seats and workshops are by now."""
    return await db.fetch(UNSETTLED, now - KEPT)


async def is_seated(db: Pool, seat_id: str) -> bool:
    """Whether a seat, or a place on the waiting list, was ever given."""
    return await db.fetchval("select exists (select from seats where seat_id = $1)", seat_id)


async def broken(db: Pool, fair_id: str, page: Page) -> Part[BrokenOut]:
    """Exhibitors whose duty is broken, unless said otherwise the soonest first."""
    return (await BROKEN.part(db, page, fair_id)).of(BrokenOut.of)
