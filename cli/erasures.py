"""Who was erased, so that a restored backup forgets them again.  A list holds ids alone."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID, uuid5

import asyncpg
import orjson
from maarid_contracts import type_of
from maarid_contracts.registration import TOPIC, ContactErasedV1

from chassis.kafka.envelope import subject_of, texts
from chassis.kafka.reading import KafkaError, TopicReader
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import SEARCH_PATH, Pool, open_pool
from cli.definitions import definition_of
from servers import Addresses
from services.notifications.contacts.rows import forget
from services.registration.contacts import rows
from services.registration.organisations.domain import (
    EraseContact,
    Organisation,
    Standing,
    organisation_stream,
)

ERASED = type_of(ContactErasedV1)
LOGGED = """
select distinct data ->> 'contact_id' as contact_id, data ->> 'organisation_id' as organisation_id
  from log.events where type = 'contact_erased.v1'
"""


class ErasureError(Exception):
    """A list of erasures cannot be had or read; the message says why."""


@dataclass(frozen=True, order=True)
class Erasure:
    """One contact that was erased."""

    contact_id: str
    organisation_id: str

    def __str__(self) -> str:
        return f"{self.contact_id} {self.organisation_id}"


def read_lines(lines: Iterable[str]) -> list[Erasure]:
    """The erasures of a list.  Raises ErasureError on a line that names none."""
    found: set[Erasure] = set()
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        try:
            contact_id, organisation_id = words
            UUID(contact_id)
        except ValueError:
            raise ErasureError(
                f"line {number} is not a contact's id and its organisation's."
            ) from None
        found.add(Erasure(contact_id, organisation_id))
    return sorted(found)


async def known_erasures(where: Addresses) -> tuple[list[Erasure], list[str]]:
    """Who was erased according to registration's log and to its topic, and what did not answer.

    One of them is enough: whoever makes a lost database or a lost topic anew asks the other one.
    Raises ErasureError where neither answers.
    """
    found: set[Erasure] = set()
    silent: list[str] = []
    for name, source in (("the log", _logged), ("the topic", _published)):
        try:
            found |= await source(where)
        except (KafkaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            silent.append(f"{name} of registration: {type(error).__name__}")
    if len(silent) == 2:
        raise ErasureError(f"nobody tells who was erased: {', '.join(silent)}.")
    return sorted(found), silent


async def _logged(where: Addresses) -> set[Erasure]:
    db = await asyncpg.connect(
        where.owner_dsn["registration"], timeout=10, server_settings={"search_path": SEARCH_PATH}
    )
    try:
        return {Erasure(**row) for row in await db.fetch(LOGGED)}
    finally:
        await db.close()


async def _published(where: Addresses) -> set[Erasure]:
    found: set[Erasure] = set()
    async with TopicReader(where.bootstrap, TOPIC) as reader:
        async for records in reader.rest():
            for record in records:
                if record.value and subject_of(texts(record.headers)).type == ERASED:
                    event = orjson.loads(record.value)
                    found.add(Erasure(event["contact_id"], event["organisation_id"]))
    return found


async def erase_again(where: Addresses, erasures: Iterable[Erasure]) -> int:
    """Erase whom these databases still hold; returns how many that were.

    Services may run or not: the desk decides, as for one more replica of registration, and to say
    it again changes nothing.  Notifications forgets them as well before it sends anything; it also
    remembers those whom it does not know yet.
    """
    again = 0
    async with AsyncExitStack() as stack:
        pools: dict[str, Pool] = {}
        for service in ("registration", "notifications"):
            pools[service] = await open_pool(where.service_dsn[service], name="maarid-erasures")
            stack.push_async_callback(pools[service].close)
        desk = definition_of("registration").desk(pools["registration"], Clock(simulated=False))
        await desk.start()
        stack.push_async_callback(desk.stop)
        for erasure in erasures:
            async with pools["notifications"].acquire() as db, db.transaction():
                await forget(db, erasure.contact_id)
            again += await _erase(pools["registration"], desk, erasure)
    return again


async def _erase(pool: Pool, desk: Desk, erasure: Erasure) -> bool:
    stream = organisation_stream(erasure.organisation_id)
    organisation: Organisation = await desk.state(stream)
    # Also a row that no event tells of: it is deleted later, or its erasure is told.
    await rows.erase(pool, erasure.contact_id)
    match organisation.contacts.get(erasure.contact_id):
        case Standing.CONSENTS | Standing.SILENT:
            command_id = uuid5(UUID(erasure.contact_id), "erase")
            context = CommandContext(command_id, actor="policy:erase_contact")
            await desk.execute(stream, EraseContact(erasure.contact_id), context)
            return True
        case None | Standing.ERASED:
            return False
