"""Registration's contacts on a database and a topic of their own, without the service's process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from uuid import uuid4

from chassis.kafka.reading import Raw
from chassis.kafka.topics import make_topics
from chassis.kernel.decider import Stream
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.postgres.database import Pool
from chassis.process.tasks import end
from services.registration.app import definition
from services.registration.contacts.rows import CONTACTS, Details
from services.registration.organisations.consent import AddContact, EraseContact, GiveConsent
from services.registration.organisations.domain import DECIDER, EnrolOrganisation, Kind
from services.registration.personal.workers.publishing import Publisher
from tests.conftest import Databases
from tests.running_service import migrated, records_of, replica_on
from tests.waiting import eventually, until

LANGUAGE = "fr"


def details(name: str = "Nom Inventé") -> Details:
    return Details(name, "+212612345678", LANGUAGE, "ar", "sms")


@dataclass(frozen=True)
class Contacts:
    """What tests do to contacts, and what became of them."""

    owner_dsn: str
    pool: Pool
    desk: Desk
    bootstrap: str
    topic: str

    async def contact(self, name: str = "Nom Inventé") -> tuple[str, str]:
        """A new contact of a new organisation: (its stream, its id)."""
        organisation_id, contact_id = str(uuid4()), str(uuid4())
        stream = f"organisation-{organisation_id}"
        await CONTACTS.put(self.pool, contact_id, organisation_id, astuple(details(name)))
        enrol = EnrolOrganisation(
            organisation_id=organisation_id,
            kind=Kind.COOPERATIVE,
            name=Text(ar="نص", fr="Coopérative"),
            province="zagora",
            region="draa-tafilalet",
            country="MA",
            women_led=False,
            youth_led=False,
            contact=AddContact(contact_id, "chair", consent=False),
        )
        await self.desk.execute(Stream(stream, DECIDER), enrol, context())
        return stream, contact_id

    async def consent(self, stream: str, contact_id: str) -> None:
        await self.desk.execute(Stream(stream, DECIDER), GiveConsent(contact_id), context())

    async def correct(self, contact_id: str, name: str) -> None:
        await CONTACTS.correct(self.pool, uuid4(), contact_id, astuple(details(name)))

    async def erase(self, stream: str, contact_id: str) -> None:
        await CONTACTS.erase(self.pool, contact_id)
        await self.desk.execute(Stream(stream, DECIDER), EraseContact(contact_id), context())

    @asynccontextmanager
    async def publishing(self, bootstrap: str | None = None) -> AsyncGenerator[Publisher]:
        """A replica that publishes, for the time of a block."""
        publisher = Publisher(self.pool, bootstrap or self.bootstrap, CONTACTS, self.topic)
        task = asyncio.create_task(publisher.run())
        try:
            yield publisher
        finally:
            await end(task)

    async def records(self, contact_id: str) -> list[Raw]:
        """What was ever published of a contact, in order."""
        key = contact_id.encode()
        return [one for one in await records_of(self.bootstrap, self.topic) if one.key == key]

    async def said(self, contact_id: str, text: str | None) -> None:
        """Wait until the last record of a contact has a text in it, or is its tombstone."""

        def holds(found: list[Raw]) -> bool:
            if not found:
                return False
            value = found[-1].value
            return value is None if text is None else value is not None and text.encode() in value

        await eventually(lambda: self.records(contact_id), holds)

    async def buried(self, contact_id: str) -> None:
        """Wait until no row is left."""

        async def gone() -> bool:
            query = "select count(*) from contacts where contact_id = $1"
            return await self.pool.fetchval(query, contact_id) == 0

        await until(gone, "the row is deleted")


def context() -> CommandContext:
    return CommandContext(uuid4(), "organiser:test")


@asynccontextmanager
async def contacts_of_its_own(
    database: Databases, bootstrap: str, *, erased_within: float = 3600.0
) -> AsyncGenerator[Contacts]:
    owner_dsn, dsn = await migrated(database, definition())
    topic = f"contacts-{uuid4().hex[:8]}.v1"
    await make_topics(
        bootstrap, events=[], compacted=[topic], partitions=2, erased_within=erased_within
    )
    async with replica_on(definition(), dsn) as replica:
        yield Contacts(owner_dsn, replica.pool, replica.desk, bootstrap, topic)
