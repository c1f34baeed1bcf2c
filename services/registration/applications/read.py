"""The read table of applications: its projection, and the queries on it."""

from __future__ import annotations

from datetime import datetime

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Row, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
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
       decided_at = $6, score = coalesce($7, score), draw_rank = coalesce($8, draw_rank),
       bound_by = case when $7 is null then bound_by else $9 end
 where application_id = $1
"""
STATEMENTS = (APPLY, DECIDE)


def _write(fact: Fact[Event]) -> Write:
    event, at = fact.event, fact.occurred_at
    match event:
        case ApplicationSubmitted():
            return APPLY, (
                event.application_id,
                event.fair_id,
                event.organisation_id,
                event.contact_id,
                event.participation,
                event.pole_id,
                as_json(event.products),
                event.families,
                event.booths,
                event.people,
                as_json(event.needs),
                event.programmes,
                at,
            )
        case ExhibitorRegistered():
            moved = event.from_waitlist
            row = (event.exhibitor_id, Status.ACCEPTED, event.reason, None, moved, at)
            return DECIDE, (*row, *_ranked(event))
        case ApplicationWaitlisted():
            row = (event.application_id, Status.WAITLISTED, event.reason, event.rank, False, at)
            return DECIDE, (*row, *_ranked(event))
        case ApplicationRejected():
            row = (event.application_id, Status.REJECTED, event.reason, None, False, at)
            return DECIDE, (*row, *_ranked(event))
        case ApplicationWithdrawn():
            row = (event.application_id, Status.WITHDRAWN, event.reason, None, False, at)
            return DECIDE, (*row, *UNRANKED)
        case ExhibitorWithdrawn():
            row = (event.exhibitor_id, Status.WITHDRAWN, event.reason, None, False, at)
            return DECIDE, (*row, *UNRANKED)


UNRANKED = (None, None, None)
"""What is decided on one application alone leaves what a selection said of it."""


def _ranked(event: ExhibitorRegistered | ApplicationWaitlisted | ApplicationRejected) -> Row:
    return event.score, event.draw_rank, event.bound_by


PROJECTION = Projection(
    tables=("applications",), own=rows_of_facts(STATEMENTS, _write), events=Event
)


# Queries


class ApplicationOut(AnswerOut):
    """An application; once accepted its id is the exhibitor's."""

    application_id: str
    fair_id: str
    organisation_id: str
    organisation_name: Stored[Text]
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    products: Stored[tuple[Product, ...]]
    families: tuple[str, ...]
    booths: int
    people: int
    needs: Stored[Needs]
    programmes: tuple[str, ...]
    status: str
    reason: str | None
    rank: int | None
    from_waitlist: bool
    submitted_at: datetime
    decided_at: datetime | None
    score: int | None
    draw_rank: int | None
    bound_by: str | None


class ExhibitorOut(AnswerOut):
    exhibitor_id: str
    organisation_id: str
    organisation_name: Stored[Text]
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    families: tuple[str, ...]
    booths: int
    people: int
    needs: Stored[Needs]
    programmes: tuple[str, ...]
    from_waitlist: bool


APPLICATIONS = """
select a.*, a.application_id as exhibitor_id, o.name as organisation_name, o.kind, o.province
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


async def application(
    db: Connection | Pool, fair_id: str, application_id: str
) -> ApplicationOut | None:
    row = await db.fetchrow(
        f"{APPLICATIONS} where a.fair_id = $1 and a.application_id = $2", fair_id, application_id
    )
    return ApplicationOut.found(row)


EXHIBITORS = Listing(
    f"""
    {APPLICATIONS}
     where a.fair_id = $1 and a.status = 'accepted'
       and ($2::text is null or a.pole_id = $2) and ($3::text is null or o.kind = $3)
       and ($4::text is null or a.participation = $4)
       and ($5::text is null or $5 = any(a.programmes))
       and ($6::text is null or $6 = any(a.families))
    """,
    "exhibitor_id",
    {"exhibitor_id": Order(), "submitted_at": Order("submitted_at", "timestamptz")},
)
