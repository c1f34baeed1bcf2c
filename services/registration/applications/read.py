"""The read table of applications: its projection, and the queries on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.definition.projection import Projection
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.fields.read import Row, as_json, shaped, write
from services.registration.selection.domain import (
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    Event,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
    Needs,
    Product,
    Status,
)

# Projection

APPLY = """
insert into applications (application_id, fair_id, organisation_id, contact_id, participation,
                               pole_id, products, families, booths, people, needs, programmes,
                               submitted_at)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11::jsonb, $12, $13)
on conflict (application_id) do nothing
"""
DECIDE = """
update applications set status = $2, reason = $3, rank = $4, from_waitlist = $5,
       decided_at = $6 where application_id = $1
"""
STATEMENTS = (APPLY, DECIDE)


async def project(db: Connection, facts: Sequence[Fact[object]]) -> None:
    """Write what the events of this subject say."""
    rows = [_row(fact.event, fact.occurred_at) for fact in facts if isinstance(fact.event, Event)]
    await write(db, STATEMENTS, rows)


def _row(event: Event, at: datetime) -> tuple[str, Row]:
    match event:
        case ApplicationSubmitted():
            return APPLY, _application(event, at)
        case ExhibitorRegistered():
            return DECIDE, (
                event.exhibitor_id,
                Status.ACCEPTED,
                event.reason,
                None,
                event.from_waitlist,
                at,
            )
        case ApplicationWaitlisted():
            row = (event.application_id, Status.WAITLISTED, event.reason, event.rank, False, at)
            return DECIDE, row
        case ApplicationRejected():
            return DECIDE, (event.application_id, Status.REJECTED, event.reason, None, False, at)
        case ApplicationWithdrawn():
            return DECIDE, (event.application_id, Status.WITHDRAWN, event.reason, None, False, at)
        case ExhibitorWithdrawn():
            return DECIDE, (event.exhibitor_id, Status.WITHDRAWN, event.reason, None, False, at)


def _application(event: ApplicationSubmitted, at: datetime) -> Row:
    return (
        event.application_id,
        event.fair_id,
        event.organisation_id,
        event.contact_id,
        event.participation,
        event.pole_id,
        as_json(event.products),
        sorted({product.family for product in event.products}),
        event.booths,
        event.people,
        as_json(event.needs),
        list(event.programmes),
        at,
    )


PROJECTION = Projection(tables=("applications",), own=project, events=Event)


# Queries

Database = Connection | Pool

JSON: Mapping[str, TypeAdapter[Any]] = {
    "organisation_name": TypeAdapter(Text),
    "products": TypeAdapter(tuple[Product, ...]),
    "needs": TypeAdapter(Needs),
}


@dataclass(frozen=True)
class Application:
    """An application and, once it is accepted, the exhibitor; `rank` when it was put on a list."""

    application_id: str
    fair_id: str
    organisation_id: str
    organisation_name: Text
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    products: tuple[Product, ...]
    families: Sequence[str]
    booths: int
    people: int
    needs: Needs
    programmes: Sequence[str]
    status: str
    reason: str | None
    rank: int | None
    from_waitlist: bool
    submitted_at: datetime
    decided_at: datetime | None


APPLICATIONS = """
select a.*, o.name as organisation_name, o.kind, o.province
  from applications as a join organisations as o using (organisation_id)
"""


APPLICATIONS_OF_FAIR = Listing(
    f"""
    {APPLICATIONS}
     where a.fair_id = $1 and ($2::text is null or a.status = $2)
       and ($3::text is null or a.pole_id = $3) and ($4::text is null or a.organisation_id = $4)
    """,
    "application_id",
    {"application_id": Order(), "submitted_at": Order("submitted_at", "timestamptz")},
)


async def applications(
    db: Database,
    fair_id: str,
    page: Page,
    status: str | None = None,
    pole_id: str | None = None,
    organisation_id: str | None = None,
) -> Part[Application]:
    part = await APPLICATIONS_OF_FAIR.part(db, page, fair_id, status, pole_id, organisation_id)
    return part.of(lambda row: shaped(Application, row, JSON))


async def application(db: Database, fair_id: str, application_id: str) -> Application | None:
    row = await db.fetchrow(
        f"{APPLICATIONS} where a.fair_id = $1 and a.application_id = $2", fair_id, application_id
    )
    return None if row is None else shaped(Application, row, JSON)


EXHIBITORS = Listing(
    f"""
    {APPLICATIONS}
     where a.fair_id = $1 and a.status = 'accepted'
       and ($2::text is null or a.pole_id = $2) and ($3::text is null or o.kind = $3)
       and ($4::text is null or a.participation = $4)
       and ($5::text is null or $5 = any(a.programmes))
       and ($6::text is null or $6 = any(a.families))
    """,
    "application_id",
    {"exhibitor_id": Order(), "submitted_at": Order("submitted_at", "timestamptz")},
)


async def exhibitors(
    db: Database,
    fair_id: str,
    page: Page,
    pole_id: str | None = None,
    kind: str | None = None,
    participation: str | None = None,
    programme_id: str | None = None,
    family: str | None = None,
) -> Part[Application]:
    part = await EXHIBITORS.part(
        db, page, fair_id, pole_id, kind, participation, programme_id, family
    )
    return part.of(lambda row: shaped(Application, row, JSON))
