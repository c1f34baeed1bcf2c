"""The read table of fairs: its projection, and the queries on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from pydantic import TypeAdapter

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.definition.projection import Projection
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.fairs.domain import (
    CallClosed,
    CallOpened,
    FairAnnounced,
    FairCancelled,
    FairChanged,
    FairEvent,
    Pole,
    SupportProgramme,
)
from services.registration.fields.read import Row, as_json, shaped, write

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


async def project(db: Connection, facts: Sequence[Fact[object]]) -> None:
    """Write what the events of this subject say."""
    rows = [
        _row(fact.event, fact.occurred_at) for fact in facts if isinstance(fact.event, FairEvent)
    ]
    await write(db, STATEMENTS, rows)


def _row(event: FairEvent, at: datetime) -> tuple[str, Row]:
    match event:
        case FairAnnounced():
            return ANNOUNCE, (*_fair(event), as_json(event.poles), as_json(event.programmes), at)
        case FairChanged():
            return CHANGE, _fair(event)
        case FairCancelled():
            return CANCEL, (event.fair_id, event.reason)
        case CallOpened():
            return CALL, (event.fair_id, "open", event.closes_at, None)
        case CallClosed():
            return CALL, (event.fair_id, "closed", None, event.reason)


def _fair(event: FairAnnounced | FairChanged) -> Row:
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


PROJECTION = Projection(tables=("fairs",), own=project, events=FairEvent)


# Queries

Database = Connection | Pool

TEXT = TypeAdapter(Text)
JSON: Mapping[str, TypeAdapter[Any]] = {
    "name": TEXT,
    "region": TEXT,
    "city": TEXT,
    "venue": TEXT,
    "poles": TypeAdapter(tuple[Pole, ...]),
    "programmes": TypeAdapter(tuple[SupportProgramme, ...]),
}


@dataclass(frozen=True)
class Fair:
    fair_id: str
    edition: int
    name: Text
    region: Text
    city: Text
    venue: Text
    timezone: str
    first_day: date
    last_day: date
    opens_at: time
    closes_at: time
    area_m2: int | None
    poles: tuple[Pole, ...]
    programmes: tuple[SupportProgramme, ...]
    call_status: str
    call_closes_at: datetime | None
    call_closed_because: str | None
    cancelled_because: str | None

    @property
    def status(self) -> str:
        return "announced" if self.cancelled_because is None else "cancelled"


FAIRS = Listing(
    "select * from fairs",
    "fair_id",
    {"fair_id": Order(), "first_day": Order("first_day", "date")},
)


async def fairs(db: Database, page: Page) -> Part[Fair]:
    part = await FAIRS.part(db, page)
    return part.of(lambda row: shaped(Fair, row, JSON))


async def fair(db: Database, fair_id: str) -> Fair | None:
    row = await db.fetchrow("select * from fairs where fair_id = $1", fair_id)
    return None if row is None else shaped(Fair, row, JSON)


async def fair_exists(db: Database, fair_id: str) -> bool:
    return await db.fetchval("select exists (select from fairs where fair_id = $1)", fair_id)
