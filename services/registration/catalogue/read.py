"""The read table of product families: its projection, and the queries on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.catalogue.domain import Event

# Projection

# Two definitions of one family may come in one batch: they are written in their order.
DEFINE = """
insert into families (code, name, craft, dusty, parent) values ($1, $2::jsonb, $3, $4, $5)
on conflict (code) do update set name = excluded.name, craft = excluded.craft,
       dusty = excluded.dusty, parent = excluded.parent
"""


def _write(fact: Fact[Event]) -> Write:
    family = fact.event
    row = (family.code, as_json(family.name), family.craft, family.dusty, family.parent)
    return DEFINE, row


PROJECTION = Projection(tables=("families",), own=rows_of_facts((DEFINE,), _write), events=Event)


# Queries


class FamilyOut(AnswerOut):
    code: str
    name: Stored[Text]
    craft: str
    dusty: bool
    parent: str | None


FAMILIES = Listing(
    """
    select * from families
     where ($1::text is null or craft = $1) and ($2::text is null or parent = $2)
    """,
    "code",
    {"code": Order(), "craft": Order("craft")},
)
WITHIN = """
with recursive within(code) as (
    select $1::text
    union select f.code from families as f join within as w on f.parent = w.code
)
select array_agg(code) from within
"""


async def family(db: Connection | Pool, code: str) -> FamilyOut | None:
    return FamilyOut.found(await db.fetchrow("select * from families where code = $1", code))


async def families_within(db: Connection | Pool, code: str) -> list[str]:
    """The code of a family, whether it is defined or not, and those of all its parts."""
    return await db.fetchval(WITHIN, code)


EXHIBITED = """
select a.application_id as exhibitor_id, a.products, o.organisation_id, o.name, o.country, o.region,
       o.province
  from applications as a join organisations as o using (organisation_id)
 where a.fair_id = $1 and a.status = 'accepted' and a.application_id > $2
 order by a.application_id limit $3
"""


async def names_of_families(db: Connection | Pool) -> dict[str, Mapping[str, str | None]]:
    """The names of all families that are defined, by code."""
    rows = await db.fetch("select code, name from families")
    return {row["code"]: orjson.loads(row["name"]) for row in rows}


async def exhibited(
    db: Connection | Pool, fair_id: str, after: str, limit: int
) -> list[dict[str, Any]]:
    """Exhibitors of a fair with their products, in the order of ids, behind one of them."""
    rows = await db.fetch(EXHIBITED, fair_id, after, limit)
    return [
        {**row, "products": orjson.loads(row["products"]), "name": orjson.loads(row["name"])}
        for row in rows
    ]
