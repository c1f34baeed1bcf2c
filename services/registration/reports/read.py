"""Who took part in a fair and in earlier ones, counted in the read tables of all subjects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import asyncpg
from pydantic import BaseModel, Field

from chassis.answers.shapes import AnswerOut, Stored
from chassis.kernel.text import Text
from chassis.postgres.database import Connection, Pool
from services.registration.fairs.read import FairOut
from services.registration.figures.read import FiguresOut, figures
from services.registration.organisations.folding import fold

EDITIONS = 10
"""Earlier fairs that a report looks back on, at most."""

EARLIER = """
select fair_id, region from fairs
 where cancelled_because is null and (first_day, fair_id) < ($1, $2)
 order by first_day desc, fair_id desc limit 1000
"""
# Columns of other streams are joined here: a read table does not depend on their order.
MORE = """
with present as (
    select organisation_id, families from applications where fair_id = $1 and status = 'accepted'
)
select f.fair_id, f.edition, f.name, f.city, f.first_day, f.last_day,
       (select coalesce(json_object_agg(code, number order by code), '{}')
          from (select code, count(*) as number from present, unnest(families) as code
                 group by code) as counted) as by_family,
       (select count(*) from present as p
         where not exists (
             select from applications as a join fairs as e using (fair_id)
              where a.organisation_id = p.organisation_id and a.status = 'accepted'
                and e.cancelled_because is null
                and (e.first_day, e.fair_id) < (f.first_day, f.fair_id))) as newcomers
  from fairs as f where f.fair_id = $1
"""
NAMES = "select code, name from families where code = any($1::text[])"


class Series(StrEnum):
    """Which earlier fairs a report looks back on."""

    REGION = "region"
    ALL = "all"


class EditionOut(AnswerOut):
    """One fair in figures.  Families and newcomers are counted in organisations that take part,
    partners among them; a newcomer has taken part in no earlier fair that we know, of any region.
    """

    fair_id: str
    edition: int
    name: Stored[Text]
    city: Stored[Text]
    first_day: date
    last_day: date
    by_family: Stored[dict[str, int]]
    newcomers: int
    figures: FiguresOut


class FamilyNameOut(AnswerOut):
    code: str
    name: Stored[Text]


class ReportOut(BaseModel):
    """A fair beside earlier ones, the latest first; none of them was called off."""

    series: Series
    fair: EditionOut
    earlier: list[EditionOut] = Field(max_length=EDITIONS)
    family_names: dict[str, Text] = Field(
        description="By code, of those families that are defined by now."
    )


async def report(db: Connection | Pool, fair: FairOut, series: Series) -> ReportOut:
    """The report on a fair."""
    rows = await db.fetch(EARLIER, fair.first_day, fair.fair_id)
    wanted = [row["fair_id"] for row in rows if series is Series.ALL or _same_region(row, fair)]
    editions = [await _edition(db, each) for each in (fair.fair_id, *wanted[:EDITIONS])]
    codes = sorted({code for each in editions for code in each.by_family})
    names = [FamilyNameOut.of(row) for row in await db.fetch(NAMES, codes)]
    return ReportOut(
        series=series,
        fair=editions[0],
        earlier=editions[1:],
        family_names={each.code: each.name for each in names},
    )


class _Region(AnswerOut):
    region: Stored[Text]


def _same_region(row: asyncpg.Record, fair: FairOut) -> bool:
    """Each edition is announced anew, and its region may be spelt otherwise."""
    region = _Region.of(row).region
    return fold(region.ar) == fold(fair.region.ar) or fold(region.fr) == fold(fair.region.fr)


async def _edition(db: Connection | Pool, fair_id: str) -> EditionOut:
    row = await db.fetchrow(MORE, fair_id)
    assert row is not None
    more: Mapping[str, object] = dict(row)
    return EditionOut.model_validate({**more, "figures": await figures(db, fair_id)})
