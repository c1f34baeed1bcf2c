"""Fairs and halls in tables, and the queries on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import orjson
from maarid_contracts.registration import FairAnnouncedV1, FairCancelledV1, FairChangedV1
from maarid_contracts.scheduling import HallOpenedV1
from pydantic import TypeAdapter

from chassis.definition.projection import Projection, Write, as_json, rows_of_contracts
from chassis.postgres.database import Pool
from services.notifications.fairs.fair import Fair, Named

FAIR = TypeAdapter(Fair)

ANNOUNCE = """
insert into fairs (fair_id, name, timezone, poles) values ($1, $2, $3, $4)
on conflict (fair_id) do nothing
"""
CHANGE = "update fairs set name = $2, timezone = $3, venue = $4, city = $5 where fair_id = $1"
CANCEL = "update fairs set cancelled = true where fair_id = $1"
OPEN_HALL = """
insert into halls (fair_id, hall_id, name) values ($1, $2, $3)
on conflict (fair_id, hall_id) do nothing
"""

Received: TypeAlias = FairAnnouncedV1 | FairChangedV1 | FairCancelledV1 | HallOpenedV1


def _write(event: Received) -> Write:
    match event:
        case FairAnnouncedV1():
            poles = as_json({pole.pole_id: pole.name.model_dump() for pole in event.poles})
            return ANNOUNCE, (event.fair_id, event.name.model_dump_json(), event.timezone, poles)
        case FairChangedV1():
            name, venue, city = (
                text.model_dump_json() for text in (event.name, event.venue, event.city)
            )
            return CHANGE, (event.fair_id, name, event.timezone, venue, city)
        case FairCancelledV1():
            return CANCEL, (event.fair_id,)
        case HallOpenedV1():
            return OPEN_HALL, (event.fair_id, event.hall_id, event.name.model_dump_json())


PROJECTION = Projection(
    tables=("fairs", "halls"),
    heard=rows_of_contracts((ANNOUNCE, CHANGE, CANCEL, OPEN_HALL), _write),
    contracts=Received,
)


async def fairs(pool: Pool, fair_ids: Iterable[str]) -> dict[str, Fair]:
    """Those of the fairs that were announced, by id."""
    rows = await pool.fetch("select * from fairs where fair_id = any($1)", list(fair_ids))
    return {row["fair_id"]: FAIR.validate_python(dict(row)) for row in rows}


async def halls(pool: Pool, fair_ids: Iterable[str]) -> dict[tuple[str, str], Named]:
    """The names of the fairs' halls, by fair and hall."""
    rows = await pool.fetch("select * from halls where fair_id = any($1)", list(fair_ids))
    return {(row["fair_id"], row["hall_id"]): orjson.loads(row["name"]) for row in rows}
