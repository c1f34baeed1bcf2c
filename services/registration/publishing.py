"""Keeps the compacted topic `registration.contacts.v1` equal to the contacts.

One replica at a time: whoever holds the advisory lock reads the rows that are ahead of the topic,
sends them, awaits the acknowledgements and marks them.  The rows are not locked meanwhile, so that
nobody who erases a contact ever waits for Kafka; a row that changes meanwhile is ahead again.
A crash sends the same bytes again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from maarid_contracts.registration import Channel, ContactRecordV1, Language

from chassis import breakpoints
from chassis.database import TROUBLE
from chassis.envelope import About, Message, encode_record
from chassis.intent import Intent
from chassis.relay import producer_for, stop_producer
from chassis.runtime import Runtime
from services.registration.contacts import contact_of, forget
from services.registration.domain.organisation import Contact as Standing
from services.registration.domain.organisation import EraseContact, Organisation
from services.registration.standing_events import about_contacts

log = structlog.get_logger(__name__)

POLL = 0.2
"""Seconds between looks for contacts that changed."""
BATCH = 500
ACK_SECONDS = 8
"""Less than the time after which the database ends a transaction that does nothing."""
SETTLE = 5.0
"""Seconds between looks for what a crash left half done."""
LEFT_ALONE = 300
"""Seconds after which a request that has not finished its work never will."""

LOCK = "select pg_try_advisory_xact_lock(7021949220)"
AHEAD = """
select c.*, r.role, r.consent, c.erased or r.erased as gone,
       c.revision + r.consent_changes as total_revision
  from contacts as c join contact_standings as r using (contact_id)
 where c.published_revision < c.revision + r.consent_changes
 order by c.contact_id limit $1
"""
MARK = """
update contacts as c set published_revision = sent.revision
  from unnest($1::text[], $2::bigint[]) as sent(contact_id, revision)
 where c.contact_id = sent.contact_id
"""
# The erasure is recorded and its tombstone was sent: nothing is left to be said.
BURY = """
delete from contacts as c using contact_standings as r
 where r.contact_id = c.contact_id and r.erased
   and c.published_revision >= c.revision + r.consent_changes
"""
HALF_DONE = """
select c.contact_id, c.organisation_id, c.erased
  from contacts as c left join contact_standings as r using (contact_id)
 where c.written_at < clock_timestamp() - make_interval(secs => $1)
   and (r.contact_id is null or (c.erased and not r.erased))
 order by c.contact_id limit 100
"""


async def publish_contacts(runtime: Runtime) -> None:
    """The worker: publish for ever; after any trouble the producer is made anew."""
    pause = 0.1
    while True:
        producer = producer_for(runtime.settings.bootstrap_servers, "registration-contacts")
        try:
            await producer.start()
            pause = 0.1
            await _publish(runtime, producer)
        except (KafkaError, *TROUBLE) as error:
            log.warning("contacts.trouble", error=type(error).__name__)
        finally:
            await stop_producer(producer)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5.0)


async def _publish(runtime: Runtime, producer: AIOKafkaProducer) -> None:
    settled_at = 0.0
    while True:
        while await publish_some(runtime, producer) == BATCH:
            pass
        if time.monotonic() - settled_at > SETTLE:
            await settle(runtime)
            settled_at = time.monotonic()
        await asyncio.sleep(POLL)


async def publish_some(runtime: Runtime, producer: AIOKafkaProducer) -> int:
    """Publish contacts that are ahead of the topic; returns how many.  Raises what Kafka raises."""
    async with runtime.pool.acquire() as db, db.transaction():
        if not await db.fetchval(LOCK):
            return 0
        rows = await db.fetch(AHEAD, BATCH)
        if rows:
            about = await about_contacts(db, [row["contact_id"] for row in rows])
            async with asyncio.timeout(ACK_SECONDS):
                await _send(producer, rows, about)
            await breakpoints.reached("contacts.acknowledged")
            revisions = [row["total_revision"] for row in rows]
            await db.execute(MARK, [row["contact_id"] for row in rows], revisions)
            await db.execute(BURY)
        return len(rows)


async def _send(producer: Any, rows: Sequence[asyncpg.Record], about: Mapping[str, About]) -> None:
    acks: list[asyncio.Future[Any]] = []
    for row in rows:
        message = message_of(row, about.get(row["contact_id"]))
        ack: asyncio.Future[Any] = await producer.send(
            ContactRecordV1.topic, message.value, key=message.key, headers=message.headers
        )
        acks.append(ack)
    await asyncio.gather(*acks)


def message_of(row: asyncpg.Record, about: About | None = None) -> Message:
    """The record of a contact, or the tombstone of one that was erased."""
    contact_id: str = row["contact_id"]
    revision: int = row["total_revision"]
    return encode_record(
        contact_id,
        None if row["gone"] else _record(row),
        model=ContactRecordV1,
        revision=revision,
        event_id=uuid5(UUID(contact_id), str(revision)),
        about=about,
    )


def _record(row: asyncpg.Record) -> ContactRecordV1:
    contact = contact_of(row)
    return ContactRecordV1(
        contact_id=contact.contact_id,
        organisation_id=contact.organisation_id,
        role=contact.role,
        name=contact.details.name,
        phone=contact.details.phone,
        language=Language(contact.details.language),
        second_language=Language(contact.details.second_language),
        channel=Channel(contact.details.channel),
        consent=contact.consent,
        revision=contact.revision,
    )


async def settle(runtime: Runtime) -> None:
    """Finish or undo what requests left half done: see contacts.py.

    What is recorded is asked of the desk and not of a read table, which may be in a rebuild.
    """
    # A tombstone may have been sent just before the erasure was recorded.
    await runtime.pool.execute(BURY)
    for row in await runtime.pool.fetch(HALF_DONE, float(LEFT_ALONE)):
        contact_id: str = row["contact_id"]
        stream = f"organisation-{row['organisation_id']}"
        organisation: Organisation = await runtime.desk.state(stream)
        match organisation.contacts.get(contact_id):
            case None:
                await forget(runtime.pool, contact_id)
            case Standing.CONSENTS | Standing.SILENT if row["erased"]:
                intent = Intent(uuid5(UUID(contact_id), "erase"), actor="policy:erase_contact")
                await runtime.desk.execute(stream, EraseContact(contact_id), intent)
            case Standing.CONSENTS | Standing.SILENT | Standing.ERASED:
                # Recorded: the read table will show it.
                continue
