"""Fairs and halls in tables, and the queries on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, get_args

import orjson
from maarid_contracts import Contract
from maarid_contracts.envelope import Text
from maarid_contracts.registration import FairAnnouncedV1, FairCancelledV1, FairChangedV1
from maarid_contracts.scheduling import HallOpenedV1

from chassis.definition.projection import Projection
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.fairs.fair import Fair, Named

Projected: TypeAlias = FairAnnouncedV1 | FairChangedV1 | FairCancelledV1 | HallOpenedV1
PROJECTED: tuple[type[Contract], ...] = get_args(Projected)
"""The events that change the tables of fairs and halls."""

Row: TypeAlias = tuple[Any, ...]

ANNOUNCE = """
insert into fairs (fair_id, name, timezone, poles)
select * from unnest($1::text[], $2::jsonb[], $3::text[], $4::jsonb[])
on conflict (fair_id) do nothing
"""
CHANGE_FAIR = """
update fairs as f set name = c.name, timezone = c.timezone, venue = c.venue, city = c.city
  from unnest($1::text[], $2::jsonb[], $3::text[], $4::jsonb[], $5::jsonb[])
       as c(fair_id, name, timezone, venue, city)
 where f.fair_id = c.fair_id
"""
CANCEL_FAIR = "update fairs set cancelled = true where fair_id = any($1::text[])"
OPEN_HALL = """
insert into halls (fair_id, hall_id, name)
select * from unnest($1::text[], $2::text[], $3::jsonb[])
on conflict (fair_id, hall_id) do nothing
"""


async def project_heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """Write what texts say of fairs and halls."""
    rows: dict[str, list[Row]] = defaultdict(list)
    changed: dict[str, Row] = {}
    for received in batch:
        event: object = received.contract
        if not isinstance(event, Projected):
            continue
        match event:
            case FairAnnouncedV1():
                poles = {pole.pole_id: names(pole.name) for pole in event.poles}
                rows[ANNOUNCE].append(
                    (event.fair_id, json_of(names(event.name)), event.timezone, json_of(poles))
                )
            case FairChangedV1():
                changed[event.fair_id] = (
                    event.fair_id,
                    json_of(names(event.name)),
                    event.timezone,
                    json_of(names(event.venue)),
                    json_of(names(event.city)),
                )
            case FairCancelledV1():
                rows[CANCEL_FAIR].append((event.fair_id,))
            case HallOpenedV1():
                rows[OPEN_HALL].append((event.fair_id, event.hall_id, json_of(names(event.name))))
    rows[CHANGE_FAIR] += changed.values()
    await write_rows(db, rows, (ANNOUNCE, CHANGE_FAIR, CANCEL_FAIR, OPEN_HALL))


PROJECTION = Projection(tables=("fairs", "halls"), heard=project_heard, contracts=Projected)


async def write_rows(
    db: Connection, rows: Mapping[str, Sequence[Row]], statements: Sequence[str]
) -> None:
    """Run the statements in this order, each once, with a column of its rows as each parameter."""
    for statement in statements:
        if found := rows.get(statement):
            await db.execute(statement, *columns(found))


def names(text: Text) -> dict[str, str | None]:
    """A contract's text as a name by language."""
    return text.model_dump()


def json_of(value: Mapping[str, Any]) -> str:
    """A mapping as JSON text."""
    return orjson.dumps(dict(value)).decode()


async def fairs(pool: Pool, fair_ids: Iterable[str]) -> dict[str, Fair]:
    """Those of the fairs that were announced, by id."""
    rows = await pool.fetch(
        "select fair_id, name::text, timezone, poles::text, venue::text, city::text, cancelled"
        " from fairs where fair_id = any($1)",
        list(fair_ids),
    )
    return {
        row["fair_id"]: Fair(
            row["fair_id"],
            orjson.loads(row["name"]),
            row["timezone"],
            orjson.loads(row["poles"]),
            row["venue"] and orjson.loads(row["venue"]),
            row["city"] and orjson.loads(row["city"]),
            row["cancelled"],
        )
        for row in rows
    }


async def halls(pool: Pool, fair_ids: Iterable[str]) -> dict[tuple[str, str], Named]:
    """The names of the fairs' halls, by fair and hall."""
    rows = await pool.fetch(
        "select fair_id, hall_id, name::text from halls where fair_id = any($1)", list(fair_ids)
    )
    return {(row["fair_id"], row["hall_id"]): orjson.loads(row["name"]) for row in rows}
