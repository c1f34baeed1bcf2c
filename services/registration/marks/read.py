"""The read table of marks: its projection, and the query on it."""

from __future__ import annotations

from datetime import datetime

from chassis.answers.shapes import AnswerOut
from chassis.definition.projection import Projection, Write, rows_of_facts
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.dossiers.domain import ApplicationMarked

MARK = """
insert into marks (application_id, criterion, mark, marked_at) values ($1, $2, $3, $4)
on conflict (application_id, criterion) do update
   set mark = excluded.mark, marked_at = excluded.marked_at
"""


def _write(fact: Fact[ApplicationMarked]) -> Write:
    event = fact.event
    return MARK, (event.application_id, event.criterion, event.mark, fact.occurred_at)


PROJECTION = Projection(
    tables=("marks",), own=rows_of_facts((MARK,), _write), events=ApplicationMarked
)


class MarkOut(AnswerOut):
    criterion: str
    mark: int
    marked_at: datetime


async def marks(db: Connection | Pool, application_id: str) -> list[MarkOut]:
    """The marks of one application, by criterion."""
    rows = await db.fetch(
        "select criterion, mark, marked_at from marks where application_id = $1"
        ' order by criterion collate "C"',
        application_id,
    )
    return [MarkOut.of(row) for row in rows]
