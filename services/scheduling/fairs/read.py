"""The fairs that were announced: their read table, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

import orjson
from maarid_contracts.registration import FairAnnouncedV1, FairCancelledV1, FairChangedV1

from chassis.definition.projection import Projection, Write, rows_of_contracts
from chassis.postgres.database import Pool

ANNOUNCE = """
insert into fairs (fair_id, timezone, first_day, last_day, area_m2, poles, pole_names, name)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (fair_id) do update
   set timezone = excluded.timezone, first_day = excluded.first_day,
       last_day = excluded.last_day, area_m2 = excluded.area_m2, poles = excluded.poles,
       pole_names = excluded.pole_names, name = excluded.name
"""
CHANGE = """
update fairs set timezone = $2, first_day = $3, last_day = $4, area_m2 = $5, opens_at = $6,
       closes_at = $7, name = $8
 where fair_id = $1
"""
CANCEL = "update fairs set cancelled = true where fair_id = $1"

Names = Mapping[str, Mapping[str, str | None]]
"""Texts by id, then by language."""

Received = FairAnnouncedV1 | FairChangedV1 | FairCancelledV1

_columns_of_fair = attrgetter("fair_id", "timezone", "first_day", "last_day", "area_m2")


def _write(fair: Received) -> Write:
    match fair:
        case FairAnnouncedV1():
            poles = {pole.pole_id: pole.name.model_dump() for pole in fair.poles}
            names = orjson.dumps(poles).decode(), fair.name.model_dump_json()
            return ANNOUNCE, (*_columns_of_fair(fair), list(poles), *names)
        case FairChangedV1():
            hours = fair.opens_at, fair.closes_at
            return CHANGE, (*_columns_of_fair(fair), *hours, fair.name.model_dump_json())
        case FairCancelledV1():
            return CANCEL, (fair.fair_id,)


PROJECTION = Projection(
    tables=("fairs",),
    # A fair is announced before it changes, and changes before it is cancelled.
    heard=rows_of_contracts((ANNOUNCE, CHANGE, CANCEL), _write),
    contracts=Received,
)


@dataclass(frozen=True, slots=True)
class Fair:
    """When a fair takes place, by the clocks of its town, and its poles."""

    fair_id: str
    timezone: str
    first_day: date
    last_day: date
    area_m2: int | None
    poles: Sequence[str]
    cancelled: bool


async def fair(db: Pool, fair_id: str) -> Fair | None:
    """A fair, if it was announced."""
    row = await db.fetchrow(
        """select fair_id, timezone, first_day, last_day, area_m2, poles, cancelled
             from fairs where fair_id = $1""",
        fair_id,
    )
    return Fair(**row) if row else None


async def names(db: Pool, fair_id: str) -> tuple[Mapping[str, str | None], Names]:
    """What a fair is called in each language, and what its poles are."""
    row = await db.fetchrow("select name, pole_names from fairs where fair_id = $1", fair_id)
    if row is None or row["name"] is None:
        return {}, {}
    return orjson.loads(row["name"]), orjson.loads(row["pole_names"])
