"""Who was erased, so that a restored backup forgets them again.  A list holds ids alone."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
from maarid_contracts import type_of
from maarid_contracts.registration import TOPIC

from chassis.kafka.envelope import subject_of, texts
from chassis.kafka.reading import KafkaError, TopicReader
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import SEARCH_PATH, Pool, open_pool
from cli.definitions import definition_of
from cli.persons import PERSONS
from servers import Addresses
from services.notifications.contacts.rows import forget as forget_contact
from services.registration.contacts.rows import CONTACTS
from services.registration.personal.workers.settling import erasure_of
from services.ticketing.persons.rows import forget as forget_name

KINDS = {persons.one: persons for persons in PERSONS}
LOGGED = """
select distinct data ->> $2 as key, data ->> $3 as owner from log.events where type = any($1)
"""


class ErasureError(Exception):
    """A list of erasures cannot be had or read; the message says why."""


@dataclass(frozen=True, order=True)
class Erasure:
    """One person who was erased: a contact of an organisation, or one who wore an exhibitor's
    badge."""

    key: str
    owner: str
    kind: str = CONTACTS.one

    def __str__(self) -> str:
        """The kind is said of others than contacts, which alone were in lists of before."""
        return " ".join(
            (self.key, self.owner, *(() if self.kind == CONTACTS.one else (self.kind,)))
        )


def read_lines(lines: Iterable[str]) -> list[Erasure]:
    """The erasures of a list.  Raises ErasureError on a line that names none."""
    found: set[Erasure] = set()
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        try:
            key, owner, kind = words if len(words) == 3 else (*words, CONTACTS.one)
            UUID(key)
            KINDS[kind]
        except (ValueError, KeyError):
            raise ErasureError(
                f"line {number} is not a contact's id and its organisation's, nor a wearer's and"
                " its exhibitor's."
            ) from None
        found.add(Erasure(key, owner, kind))
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
        found: set[Erasure] = set()
        for persons in PERSONS:
            rows = await db.fetch(LOGGED, persons.forgetting, persons.key, persons.owner)
            found |= {Erasure(row["key"], row["owner"], persons.one) for row in rows}
        return found
    finally:
        await db.close()


async def _published(where: Addresses) -> set[Erasure]:
    forgetting = {
        type_of(event.contract): persons
        for event in definition_of("registration").log.event_types
        for persons in PERSONS
        if event.name in persons.forgetting
    }
    found: set[Erasure] = set()
    async with TopicReader(where.bootstrap, TOPIC) as reader:
        async for records in reader.rest():
            for record in records:
                persons = forgetting.get(subject_of(texts(record.headers)).type)
                if record.value and persons is not None:
                    event = orjson.loads(record.value)
                    found.add(Erasure(event[persons.key], event[persons.owner], persons.one))
    return found


async def erase_again(where: Addresses, erasures: Iterable[Erasure]) -> int:
    """Erase whom these databases still hold; returns how many that were.

    Services may run or not: the desk decides, as for one more replica of registration, and to say
    it again changes nothing.  Notifications forgets them as well before it sends anything, and
    ticketing before it prints anything; both also remember those whom they do not know yet.
    """
    again = 0
    async with AsyncExitStack() as stack:
        pools: dict[str, Pool] = {}
        for service in ("registration", "notifications", "ticketing"):
            pools[service] = await open_pool(where.service_dsn[service], name="maarid-erasures")
            stack.push_async_callback(pools[service].close)
        desk = definition_of("registration").desk(pools["registration"], Clock(simulated=False))
        await desk.start()
        stack.push_async_callback(desk.stop)
        for erasure in erasures:
            if erasure.kind == CONTACTS.one:
                async with pools["notifications"].acquire() as db, db.transaction():
                    await forget_contact(db, erasure.key)
            async with pools["ticketing"].acquire() as db, db.transaction():
                await forget_name(db, erasure.key)
            again += await _erase(pools["registration"], desk, erasure)
    return again


async def _erase(pool: Pool, desk: Desk, erasure: Erasure) -> bool:
    persons = KINDS[erasure.kind]
    stream = persons.stream(erasure.owner)
    is_erased = persons.is_erased(await desk.state(stream), erasure.key)
    # Also a row that no event tells of: it is deleted later, or its erasure is told.
    await persons.erase(pool, erasure.key)
    if is_erased is not False:
        return False
    await desk.execute(stream, persons.erasing(erasure.key), erasure_of(persons, erasure.key))
    return True
