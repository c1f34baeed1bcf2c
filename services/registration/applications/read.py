"""The read table of applications: its projection, and the queries on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Row, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.selection.application import (
    Asked,
    Needs,
    Product,
)
from services.registration.selection.domain import (
    ApplicationChanged,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    Event,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
    Status,
)
from services.registration.selection.offering import OfferDeclined, OfferLapsed

# Projection

APPLY = """
insert into applications (application_id, fair_id, organisation_id, contact_id, participation,
                               pole_id, products, families, booths, people, needs, programmes,
                               preferences, submitted_at, late_because)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11::jsonb, $12, $13, $14, $15)
on conflict (application_id) do nothing
"""
# Nothing changes once it is decided on: the changes of a batch may be written before its decisions.
CHANGE = """
update applications set participation = $2, pole_id = $3, products = $4::jsonb, families = $5,
       booths = $6, people = $7, needs = $8::jsonb, programmes = $9, preferences = $10,
       changed_at = $11
 where application_id = $1
"""
DECIDE = """
update applications set status = $2, reason = $3, rank = $4, from_waitlist = $5, decided_at = $6,
       other_pole_id = nullif($7, pole_id), other_booths = nullif($8, booths),
       score = coalesce($9, score), draw_rank = coalesce($10, draw_rank),
       bound_by = case when $9 is null then bound_by else $11 end
 where application_id = $1
"""
STATEMENTS = (APPLY, CHANGE, DECIDE)


def _write(fact: Fact[Event | OfferDeclined | OfferLapsed]) -> Write:
    event, at = fact.event, fact.occurred_at
    match event:
        case ApplicationSubmitted():
            return APPLY, (
                event.application_id,
                event.fair_id,
                event.organisation_id,
                event.contact_id,
                *_asked(event),
                at,
                event.late_because,
            )
        case ApplicationChanged():
            return CHANGE, (event.application_id, *_asked(event), at)
        case ExhibitorRegistered():
            decided = (Status.ACCEPTED, event.reason, None, event.from_waitlist, at)
            given = (event.pole_id, event.booths)
            return DECIDE, (event.exhibitor_id, *decided, *given, *_ranked(event))
        case ApplicationWaitlisted():
            decided = (Status.WAITLISTED, event.reason, event.rank, False, at)
            return DECIDE, (event.application_id, *decided, None, None, *_ranked(event))
        case ApplicationRejected():
            decided = (Status.REJECTED, event.reason, None, False, at)
            return DECIDE, (event.application_id, *decided, None, None, *_ranked(event))
        case ApplicationWithdrawn():
            decided = (Status.WITHDRAWN, event.reason, None, False, at)
            return DECIDE, (event.application_id, *decided, None, None, *UNRANKED)
        case ExhibitorWithdrawn():
            decided = (Status.WITHDRAWN, event.reason, None, False, at)
            return DECIDE, (event.exhibitor_id, *decided, None, None, *UNRANKED)
        case OfferDeclined():
            decided = (Status.WITHDRAWN, event.reason, None, False, at)
            return DECIDE, (event.application_id, *decided, None, None, *UNRANKED)
        case OfferLapsed():
            decided = (Status.WAITLISTED, OFFER_LAPSED, None, False, at)
            return DECIDE, (event.application_id, *decided, None, None, *UNRANKED)


def _asked(asked: Asked) -> Row:
    """What can be changed, in the order of both statements."""
    return (
        asked.participation,
        asked.pole_id,
        as_json([_shown(product) for product in asked.products]),
        asked.families,
        asked.booths,
        asked.people,
        as_json(asked.needs),
        asked.programmes,
        asked.preferences,
    )


def _shown(product: Product) -> dict[str, object]:
    """Without an origin as rows were written before there was any: a rebuild makes them again."""
    origin = {} if product.origin is None else {"origin": product.origin}
    return {"family": product.family, "name": product.name, **origin}


OFFER_LAPSED = "offer_lapsed"
"""The reason of who is out of line, because it did not answer an offer in time."""
UNRANKED = (None, None, None)
"""What is decided on one application alone leaves what a selection said of it."""


def _ranked(event: ExhibitorRegistered | ApplicationWaitlisted | ApplicationRejected) -> Row:
    return event.score, event.draw_rank, event.bound_by


PROJECTION = Projection(
    tables=("applications",),
    own=rows_of_facts(STATEMENTS, _write),
    events=Event | OfferDeclined | OfferLapsed,
)


class Past:
    """The rows of before, as the three statements would have made them of the facts until then."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, int] = {}
        """By application the version of the fact that said last what it asks for."""

    def take(self, fact: Fact[Event]) -> None:
        """The next fact of a fair.  Raises KeyError where its application was never submitted."""
        statement, (id_, *values) = _write(fact)
        if statement is not DECIDE:
            self.asked[id_] = fact.version
        if statement is APPLY:
            self._rows.setdefault(id_, {"application_id": id_})
        MADE[statement](self._rows[id_], values)

    async def pieces(self, size: int = 200) -> list[str]:
        """The rows as JSON arrays, each of so many; others have a turn in between."""
        rows, pieces = list(self._rows.values()), list[str]()
        for begin in range(0, len(rows), size):
            pieces.append(as_json([_as_stored(row) for row in rows[begin : begin + size]]))
            await asyncio.sleep(0)
        return pieces


def _as_stored(row: dict[str, Any]) -> dict[str, Any]:
    """A row as `jsonb_populate_recordset` takes it.  Products are read for what is shown alone."""
    return row | {"products": (), "needs": orjson.Fragment(row["needs"])}


