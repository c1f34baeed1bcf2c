"""What the team sees of lists: how far they are, and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.postgres.database import Connection, Pool
from services.registration.intakes import reasons
from services.registration.intakes.rows import DAYS
from services.registration.intakes.rows.annotated import PROBLEMS

Database = Connection | Pool


class ColumnOut(AnswerOut):
    """A column that was understood."""

    cell: str = Field(examples=["C3"])
    heading: str
    field: str = Field(examples=["phone"])


class UnreadOut(AnswerOut):
    """A heading that nobody knows; its column is passed over."""

    cell: str
    heading: str


class SheetOut(AnswerOut):
    """What was understood of a sheet."""

    name: str
    line: int | None = Field(description="That of the headings; null where none were found.")
    columns: list[ColumnOut]
    unread: list[UnreadOut]


class IntakeOut(AnswerOut):
    """A list that was sent, and how far it is."""

    intake_id: str
    fair_id: str
    state: str = Field(
        description="`reading`, `failed`, `read`, `importing` or `imported`.  What failed is not"
        " tried again: send the list anew."
    )
    error: str | None = Field(description="The code of why it could not be read.")
    progress: float = Field(description="Of the reading, or of the import; from 0 to 1.")
    pole_id: str | None = Field(description="The pole of rows that name none.")
    sheets: Stored[list[SheetOut]]
    statuses: Stored[dict[str, int]] = Field(
        description="How many rows are `new`, `known`, `changed` or `wrong`."
    )
    outcomes: Stored[dict[str, int]] = Field(
        description="How many rows were `imported`, `already_there` or `refused`."
    )
    created_at: datetime
    kept_until: datetime
    import_ended_at: datetime | None


def _counted(column: str) -> str:
    return f"""
    (select coalesce(jsonb_object_agg(each, n), '{{}}')
       from (select {column} as each, count(*) as n from intake_rows as r
              where r.intake_id = i.intake_id and {column} is not null group by 1) as counted)
    """


INTAKES = f"""
select i.*, i.created_at + make_interval(days => {DAYS}) as kept_until,
       {_counted("status")} as statuses, {_counted("outcome")} as outcomes,
       case when i.reading_state <> 'reading' then null else j.error end as error,
       case when i.reading_state <> 'reading' then i.reading_state
            when j.state in ('failed', 'stopped') then 'failed' else 'reading' end as state,
       case when i.reading_state = 'reading' then coalesce(j.progress, 0)
            else (select coalesce(avg((outcome is not null)::int), 1)
                    from intake_rows as r where r.intake_id = i.intake_id and status <> 'wrong')
            end as progress
  from (select intake_id, fair_id, created_at, pole_id, sheets, import_ended_at,
               state as reading_state from intakes) as i
  left join log.jobs as j on j.id = i.intake_id
"""
OF_FAIR = Listing(
    f"{INTAKES} where i.fair_id = $1",
    "intake_id",
    {"intake_id": Order(), "created_at": Order("created_at", "timestamptz")},
    "uuid",
)
ROWS = Listing(
    """
    select * from intake_rows
     where intake_id = $1 and ($2::text is null or status = $2)
       and ($3::text is null or outcome = $3)
    """,
    "number",
    {"number": Order(), "status": Order("status")},
    "integer",
)


class ReasonOut(AnswerOut):
    """Why a row is not taken as it stands, or what is left out of it; and what to do."""

    cell: str = Field(examples=["C17"])
    code: str
    told: str = Field(description="In a language of Accept-Language.")
    keeps_out: bool = Field(description="Whether the row cannot be imported as it is.")


class ChangeOut(AnswerOut):
    """A field of which the list says something else than is known."""

    field: str
    was: Any
    now: Any


class RowOut(AnswerOut):
    """A row of a list.  `given` is what was understood of it."""

    number: int
    sheet: str
    line: int
    status: str
    cells: list[str]
    given: dict[str, Any]
    reasons: list[ReasonOut]
    changes: list[ChangeOut]
    organisation_id: str | None = Field(description="The organisation that it is of, if known.")
    outcome: str | None = Field(description="`imported`, `already_there` or `refused`.")
    refused_code: str | None
    refused_because: str | None = Field(description="In a language of Accept-Language.")
    application_id: str | None


def row_out(row: Mapping[str, Any], language: str) -> RowOut:
    """A row with its reasons in a language."""
    values = dict(row) | {
        name: orjson.loads(row[name]) for name in ("cells", "given", "reasons", "changes")
    }
    values["reasons"] = [
        {
            **each,
            "told": reasons.told(each, language),
            "keeps_out": reasons.is_wrong([each]),
        }
        for each in values["reasons"]
    ]
    code, given = row["refused_code"], row["refused_given"]
    values["refused_because"] = code and PROBLEMS.text(code, language, orjson.loads(given))
    return RowOut.model_validate(values)


async def intake(db: Database, fair_id: str, intake_id: str) -> IntakeOut | None:
    row = await db.fetchrow(
        f"{INTAKES} where i.fair_id = $1 and i.intake_id = $2", fair_id, UUID(intake_id)
    )
    return IntakeOut.found(row)
