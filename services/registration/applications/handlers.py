"""Applications that come in, and those of a fair as they were at a moment, from the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import Query
from maarid_contracts import registration

from chassis.answers.shapes import known
from chassis.api.fields import Moment, new_id
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.event_types import EventTypes, event_types_of
from chassis.log.events import COLUMNS, fact_of
from services.registration.applications.read import PROJECTION, ApplicationOut, Past
from services.registration.fairs.domain import fair_stream
from services.registration.fairs.read import announced_at
from services.registration.organisations.read import whom_to_tell
from services.registration.selection.domain import SubmitApplication

TYPES = EventTypes(event_types_of(PROJECTION.events, registration.EVENTS))
AT_ONCE = 300
"""Events that are read at once: some milliseconds of the event loop."""

# Up to the first event that came later: nobody saw what stands behind it, whatever its clock said.
UNTIL = "select min(version) from log.events where stream = $1 and occurred_at > $2"
# Names of products are the greater part of such a stream, and are read for what is shown alone.
EVENTS_OF_FAIR = f"""
select {COLUMNS.replace("data::text", "slim.data::text")}
  from log.events, lateral (
       select case when data ? 'products' then jsonb_set(data, '{{products}}', (
                   select coalesce(jsonb_agg(
                          jsonb_build_object('family', p -> 'family', 'name', $7::jsonb)), '[]')
                     from jsonb_array_elements(data -> 'products') as p))
              else data end as data) as slim
 where stream = $1 and version > $2 and ($3::bigint is null or version < $3)
   and type = any($4::text[])
   and ($5::text is null
        or log.events.data ->> 'application_id' = $5 or log.events.data ->> 'exhibitor_id' = $5)
 order by version limit $6
"""
UNNAMED = '{"ar": "", "fr": ""}'
PRODUCTS = """
select version, data -> 'products' as products from log.events
 where stream = $1 and version = any($2::bigint[])
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
) -> Past:
    """The rows of a fair's applications, or of one, as they were.

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
        EVENTS_OF_FAIR,
        stream,
        version,
        until,
        list(TYPES.classes),
        application_id,
        AT_ONCE,
        UNNAMED,
    ):
        for row in rows:
            past.take(fact_of(row, TYPES))  # type: ignore[arg-type]
        version = rows[-1]["version"]
    return past


async def shown(
    runtime: Runtime, fair_id: str, past: Past, rows: Sequence[asyncpg.Record]
) -> list[ApplicationOut]:
    """Rows of before as they are answered, with the products that each had then."""
    versions = {row["application_id"]: past.asked[row["application_id"]] for row in rows}
    stream = fair_stream(fair_id).name
    found = await runtime.pool.fetch(PRODUCTS, stream, list(versions.values()))
    products = {each["version"]: each["products"] for each in found}
    return [
        ApplicationOut.model_validate(
            {**row, "products": products[versions[row["application_id"]]]}
        )
        for row in rows
    ]


async def submit(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    ids: Sequence[str],
    command: Callable[..., SubmitApplication],
) -> str:
    """Apply for the organisation with these ids, the first of which stays; returns the
    application's.  `command` makes the command from the fields that are given here."""
    organisation_id, *others = ids
    application_id = new_id(context, "application")
    made = command(
        fair_id=fair_id,
        application_id=application_id,
        organisation_id=organisation_id,
        one_with=tuple(others),
        contact_id=await whom_to_tell(runtime.pool, organisation_id),
        now=runtime.clock.now(),
    )
    await runtime.desk.execute(fair_stream(fair_id), made, context)
    return application_id
