"""The read table of documents: its projection, and the queries on it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.dossiers.domain import (
    DocumentEvent,
    DocumentFoundMissing,
    DocumentNoteTakenBack,
    DocumentSeen,
)

NOTE = """
insert into documents (application_id, document, fair_id, noted_at, seen_on, expires_on, number)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (application_id, document) do update
   set noted_at = excluded.noted_at, seen_on = excluded.seen_on,
       expires_on = excluded.expires_on, number = excluded.number
"""
TAKE_BACK = "delete from documents where application_id = $1 and document = $2"


def _write(fact: Fact[DocumentEvent]) -> Write:
    event, at = fact.event, fact.occurred_at
    of = (event.application_id, event.document)
    match event:
        case DocumentSeen():
            return NOTE, (*of, event.fair_id, at, event.seen_on, event.expires_on, event.number)
        case DocumentFoundMissing():
            return NOTE, (*of, event.fair_id, at, None, None, None)
        case DocumentNoteTakenBack():
            return TAKE_BACK, of


PROJECTION = Projection(
    tables=("documents",), own=rows_of_facts((NOTE, TAKE_BACK), _write), events=DocumentEvent
)


# Queries


class DocumentOut(AnswerOut):
    document: str
    state: str = Field(
        description="`seen`; `missing`; or `expires`: seen, and not valid on the fair's last day."
    )
    seen_on: date | None
    expires_on: date | None = Field(description="The last day on which it is valid.")
    number: str | None
    noted_at: datetime


class DocumentOfFairOut(DocumentOut):
    """A document of an application that is not rejected or withdrawn."""

    application_id: str
    organisation_id: str
    organisation_name: Stored[Text]
    status: str


STATE = """
case when d.seen_on is null then 'missing' when d.expires_on < f.last_day then 'expires'
     else 'seen' end
"""
LACKING = ("missing", "expires")
DOCUMENTS_OF_FAIR = Listing(
    f"""
    select d.*, {STATE} as state, a.organisation_id, a.status, o.name as organisation_name,
           d.application_id || '/' || d.document as note
      from documents as d join applications as a using (application_id)
      join fairs as f on f.fair_id = d.fair_id
      join organisations as o on o.organisation_id = a.organisation_id
     where d.fair_id = $1 and a.status not in ('rejected', 'withdrawn')
       and ($2::text[] is null or {STATE} = any($2))
       and ($3::text is null or d.document = $3)
    """,
    "note",
    {"note": Order(), "noted_at": Order("noted_at", "timestamptz")},
)


async def documents(db: Connection | Pool, application_id: str) -> list[DocumentOut]:
    """What was noted of one application's documents."""
    rows = await db.fetch(
        f"select d.*, {STATE} as state from documents as d join fairs as f using (fair_id)"
        ' where application_id = $1 order by document collate "C"',
        application_id,
    )
    return [DocumentOut.of(row) for row in rows]
