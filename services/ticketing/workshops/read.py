"""The read tables `workshops` and `seats`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

from maarid_contracts.envelope import Code, Id, Slug
from pydantic import ConfigDict, Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Row
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


@dataclass(slots=True)
class Seats:
    """The last row of each seat of a batch, and what the batch adds to each workshop's counts."""

    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    arrived: dict[str, int] = field(default_factory=dict[str, int])
    reserved: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    waitlisted: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    def add(self, event: SeatEvent, version: int, occurred_at: datetime) -> None:
        seat, session, reason = event.seat_id, event.session_id, None
        match event:
            case SeatReserved():
                status = "reserved"
                self.reserved[session] += 1
                self.waitlisted[session] -= event.from_waitlist
            case SeatWaitlisted():
                status = "waitlisted"
                self.waitlisted[session] += 1
            case SeatReleased():
                status, reason = "released", event.reason
                counts = self.waitlisted if event.waited else self.reserved
                counts[session] -= 1
        # Only a seat's first row in the table keeps this version; a later one leaves it alone.
        arrived = self.arrived.setdefault(seat, version)
        who, told = event.attendee_id, event.contact_id
        self.rows[seat] = (seat, session, who, told, status, reason, arrived, occurred_at)

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


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """A workshop opens before it moves, and moves before it is cancelled."""
    opened: list[WorkshopOpened] = []
    moved: dict[str, WorkshopMoved] = {}
    rules: dict[str, int] = {}
    cancelled: list[str] = []
    seats = Seats()
    for fact in facts:
        match event := fact.event:
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
    rows: list[Row] = []
    for e in opened:
        title = (e.title.ar, e.title.fr, e.title.zgh, e.title.en)
        slot = (e.starts_at, e.ends_at)
        rows.append((e.session_id, e.fair_id, *title, e.hall_id, e.capacity, *slot))
    await db.execute(OPEN, *columns(rows))


PROJECTION = Projection(tables=("workshops", "seats"), own=project, events=Event)


# Queries

PLACES = "Seats, and places on the waiting list, that one organisation may take."
SeatStatus: TypeAlias = Literal["reserved", "waitlisted", "released"]


class WorkshopOut(AnswerOut):
    """A workshop and how many seats it has left."""

    # Its title always names all four languages, with null where there is no text.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    session_id: Id
    fair_id: Slug
    title: Stored[Text]
    hall_id: Slug
    starts_at: datetime
    ends_at: datetime
    status: Literal["open", "cancelled"]
    capacity: int
    seats_reserved: int
    seats_left: int
    seats_waitlisted: int
    full: bool
    places_per_organisation: int = Field(description=PLACES)


class SeatOut(AnswerOut):
    """A reservation or a place on the waiting list, with its rank there at this moment."""

    seat_id: Id
    session_id: Id
    attendee_id: Id
    contact_id: Id | None
    status: SeatStatus
    rank: int | None
    reason: Code | None
    changed_at: datetime


WORKSHOPS = f"""
select session_id, fair_id, hall_id, starts_at, ends_at, capacity, cancelled,
       seats_reserved, seats_waitlisted,
       jsonb_build_object('ar', title_ar, 'fr', title_fr, 'zgh', title_zgh, 'en', title_en)
           as title,
       case when cancelled then 'cancelled' else 'open' end as status,
       case when cancelled then 0 else capacity - seats_reserved end as seats_left,
       not cancelled and seats_reserved >= capacity as "full",
       coalesce(places_per_organisation, {PLACES_PER_ORGANISATION}) as places_per_organisation
  from workshops
"""


async def workshop(db: Pool, session_id: str) -> WorkshopOut | None:
    row = await db.fetchrow(f"{WORKSHOPS} where session_id = $1", session_id)
    return WorkshopOut.found(row)


WORKSHOPS_OF_FAIR = Listing(
    f"""
    select * from ({WORKSHOPS}) as w
     where fair_id = $1
       and ($2::boolean is null or "full" = $2)
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
) -> Part[WorkshopOut]:
    """Workshops, unless said otherwise in the order in which they begin."""
    begins = ends = None
    if day is not None:
        begins, ends = of.hours_of(day)
    part = await WORKSHOPS_OF_FAIR.part(db, page, of.fair_id, full, begins, ends)
    return part.of(WorkshopOut.of)


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


async def seat(db: Pool, session_id: str, seat_id: str) -> SeatOut | None:
    row = await db.fetchrow(f"{SEATS} and s.seat_id = $2", session_id, seat_id)
    return SeatOut.found(row)


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
) -> Part[SeatOut]:
    """Seats, unless said otherwise in the order in which they were asked for."""
    part = await SEATS_OF_SESSION.part(db, page, session_id, status, attendee_id)
    return part.of(SeatOut.of)
