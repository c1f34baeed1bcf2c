"""The figures of a fair, counted in the read tables of applications and organisations."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.postgres.database import Connection, Pool

# Attributes of organisations are joined here and not stored with applications: they come from
# other streams, and a read table must not depend on the order of events of different streams.
FIGURES = """
with present as (
    select a.*, o.kind, o.province, o.women_led, o.youth_led
      from applications as a join organisations as o using (organisation_id)
     where a.fair_id = $1 and a.status = 'accepted'
)
select 'total' as what, total.key, total.number
  from (select count(*) filter (where participation = 'exhibitor') as organisations,
               count(*) filter (where participation <> 'exhibitor') as institutional_partners,
               coalesce(sum(people) filter (where participation = 'exhibitor'), 0) as people,
               coalesce(sum(booths) filter (where participation = 'exhibitor'), 0) as booths,
               count(*) filter (where women_led) as women_led,
               count(*) filter (where youth_led) as youth_led
          from present) as t
 cross join lateral (values ('organisations', t.organisations), ('people', t.people),
                            ('institutional_partners', t.institutional_partners),
                            ('booths_wanted', t.booths), ('women_led', t.women_led),
                            ('youth_led', t.youth_led)) as total(key, number)
union all select 'kind', kind, count(*) from present group by kind
union all select 'pole', pole_id, count(*) from present group by pole_id
union all select 'province', province, count(*) from present group by province
union all select 'programme', p, count(*) from present, unnest(programmes) as p group by p
union all select 'family', f, count(*) from present, unnest(families) as f group by f
union all select 'status', status, count(*) from applications where fair_id = $1
           group by status
order by 1, 2
"""


async def figures(db: Connection | Pool, fair_id: str) -> Mapping[str, Mapping[str, int]]:
    """Counts of each kind: total, kind, pole, province, programme, family, status."""
    counts: dict[str, dict[str, int]] = {}
    for row in await db.fetch(FIGURES, fair_id):
        counts.setdefault(row["what"], {})[row["key"]] = int(row["number"])
    return counts
