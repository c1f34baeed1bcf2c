"""Finishes or undoes what requests about contacts left half done: see contacts/rows.py."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid5

import structlog

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import TROUBLE
from services.registration.contacts.rows import forget
from services.registration.organisations.domain import (
    EraseContact,
    Organisation,
    Standing,
    organisation_stream,
)

log = structlog.get_logger(__name__)

SETTLE = 5.0
"""Seconds between two looks for what a crash left half done."""
LEFT_ALONE = 300
"""Seconds after which a request that has not finished its work will not finish it."""

# A tombstone may have been sent just before the erasure was recorded.
BURY = """
delete from contacts as c using contact_standings as r
 where c.erased and r.contact_id = c.contact_id and r.erased
   and c.published_revision >= c.revision + r.consent_changes
"""
HALF_DONE = """
select c.contact_id, c.organisation_id, c.erased
  from contacts as c
 where not c.recorded and c.written_at < clock_timestamp() - make_interval(secs => $1)
   and not exists (select from contact_standings as r where r.contact_id = c.contact_id)
union all
select c.contact_id, c.organisation_id, c.erased
  from contacts as c join contact_standings as r using (contact_id)
 where c.erased and not r.erased
   and c.written_at < clock_timestamp() - make_interval(secs => $1)
 limit 100
"""


async def settle_contacts(runtime: Runtime) -> None:
    """The worker: settle for ever, in every replica; settling twice changes nothing."""
    while True:
        try:
            await settle(runtime)
        except (Busy, Unavailable, *TROUBLE) as error:
            log.warning("contacts.unsettled", error=type(error).__name__)
        await asyncio.sleep(SETTLE)


async def settle(runtime: Runtime) -> None:
    """Settle once.

    The desk tells what is recorded, and not a read table, which may be in a rebuild.
    """
    await runtime.pool.execute(BURY)
    for row in await runtime.pool.fetch(HALF_DONE, float(LEFT_ALONE)):
        contact_id: str = row["contact_id"]
        stream = organisation_stream(row["organisation_id"])
        organisation: Organisation = await runtime.desk.state(stream)
        match organisation.contacts.get(contact_id):
            case None:
                await forget(runtime.pool, contact_id)
            case Standing.CONSENTS | Standing.SILENT if row["erased"]:
                context = CommandContext(
                    uuid5(UUID(contact_id), "erase"), actor="policy:erase_contact"
                )
                await runtime.desk.execute(stream, EraseContact(contact_id), context)
            case Standing.CONSENTS | Standing.SILENT | Standing.ERASED:
                # Recorded: the read table will show it.
                continue
