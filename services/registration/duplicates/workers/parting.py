"""Parts organisations that were merged in the instant in which both applied to one fair.

A merge is refused where both have applied, and an application where one of them has.  Each looks at
what the other has written, so what they may miss is what is being written at that moment: it is
looked for again here.
"""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid5

import structlog

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import TROUBLE
from services.registration.organisations.domain import UnmergeOrganisation, organisation_stream

log = structlog.get_logger(__name__)

LOOK = 5.0
"""Seconds between two looks."""
BOTH_APPLIED = "both_applied"
"""The reason of organisations that are parted so."""

# Of those that are one and have both applied to a fair that is to come, who was merged last.
MISSED = """
with merged as materialized (
    select organisation_id, merged_into as one, merged_at from organisations
     where merged_into is not null
), named as (
    select organisation_id, one from merged union select one, one from merged
), applied as materialized (
    select n.organisation_id, n.one, a.fair_id
      from named as n join applications as a using (organisation_id)
      join fairs as f using (fair_id)
     where a.status not in ('rejected', 'withdrawn')
       and f.cancelled_because is null and f.last_day >= $1::date
), twice as (
    select one, fair_id from applied group by one, fair_id having count(*) > 1
)
select organisation_id, m.merged_at
  from twice join applied as a using (one, fair_id) join merged as m using (organisation_id)
 order by m.merged_at desc, organisation_id limit 1
"""


async def part_applicants(runtime: Runtime) -> None:
    """The worker: look for ever, in every replica; parting twice changes nothing."""
    while True:
        try:
            while await part(runtime):
                log.warning("duplicates.parted", reason=BOTH_APPLIED)
        except (Busy, Unavailable, *TROUBLE) as error:
            log.warning("duplicates.trouble", error=type(error).__name__)
        await asyncio.sleep(LOOK)


async def part(runtime: Runtime) -> bool:
    """Part one pair; False where there is none."""
    found = await runtime.pool.fetchrow(MISSED, runtime.clock.now().date())
    if found is None:
        return False
    id_: str = found["organisation_id"]
    context = CommandContext(
        uuid5(UUID(id_), f"part:{found['merged_at'].isoformat()}"), actor="policy:part_applicants"
    )
    command = UnmergeOrganisation(BOTH_APPLIED)
    await runtime.desk.execute(organisation_stream(id_), command, context)
    return True
