"""Sending everything again: for topics that were lost, or that a backup did not hold."""

from __future__ import annotations

from contextlib import AsyncExitStack

import asyncpg

from chassis.postgres.database import SEARCH_PATH, Connection
from chassis.publishing.behind import refuse_if_behind
from cli.definitions import definition_of
from cli.persons import PERSONS
from cli.strangers import bury_strangers
from servers import Addresses
from services import SERVICES

# A letter's place on a lost topic must not be taken for that of another record on the new one.
REWIND = """
update log.relay set position = 0, ends = null, ends_at = null;
update log.dead_letters set kafka_offset = -id where kafka_offset >= 0;
"""


async def republish(where: Addresses) -> int:
    """Have every relay begin at position 0, and every record of a person sent anew.

    Persons on a topic whom registration does not hold any more get their tombstones.
    Returns how many events there are.  Services may run: a relay whose cursor was moved reads it
    again, and whoever has heard an event knows its repetition by stream and version.
    Raises LogBehindTopic, and rewinds nobody, where a topic holds events that its log lacks: such
    a topic was not lost, and must be made anew before others are told another story.
    """
    events = 0
    async with AsyncExitStack() as cleanup:
        databases: dict[str, Connection] = {}
        for service in SERVICES:
            db = await asyncpg.connect(
                where.owner_dsn[service], server_settings={"search_path": SEARCH_PATH}
            )
            cleanup.push_async_callback(db.close)
            databases[service] = db
            if (log := definition_of(service).event_sourced) is not None:
                await refuse_if_behind(
                    db, service=service, topic=log.topic, bootstrap=where.bootstrap
                )
        for persons in PERSONS:
            await bury_strangers(databases["registration"], where.bootstrap, persons)
        for service, db in databases.items():
            async with db.transaction():
                await db.execute(REWIND)
                if service == "registration":
                    for persons in PERSONS:
                        await db.execute(f"update own.{persons.table} set published_revision = 0")
                events += await db.fetchval("select count(*) from log.events")
    return events
