"""The read table of fairs: its projection, and the queries on it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.api.fields import LocalTime
from chassis.definition.projection import Projection, Row, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.fairs.domain import (
    CallClosed,
    CallOpened,
    FairAnnounced,
    FairCancelled,
    FairChanged,
    FairDetails,
    FairEvent,
    Pole,
    SupportProgramme,
)

# Projection

ANNOUNCE = """
insert into fairs (fair_id, edition, name, region, city, venue, timezone, first_day, last_day,
                        opens_at, closes_at, area_m2, poles, programmes, announced_at)
values ($1, $2, $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb, $7, $8, $9, $10, $11, $12, $13::jsonb,
        $14::jsonb, $15)
on conflict (fair_id) do nothing
"""
CHANGE = """
update fairs set edition = $2, name = $3::jsonb, region = $4::jsonb, city = $5::jsonb,
       venue = $6::jsonb, timezone = $7, first_day = $8, last_day = $9, opens_at = $10,
       closes_at = $11, area_m2 = $12
 where fair_id = $1
"""
CANCEL = "update fairs set cancelled_because = $2 where fair_id = $1"
CALL = """
update fairs set call_status = $2, call_closes_at = coalesce($3, call_closes_at),
       call_closed_because = $4 where fair_id = $1
"""
STATEMENTS = (ANNOUNCE, CHANGE, CANCEL, CALL)


def _write(fact: Fact[FairEvent]) -> Write:
    event = fact.event
    match event:
        case FairAnnounced():
            poles, programmes = as_json(event.poles), as_json(event.programmes)
            return ANNOUNCE, (*_details(event), poles, programmes, fact.occurred_at)
        case FairChanged():
            return CHANGE, _details(event)
        case FairCancelled():
            return CANCEL, (event.fair_id, event.reason)
        case CallOpened():
            return CALL, (event.fair_id, "open", event.closes_at, None)
        case CallClosed():
            return CALL, (event.fair_id, "closed", None, event.reason)


def _details(event: FairDetails) -> Row:
    return (
        event.fair_id,
        event.edition,
        as_json(event.name),
        as_json(event.region),
        as_json(event.city),
        as_json(event.venue),
        event.timezone,
        event.first_day,
        event.last_day,
        event.opens_at,
        event.closes_at,
        event.area_m2,
    )


PROJECTION = Projection(tables=("fairs",), own=rows_of_facts(STATEMENTS, _write), events=FairEvent)


# Queries


class FairOut(AnswerOut):
    fair_id: str
    edition: int
    name: Stored[Text]
    region: Stored[Text]
    city: Stored[Text]
    venue: Stored[Text]
    timezone: str
    first_day: date
    last_day: date
    opens_at: LocalTime
    closes_at: LocalTime
    area_m2: int | None
    poles: Stored[tuple[Pole, ...]]
    programmes: Stored[tuple[SupportProgramme, ...]]
    status: str = Field(description="`announced` or `cancelled`.")
    cancelled_because: str | None
    call_status: str = Field(description="`not_opened`, `open` or `closed`.")
    call_closes_at: datetime | None
    call_closed_because: str | None


ALL_FAIRS = """
select *, case when cancelled_because is null then 'announced' else 'cancelled' end as status
  from fairs
"""
FAIRS = Listing(ALL_FAIRS, "fair_id", {"fair_id": Order(), "first_day": Order("first_day", "date")})


async def fair(db: Connection | Pool, fair_id: str) -> FairOut | None:
    return FairOut.found(await db.fetchrow(f"{ALL_FAIRS} where fair_id = $1", fair_id))


async def announced_at(db: Connection | Pool, fair_id: str) -> datetime | None:
    """When a fair was announced; None where there is none."""
    return await db.fetchval("select announced_at from fairs where fair_id = $1", fair_id)
