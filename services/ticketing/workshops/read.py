"""The read tables `workshops` and `seats`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.definition.projection import Projection
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.ticketing.fairs.read import Fair
from services.ticketing.workshops.domain import (
    PLACES_PER_ORGANISATION,
    Event,
    SeatEvent,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    WorkshopCancelled,
    WorkshopFull,
    WorkshopMoved,
    WorkshopOpened,
    WorkshopReopened,
    WorkshopRulesSet,
)

# Projection

OPEN = """
insert into workshops (session_id, fair_id, title_ar, title_fr, title_zgh, title_en, hall_id,
                       capacity, starts_at, ends_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::integer[], $9::timestamptz[], $10::timestamptz[])
on conflict (session_id) do nothing
"""
MOVE = """
update workshops as w set hall_id = m.hall_id, starts_at = m.starts_at, ends_at = m.ends_at
  from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[])
       as m(session_id, hall_id, starts_at, ends_at)
 where w.session_id = m.session_id
"""
RULES = """
update workshops as w set places_per_organisation = r.places
  from unnest($1::uuid[], $2::integer[]) as r(session_id, places)
 where w.session_id = r.session_id
"""
CANCEL = "update workshops set cancelled = true where session_id = any($1::uuid[])"
WRITE_SEATS = """
with counted as (
    update workshops as w set seats_reserved = w.seats_reserved + c.reserved,
                              seats_waitlisted = w.seats_waitlisted + c.waitlisted
      from unnest($9::uuid[], $10::integer[], $11::integer[])
           as c(session_id, reserved, waitlisted)
     where w.session_id = c.session_id
)
insert into seats (seat_id, session_id, attendee_id, contact_id, status, reason, arrived,
                   changed_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                     $7::bigint[], $8::timestamptz[])
on conflict (seat_id) do update
   set status = excluded.status, reason = excluded.reason, changed_at = excluded.changed_at
"""


class SeatRow(NamedTuple):
    """One row of `seats`, as a batch leaves it."""

    seat_id: str
    session_id: str
    attendee_id: str
    contact_id: str | None
    status: str
    reason: str | None
    arrived: int
    changed_at: datetime


@dataclass(slots=True)
class Seats:
    """The last row of each seat of a batch, and what the batch adds to each workshop's counts."""

    rows: dict[str, SeatRow] = field(default_factory=dict[str, SeatRow])
    reserved: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    waitlisted: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    def add(self, event: SeatEvent, version: int, occurred_at: datetime) -> None:
        reason: str | None = None
        match event:
            case SeatReserved():
                status = "reserved"
                self.reserved[event.session_id] += 1
                self.waitlisted[event.session_id] -= event.from_waitlist
            case SeatWaitlisted():
                status = "waitlisted"
                self.waitlisted[event.session_id] += 1
            case SeatReleased():
                status, reason = "released", event.reason
                counts = self.waitlisted if event.waited else self.reserved
                counts[event.session_id] -= 1
        before = self.rows.get(event.seat_id)
        # Only a seat's first row in the table keeps this version; a later one leaves it alone.
        arrived = before.arrived if before else version
        self.rows[event.seat_id] = SeatRow(
            event.seat_id,
            event.session_id,
            event.attendee_id,
            event.contact_id,
            status,
            reason,
            arrived,
            occurred_at,
        )

    async def write(self, db: Connection) -> None:
        # Sorted, so that two writers lock the workshops in the same order.
        sessions = sorted(
            session
            for session in self.reserved.keys() | self.waitlisted.keys()
            if self.reserved[session] or self.waitlisted[session]
        )
        reserved = [self.reserved[session] for session in sessions]
        waitlisted = [self.waitlisted[session] for session in sessions]
        # One statement for both tables: the round trip costs more than its work.
        rows = columns(list(self.rows.values()))
        await db.execute(WRITE_SEATS, *rows, sessions, reserved, waitlisted)


async def project(db: Connection, facts: Sequence[Fact[object]]) -> None:
    """A workshop opens before it moves, and moves before it is cancelled."""
    opened: list[WorkshopOpened] = []
    moved: dict[str, WorkshopMoved] = {}
    rules: dict[str, int] = {}
    cancelled: list[str] = []
    seats = Seats()
    for fact in facts:
        event = fact.event
        if not isinstance(event, Event):
            continue
        match event:
            case SeatReserved() | SeatWaitlisted() | SeatReleased():
                seats.add(event, fact.version, fact.occurred_at)
            case WorkshopOpened():
                opened.append(event)
            case WorkshopMoved():
                moved[event.session_id] = event
            case WorkshopRulesSet():
                rules[event.session_id] = event.places_per_organisation
            case WorkshopCancelled():
                cancelled.append(event.session_id)
            case WorkshopFull() | WorkshopReopened():
                pass  # Both follow from the counts.
    if opened:
        await _open(db, opened)
    if moved:
        rows = [(e.session_id, e.hall_id, e.starts_at, e.ends_at) for e in moved.values()]
        await db.execute(MOVE, *columns(rows))
    if rules:
        await db.execute(RULES, list(rules), list(rules.values()))
    if seats.rows:
        await seats.write(db)
    if cancelled:
        await db.execute(CANCEL, cancelled)


