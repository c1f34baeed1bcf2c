"""The queries on the read tables `workshops` and `seats`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from maarid_contracts.envelope import Code, Id, Slug
from pydantic import ConfigDict, Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut, Stored
from chassis.kernel.text import Text
from chassis.postgres.database import Pool
from services.ticketing.fairs.read import Fair
from services.ticketing.workshops.state import PLACES_PER_ORGANISATION

OPENS = "Nobody reserves before."
HELD = "Seats that are for those whom a programme supports."
HELD_UNTIL = "From then on the seats that are held are for everybody."
OFFER_MINUTES = (
    "A seat that becomes free is offered to the next on the waiting list, who has so long to answer"
    " once told; null: the next moves up at once."
)
NO_SHOW_MINUTES = (
    "So long after the start are seats kept that were not scanned at the door; null: to the end."
)
PLACES = "Seats, and places on the waiting list, that one organisation may take."
SeatStatus: TypeAlias = Literal["reserved", "waitlisted", "offered", "released"]


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
    seats_offered: int = Field(description="Kept for those who were offered them.")
    seats_left: int = Field(description="Also those that are held for programmes.")
    seats_waitlisted: int = Field(description="For how many seats people wait.")
    walk_ins: int = Field(description="People who were let in without a seat.")
    over_capacity: int = Field(
        description="People whom phones at the door let in though too few seats were free."
    )
    full: bool
    places_per_organisation: int = Field(description=PLACES)
    opens_at: datetime | None = Field(description=OPENS)
    held: int | None = Field(description=HELD)
    held_until: datetime | None = Field(description=HELD_UNTIL)
    offer_minutes: int | None = Field(description=OFFER_MINUTES)
    no_show_minutes: int | None = Field(description=NO_SHOW_MINUTES)


class SeatOut(AnswerOut):
    """A reservation or a place on the waiting list, with its rank there at this moment; or a seat
    that is offered, and until when."""

    seat_id: Id
    session_id: Id
    attendee_id: Id
    contact_id: Id | None
    places: int = Field(description="How many seats; a group's.")
    status: SeatStatus
    rank: int | None
    offered_until: datetime | None = Field(description="When the offer lapses, as known now.")
    reason: Code | None
    attended_at: datetime | None = Field(description="When it was scanned at the door.")
    changed_at: datetime


WORKSHOPS = f"""
select w.session_id, w.fair_id, w.hall_id, w.starts_at, w.ends_at, w.capacity, w.cancelled,
       w.seats_reserved, w.seats_offered, w.walk_ins, w.opens_at, w.held, w.held_until,
       w.offer_minutes, w.no_show_minutes, w.offers, w.offers_taken, w.offers_lapsed, w.no_shows,
       w.attended, w.over_capacity, w.seats_waitlisted - w.seats_offered as seats_waitlisted,
       jsonb_build_object('ar', w.title_ar, 'fr', w.title_fr, 'zgh', w.title_zgh, 'en', w.title_en)
           as title,
       case when w.cancelled then 'cancelled' else 'open' end as status,
       case when w.cancelled then 0 else greatest(seen.free, 0) end as seats_left,
       not w.cancelled and seen.free <= 0 as "full",
       coalesce(w.places_per_organisation, {PLACES_PER_ORGANISATION}) as places_per_organisation
  from workshops as w
 cross join lateral (
    select w.capacity - w.seats_reserved - w.seats_offered - w.walk_ins - w.over_capacity as free)
    as seen
"""


async def workshop(db: Pool, session_id: str) -> WorkshopOut | None:
    row = await db.fetchrow(f"{WORKSHOPS} where w.session_id = $1", session_id)
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
  from (select seat_id, session_id, attendee_id, contact_id, places, reason, arrived, changed_at,
               offered_until, attended_at,
               case when offered_until is null then status else 'offered' end as status
          from seats) as s
  left join (select seat_id, row_number() over (order by arrived) as rank from seats
              where session_id = $1 and status = 'waitlisted' and offered_until is null)
       as waiting using (seat_id)
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


async def session_of(db: Pool, seat_id: str) -> str | None:
    """The workshop of a seat, also of one that was given up."""
    session = await db.fetchval("select session_id from seats where seat_id = $1", seat_id)
    return None if session is None else str(session)


async def is_supported(db: Pool, session_id: str, organisation_id: str) -> bool:
    """Whether a programme supports an organisation at the fair of a workshop."""
    return await db.fetchval(
        "select exists (select from workshops join supported using (fair_id)"
        " where session_id = $1 and organisation_id = $2)",
        session_id,
        organisation_id,
    )


async def has_rules(db: Pool, session_id: str) -> bool:
    """Whether there is a workshop for which the team has set rules."""
    return await db.fetchval(
        "select exists (select from workshops"
        " where session_id = $1 and places_per_organisation is not null)",
        session_id,
    )
