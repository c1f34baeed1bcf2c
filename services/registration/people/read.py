"""The read table of people who wear badges, without who they are: its projection and queries."""

from __future__ import annotations

from chassis.definition.projection import Projection, Write, rows_of_facts
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.people.domain import Event, WearerAdded, WearerErased, WearerRemoved

# Projection

ADD = """
insert into wearers (wearer_id, fair_id, exhibitor_id, organisation_id, role, added_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (wearer_id) do nothing
"""
LEAVE = "update wearers set erased = true, left_because = $2 where wearer_id = $1"
STATEMENTS = (ADD, LEAVE)


def _write(fact: Fact[Event]) -> Write:
    event = fact.event
    match event:
        case WearerAdded():
            return ADD, (
                event.wearer_id,
                event.fair_id,
                event.exhibitor_id,
                event.organisation_id,
                event.role,
                fact.occurred_at,
            )
        case WearerRemoved():
            return LEAVE, (event.wearer_id, event.reason)
        case WearerErased():
            return LEAVE, (event.wearer_id, "erased")


PROJECTION = Projection(tables=("wearers",), own=rows_of_facts(STATEMENTS, _write), events=Event)


# Queries


async def exhibitor_of(db: Connection | Pool, wearer_id: str) -> str | None:
    """The exhibitor whose badge somebody wears, or wore."""
    return await db.fetchval("select exhibitor_id from wearers where wearer_id = $1", wearer_id)
