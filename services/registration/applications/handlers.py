"""The applications of a fair as they were at a moment, from the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Query

from chassis.answers.shapes import known
from chassis.api.fields import Moment
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.event_types import EventTypes
from chassis.log.events import COLUMNS, fact_of
from services.registration.applications.contracts import EVENTS
from services.registration.applications.read import Past
from services.registration.fairs.domain import fair_stream
from services.registration.fairs.read import announced_at

TYPES = EventTypes(EVENTS)
AT_ONCE = 300
"""Events that are read at once: some milliseconds of the event loop."""

# Up to the first event that came later: nobody saw what stands behind it, whatever its clock said.
UNTIL = "select min(version) from log.events where stream = $1 and occurred_at > $2"
EVENTS_OF_FAIR = f"""
select {COLUMNS} from log.events
 where stream = $1 and version > $2 and ($3::bigint is null or version < $3)
   and type = any($4::text[])
   and ($5::text is null or data ->> 'application_id' = $5 or data ->> 'exhibitor_id' = $5)
 order by version limit $6
"""

AsOf = Annotated[
    Moment | None,
    Query(
        description="As it was then: from the announcement of the fair up to now. Organisations"
        " appear as they are now.",
        examples=["2025-07-01T18:00:00Z"],
    ),
]


async def applications_at(
    runtime: Runtime, fair_id: str, at: datetime, application_id: str | None = None
) -> Sequence[str]:
    """The rows of a fair's applications, or of one, as they were: JSON in pieces.

    Raises Refused where the fair is unknown, or was then, or the moment is yet to come.
    """
    announced = known(await announced_at(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    if at > runtime.clock.now():
        raise Refused("as_of_to_come", now=runtime.clock.now())
    if at < announced:
        raise Refused("as_of_before_fair", announced_at=announced)
    stream = fair_stream(fair_id).name
    until: int | None = await runtime.pool.fetchval(UNTIL, stream, at)
    past, version = Past(), 0
    while rows := await runtime.pool.fetch(
        EVENTS_OF_FAIR, stream, version, until, list(TYPES.classes), application_id, AT_ONCE
    ):
        for row in rows:
            past.take(fact_of(row, TYPES))  # type: ignore[arg-type]
        version = rows[-1]["version"]
    return [*past.pieces()]