async def _open(db: Connection, opened: Sequence[WorkshopOpened]) -> None:
    rows = [
        (
            event.session_id,
            event.fair_id,
            event.title.ar,
            event.title.fr,
            event.title.zgh,
            event.title.en,
            event.hall_id,
            event.capacity,
            event.starts_at,
            event.ends_at,
        )
        for event in opened
    ]
    await db.execute(OPEN, *columns(rows))


PROJECTION = Projection(tables=("workshops", "seats"), own=project, events=Event)


# Queries


@dataclass(frozen=True, slots=True)
class Workshop:
    """A workshop and how many seats it has left."""

    session_id: str
    fair_id: str
    title: Text
    hall_id: str
    starts_at: datetime
    ends_at: datetime
    status: str
    capacity: int
    seats_reserved: int
    seats_left: int
    seats_waitlisted: int
    full: bool
    places_per_organisation: int


@dataclass(frozen=True, slots=True)
class Seat:
    """A reservation or a place on the waiting list, with its rank there at this moment."""

    seat_id: str
    session_id: str
    attendee_id: str
    contact_id: str | None
    status: str
    rank: int | None
    reason: str | None
    changed_at: datetime


WORKSHOPS = """
select *, not cancelled and seats_reserved >= capacity as is_full from workshops
"""


async def workshop(db: Pool, session_id: str) -> Workshop | None:
    row = await db.fetchrow(f"{WORKSHOPS} where session_id = $1", session_id)
    return _workshop(row) if row else None


WORKSHOPS_OF_FAIR = Listing(
    f"""
    select * from ({WORKSHOPS}) as w
     where fair_id = $1
       and ($2::boolean is null or is_full = $2)
       and ($3::timestamptz is null or starts_at >= $3 and starts_at < $4)
    """,
    "session_id",
    {
        "starts_at": Order(
            "starts_at",
            "timestamptz",
            found="select starts_at from workshops where session_id = $key",
        )
    },
    key_type="uuid",
)


async def workshops(
    db: Pool, of: Fair, page: Page, *, full: bool | None, day: date | None
) -> Part[Workshop]:
    """Workshops, unless said otherwise in the order in which they begin."""
    begins = ends = None
    if day is not None:
        begins, ends = of.hours_of(day)
    part = await WORKSHOPS_OF_FAIR.part(db, page, of.fair_id, full, begins, ends)
    return part.of(_workshop)


async def open_workshops(db: Pool, fair_id: str) -> list[str]:
    """The workshops of a fair that are still to take place."""
    rows = await db.fetch(
        "select session_id from workshops where fair_id = $1 and not cancelled order by session_id",
        fair_id,
    )
    return [str(row["session_id"]) for row in rows]


SEATS = """
select s.*, waiting.rank
  from seats as s
  left join (select seat_id, row_number() over (order by arrived) as rank from seats
              where session_id = $1 and status = 'waitlisted') as waiting using (seat_id)
 where s.session_id = $1
"""


async def seat(db: Pool, session_id: str, seat_id: str) -> Seat | None:
    row = await db.fetchrow(f"{SEATS} and s.seat_id = $2", session_id, seat_id)
    return _seat(row) if row else None


SEATS_OF_SESSION = Listing(
    f"""
    {SEATS}
       and ($2::text is null or s.status = $2)
       and ($3::uuid is null or s.attendee_id = $3)
    """,
    "seat_id",
    {
        "asked_for": Order(
            "arrived", "bigint", found="select arrived from seats where seat_id = $key"
        )
    },
    key_type="uuid",
)


async def seats(
    db: Pool, session_id: str, page: Page, *, status: str | None, attendee_id: str | None
) -> Part[Seat]:
    """Seats, unless said otherwise in the order in which they were asked for."""
    part = await SEATS_OF_SESSION.part(db, page, session_id, status, attendee_id)
    return part.of(_seat)


def _workshop(row: asyncpg.Record) -> Workshop:
    cancelled = row["cancelled"]
    return Workshop(
        session_id=str(row["session_id"]),
        fair_id=row["fair_id"],
        title=Text(row["title_ar"], row["title_fr"], row["title_zgh"], row["title_en"]),
        hall_id=row["hall_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        status="cancelled" if cancelled else "open",
        capacity=row["capacity"],
        seats_reserved=row["seats_reserved"],
        seats_left=0 if cancelled else row["capacity"] - row["seats_reserved"],
        seats_waitlisted=row["seats_waitlisted"],
        full=row["is_full"],
        places_per_organisation=row["places_per_organisation"] or PLACES_PER_ORGANISATION,
    )


def _seat(row: asyncpg.Record) -> Seat:
    return Seat(
        seat_id=str(row["seat_id"]),
        session_id=str(row["session_id"]),
        attendee_id=str(row["attendee_id"]),
        contact_id=row["contact_id"] and str(row["contact_id"]),
        status=row["status"],
        rank=row["rank"],
        reason=row["reason"],
        changed_at=row["changed_at"],
    )
