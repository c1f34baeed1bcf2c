"""What ticketing can be asked: plain SELECTs on its read tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from chassis.database import Pool
from chassis.listing import Listing, Order, Page, Part
from services.ticketing.domain.workshop import PLACES_PER_ORGANISATION

NOT_SAID = "not_said"
"""Stands for the province of people who did not say where they come from."""


@dataclass(frozen=True, slots=True)
class Fair:
    """When a fair takes place, by the clocks of its town."""

    fair_id: str
    timezone: str
    first_day: date
    last_day: date
    cancelled: bool

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """From midnight to midnight."""
        begins = datetime.combine(day, time(), ZoneInfo(self.timezone))
        return begins, begins + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Text:
    ar: str
    fr: str
    zgh: str | None
    en: str | None


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


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket, and where and when it let its party in."""

    ticket_id: str
    fair_id: str
    kind: str
    day: date
    party: int
    province: str | None
    issued_at: datetime
    gate_id: str | None
    checked_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A fair in numbers; cancelled workshops do not count."""

    workshops: int
    workshops_full: int
    seats: int
    seats_reserved: int
    seats_waitlisted: int
    tickets: int
    people_expected: int
    people_in: int
    people_in_by_day: Mapping[str, int]
    people_in_by_gate: Mapping[str, int]
    people_in_by_province: Mapping[str, int]


async def fair(db: Pool, fair_id: str) -> Fair | None:
    row = await db.fetchrow(
        "select fair_id, timezone, first_day, last_day, cancelled from fairs where fair_id = $1",
        fair_id,
    )
    if row is None:
        return None
    return Fair(
        row["fair_id"], row["timezone"], row["first_day"], row["last_day"], row["cancelled"]
    )


async def organisations_of(db: Pool, contacts: list[str]) -> Mapping[str, str]:
    """Whose contacts these are, as far as they are contacts."""
    rows = await db.fetch(
        "select contact_id, organisation_id from contacts where contact_id = any($1::uuid[])",
        contacts,
    )
    return {str(row["contact_id"]): str(row["organisation_id"]) for row in rows}


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


async def ticket(db: Pool, ticket_id: str) -> Ticket | None:
    row = await db.fetchrow("select * from tickets where ticket_id = $1", ticket_id)
    if row is None:
        return None
    return Ticket(
        str(row["ticket_id"]),
        row["fair_id"],
        row["kind"],
        row["day"],
        row["party"],
        row["province"],
        row["issued_at"],
        row["gate_id"],
        row["checked_in_at"],
    )


async def figures(db: Pool, fair_id: str) -> Figures:
    row = await db.fetchrow(
        f"""select count(*) as workshops,
                   count(*) filter (where is_full) as workshops_full,
                   coalesce(sum(capacity), 0) as seats,
                   coalesce(sum(seats_reserved), 0) as seats_reserved,
                   coalesce(sum(seats_waitlisted), 0) as seats_waitlisted,
                   (select coalesce(sum(tickets), 0)::bigint from expected where fair_id = $1)
                       as tickets,
                   (select coalesce(sum(people), 0)::bigint from expected where fair_id = $1)
                       as people_expected
              from ({WORKSHOPS}) as w where fair_id = $1 and not cancelled""",
        fair_id,
    )
    came = await db.fetch(
        """select day, gate_id, province, sum(people)::bigint as people from arrivals
            where fair_id = $1 group by grouping sets ((day), (gate_id), (province))
            order by day, gate_id, province""",
        fair_id,
    )
    by_day = {str(r["day"]): r["people"] for r in came if r["day"] is not None}
    by_gate = {r["gate_id"]: r["people"] for r in came if r["gate_id"] is not None}
    by_province = {
        r["province"] or NOT_SAID: r["people"] for r in came if r["province"] is not None
    }
    assert row is not None  # An aggregate without groups always has one row.
    return Figures(
        **dict(row),
        people_in=sum(by_day.values()),
        people_in_by_day=by_day,
        people_in_by_gate=by_gate,
        people_in_by_province=by_province,
    )


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