ASKED = (
    *("participation", "pole_id", "products", "families", "booths", "people", "needs"),
    *("programmes", "preferences"),
)
"""The columns of `_asked`."""
APPLIED = ("fair_id", "organisation_id", "contact_id", *ASKED, "submitted_at", "late_because")


def _apply(row: dict[str, Any], values: Sequence[Any]) -> None:
    row.update(zip(APPLIED, values, strict=True))
    row |= {"status": "submitted", "from_waitlist": False}


def _change(row: dict[str, Any], values: Sequence[Any]) -> None:
    row.update(zip((*ASKED, "changed_at"), values, strict=True))


def _decide(row: dict[str, Any], values: Sequence[Any]) -> None:
    decided = ("status", "reason", "rank", "from_waitlist", "decided_at")
    row.update(zip(decided, values[:5], strict=True))
    pole_id, booths, score, draw_rank, bound_by = values[5:]
    row["other_pole_id"] = None if pole_id == row["pole_id"] else pole_id
    row["other_booths"] = None if booths == row["booths"] else booths
    if score is not None:
        row |= {"score": score, "bound_by": bound_by}
    if draw_rank is not None:
        row["draw_rank"] = draw_rank


MADE = {APPLY: _apply, CHANGE: _change, DECIDE: _decide}
"""What each statement makes of a row, behind the id of the application."""


# Queries

FAMILY_NAMES = Field(description="By code, of those families that are defined by now.")


class ApplicationOut(AnswerOut):
    """An application; once accepted its id is the exhibitor's.

    `pole_id` and `booths` are what was asked for.
    """

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
    family_names: Stored[dict[str, Text]] = FAMILY_NAMES
    booths: int
    given_pole_id: str | None = Field(description="Of an exhibitor: the pole that it was given.")
    given_booths: int | None = Field(description="Of an exhibitor: the booths that it was given.")
    people: int
    needs: Stored[Needs]
    programmes: tuple[str, ...]
    preferences: tuple[str, ...] = Field(
        description="What it would like of its booth, but can do without."
    )
    late_because: str | None = Field(
        description="Why it was taken after the call had closed; null where it came in time."
    )
    status: str
    reason: str | None
    rank: int | None
    from_waitlist: bool
    submitted_at: datetime
    changed_at: datetime | None
    decided_at: datetime | None
    score: int | None
    draw_rank: int | None
    bound_by: str | None


class ExhibitorOut(AnswerOut):
    """`pole_id` and `booths` are what it was given."""

    exhibitor_id: str
    organisation_id: str
    organisation_name: Stored[Text]
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    families: tuple[str, ...]
    family_names: Stored[dict[str, Text]] = FAMILY_NAMES
    booths: int
    asked_pole_id: str
    asked_booths: int
    people: int
    needs: Stored[Needs]
    programmes: tuple[str, ...]
    from_waitlist: bool


NAMES_OF_FAMILIES = """
(select coalesce(jsonb_object_agg(f.code, f.name), '{}')
   from families as f where f.code = any(a.families))
"""
APPLICATIONS = f"""
select a.*, o.name as organisation_name, o.kind, o.province,
       case when a.status = 'accepted' then coalesce(a.other_pole_id, a.pole_id) end
           as given_pole_id,
       case when a.status = 'accepted' then coalesce(a.other_booths, a.booths) end as given_booths,
       {NAMES_OF_FAMILIES} as family_names
  from applications as a join organisations as o using (organisation_id)
"""


APPLICATIONS_OF_FAIR = Listing(
    f"""
    {APPLICATIONS}
     where a.fair_id = $1 and ($2::text is null or a.status = $2)
       and ($3::text is null or a.pole_id = $3)
       and ($4::text[] is null or a.organisation_id = any($4))
       and ($5::boolean is null or (a.late_because is not null) = $5)
    """,
    "application_id",
    {"application_id": Order(), "submitted_at": Order("submitted_at", "timestamptz")},
)


AT = """
with applications as (
    select past.* from unnest(${}::text[]) as piece,
           jsonb_populate_recordset(null::applications, piece::jsonb) as past
)
"""
"""Rows of before, a parameter, in place of the table of now."""
APPLICATIONS_AT = Listing(
    AT.format(6) + APPLICATIONS_OF_FAIR.sql, APPLICATIONS_OF_FAIR.key, APPLICATIONS_OF_FAIR.orders
)


APPLICATION_AT = AT.format(1) + APPLICATIONS


async def application(
    db: Connection | Pool, fair_id: str, application_id: str
) -> ApplicationOut | None:
    row = await db.fetchrow(
        f"{APPLICATIONS} where a.fair_id = $1 and a.application_id = $2", fair_id, application_id
    )
    return ApplicationOut.found(row)


EXHIBITORS = Listing(
    f"""
    select a.application_id as exhibitor_id, a.organisation_id, o.name as organisation_name,
           o.kind, o.province, a.contact_id, a.participation, a.families, a.people, a.needs,
           a.programmes, a.from_waitlist, a.submitted_at, a.pole_id as asked_pole_id,
           a.booths as asked_booths, coalesce(a.other_pole_id, a.pole_id) as pole_id,
           coalesce(a.other_booths, a.booths) as booths, {NAMES_OF_FAMILIES} as family_names
      from applications as a join organisations as o using (organisation_id)
     where a.fair_id = $1 and a.status = 'accepted'
       and ($2::text is null or coalesce(a.other_pole_id, a.pole_id) = $2)
       and ($3::text is null or o.kind = $3)
       and ($4::text is null or a.participation = $4)
       and ($5::text is null or $5 = any(a.programmes))
       and ($6::text is null or $6 = any(a.families))
    """,
    "exhibitor_id",
    {"exhibitor_id": Order(), "submitted_at": Order("submitted_at", "timestamptz")},
)
