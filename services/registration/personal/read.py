"""What the log says of one person, for whoever has a right to know it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from chassis.answers.shapes import AnswerOut, Stored
from chassis.postgres.database import Connection, Pool

ABOUT = """
select type, occurred_at as at, split_part(actor, ':', 1) as by, data::text as data
  from log.events
 where stream = any($1::text[]) and data ->> $2 = $3
 order by position
"""


class EventOut(AnswerOut):
    """An event that names a person by id."""

    type: str = Field(description="As it is stored.", examples=["contact_added.v1"])
    at: datetime
    by: str = Field(
        description="The role of who did it, or what did it of itself.", examples=["organiser"]
    )
    data: Stored[dict[str, Any]]


async def events_about(
    db: Connection | Pool, streams: Sequence[str], field: str, key: str
) -> list[EventOut]:
    """The events of these streams whose `field` names a person, in their order."""
    return [EventOut.of(row) for row in await db.fetch(ABOUT, streams, field, key)]
