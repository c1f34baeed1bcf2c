"""The figures of a fair, counted in the read tables of applications and organisations."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from chassis.answers.shapes import AnswerOut, Stored
from chassis.postgres.database import Connection, Pool
from services.registration.applications.read import AT

# Attributes of organisations are joined here and not stored with applications: they come from
# other streams, and a read table must not depend on the order of events of different streams.
FIGURES = """
with present as (
    select a.people, a.programmes, a.families, o.kind, o.province, o.women_led, o.youth_led,
           coalesce(a.other_pole_id, a.pole_id) as pole_id,
           coalesce(a.other_booths, a.booths) as booths,
           a.participation = 'exhibitor' as exhibits
      from applications as a join organisations as o using (organisation_id)
     where a.fair_id = $1 and a.status = 'accepted'
), counted(what, key, number) as (
    select 'kind', kind, count(*) from present group by kind
    union all select 'pole', pole_id, count(*) from present group by pole_id
    union all select 'province', province, count(*) from present group by province
    union all select 'programme', p, count(*) from present, unnest(programmes) as p group by p
    union all select 'status', status, count(*) from applications where fair_id = $1
               group by status
), counts as (
    select what, json_object_agg(key, number order by key) as by_key from counted group by what
)
select count(*) filter (where exhibits) as organisations,
       count(*) filter (where not exhibits) as institutional_partners,
       coalesce(sum(people) filter (where exhibits), 0) as people,
       coalesce(sum(booths) filter (where exhibits), 0) as booths_wanted,
       coalesce((select by_key from counts where what = 'kind'), '{}') as by_kind,
       coalesce((select by_key from counts where what = 'pole'), '{}') as by_pole,
       coalesce((select by_key from counts where what = 'province'), '{}') as by_province,
       coalesce((select by_key from counts where what = 'programme'), '{}') as by_programme,
       array(select distinct f collate "C" from present, unnest(families) as f order by 1)
           as families,
       count(*) filter (where women_led) as women_led,
       count(*) filter (where youth_led) as youth_led,
       coalesce((select by_key from counts where what = 'status'), '{}') as applications_by_status
  from present
"""


class FiguresOut(AnswerOut):
    """Who takes part, counted from accepted applications.

    What is counted by kind, pole, province and programme, and women-led and youth-led, are
    organisations, partners among them.
    """

    organisations: int = Field(description="Organisations that exhibit, without partners.")
    institutional_partners: int
    people: int = Field(description="Badge holders of organisations that exhibit.")
    booths_wanted: int = Field(description="Booths of organisations that exhibit.")
    by_kind: Stored[dict[str, int]]
    by_pole: Stored[dict[str, int]]
    by_province: Stored[dict[str, int]]
    by_programme: Stored[dict[str, int]]
    families: list[str] = Field(description="Product families on show, sorted.")
    women_led: int
    youth_led: int
    applications_by_status: Stored[dict[str, int]]


FIGURES_AT = AT.format(2) + FIGURES.replace("with present", ", present", 1)


async def figures(
    db: Connection | Pool, fair_id: str, then: Sequence[str] | None = None
) -> FiguresOut:
    """As they are now; where rows of before are given, as they were then."""
    if then is None:
        row = await db.fetchrow(FIGURES, fair_id)
    else:
        row = await db.fetchrow(FIGURES_AT, fair_id, then)
    assert row is not None
    return FiguresOut.of(row)
