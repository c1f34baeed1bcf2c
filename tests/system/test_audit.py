"""The audit while people are at work, and what it says of those who write to the topics."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from maarid_contracts import ticketing
from maarid_contracts.registration import CONTACTS_TOPIC

from chassis.kafka.envelope import Message
from chassis.kafka.reading import TopicReader
from cli.audit.contacts import PROMISE as CONTACTS
from tests.system.load import load
from tests.system.test_faults_poison import Forger, forged, unknown_type
from tests.system.works import Works, text
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

BELIEF = "Every record that a service took for an event is in the log of its sender"
PRIVACY = "No personal data but in the contact records"
AUDITS = 4


@pytest_asyncio.fixture(loop_scope="session")
async def producer(works: Works) -> Any:
    writer: Any = AIOKafkaProducer(bootstrap_servers=works.system.addresses.bootstrap, acks="all")
    await writer.start()
    yield writer
    await writer.stop()


def person(name: str = "شخص مختلق آخر") -> dict[str, Any]:
    """Somebody made up, as the name says."""
    return {
        "name": name,
        "phone": "0661234599",
        "role": "chair",
        "language": "ar",
        "consent": True,
    }


async def organisation(works: Works, name: str = "Coopérative") -> str:
    """Enrol an organisation; returns its id."""
    body = {
        "kind": "cooperative",
        "name": text(name),
        "province": "azilal",
        "region": "beni-mellal-khenifra",
    }
    return (await works.made("registration", "/organisations", body))["organisation_id"]


async def added(works: Works, organisation_id: str, **details: str) -> str:
    """Add a contact; returns its id."""
    path = f"/organisations/{organisation_id}/contacts"
    return (await works.made("registration", path, person(**details)))["contact_id"]


async def come_and_go(works: Works) -> None:
    """People are added, change their minds and are erased, without end."""
    organisation_id = await organisation(works)
    while True:
        contact_id = await added(works, organisation_id)
        path = f"/contacts/{contact_id}"
        for consent in (False, True):
            said = await works.ask("registration", f"{path}/consent", {"consent": consent})
            assert said.status_code == 200, said.text
        assert (await works.ask("registration", path, method="DELETE")).status_code == 204


async def test_a_busy_system_audits_clean(works: Works) -> None:
    async with load(works) as people:
        changing = asyncio.create_task(come_and_go(works))
        try:
            for _ in range(AUDITS):
                await people.grows(5)
                lines = await works.judged()
                broken = [line for line in lines.values() if not line.holds]
                assert not broken, broken
            assert not changing.done()
        finally:
            changing.cancel()
            with suppress(asyncio.CancelledError):
                await changing
    await works.audited()


async def test_an_organisation_may_be_called_like_its_contact(works: Works) -> None:
    name = f"Coopérative {uuid4().hex[:6]} Alyasmin"
    await added(works, await organisation(works, name), name=name)
    await works.audited()
    # Elsewhere than in a public name it would be a leak.
    other = f"مختلقة {uuid4().hex[:6]} للامتحان"
    await added(works, await organisation(works), name=other)
    fair = await works.fair()
    session = fair.session(10) | {"title": text(f"Atelier de {other}")}
    await works.made("scheduling", f"/fairs/{fair.fair_id}/sessions", session)
    await works.quiet()
    judged = await works.judged()
    assert [line.promise for line in judged.values() if not line.holds] == [PRIVACY]
    assert "scheduling" in judged[PRIVACY].figures
    # It goes with the last who is called so.
    async with works.database("registration") as db:
        contact_id = await db.fetchval("select contact_id from contacts where name = $1", other)
    await works.ask("registration", f"/contacts/{contact_id}", method="DELETE")
    await works.audited()


async def test_a_record_far_ahead_of_its_stream_is_believed_by_nobody(
    works: Works, producer: Any
) -> None:
    fair = await works.fair()
    await Forger(producer).write("scheduling.events.v1", forged(fair.fair_id, 40))
    for _ in range(2):
        await works.workshop(fair, 10)
    lines = await works.audited()
    assert lines[BELIEF].figures.startswith("1 ")
    # Nor is it where the stream has come so far, for it was dropped when it came.
    for _ in range(30):
        await works.schedule(fair, 10)
    await works.audited()


async def test_a_record_that_takes_the_place_of_a_type_that_is_not_needed_is_believed_by_nobody(
    works: Works, producer: Any
) -> None:
    ghost = f"ghost-{uuid4().hex[:8]}"
    await Forger(producer).write(ticketing.TOPIC, unknown_type(forged(ghost, 1)))
    await works.audited()


async def test_the_topic_of_contacts_says_last_what_registration_holds(
    works: Works, producer: Any
) -> None:
    organisation_id = await organisation(works)
    kept, gone = [await added(works, organisation_id) for _ in range(2)]
    before = await records_of(works, kept, gone)
    await works.ask("registration", f"/contacts/{gone}", method="DELETE")

    async def buried() -> bool:
        return not await works.rows(
            "registration", "select from contacts where contact_id = $1", gone
        )

    await until(buried, "the tombstone is published")
    forger = Forger(producer)
    for contact_id, mended in (
        # A record of an erased person comes late; one that is kept says something old.
        (gone, Message(gone.encode(), None, before[gone].headers)),
        (kept, before[kept]),
    ):
        await works.audited()
        value = before[contact_id].value or b""
        late = Message(
            contact_id.encode(),
            value.replace(b'"consent":true', b'"consent":false'),
            before[contact_id].headers,
        )
        await forger.write(CONTACTS_TOPIC, late)
        judged = await works.judged()
        assert [line.promise for line in judged.values() if not line.holds] == [CONTACTS]
        assert judged[CONTACTS].figures == f"contact {contact_id}"
        await forger.write(CONTACTS_TOPIC, mended)
    await works.audited()


async def records_of(works: Works, *contact_ids: str) -> dict[str, Message]:
    """The records of contacts as they were published, once they are."""
    found: dict[str, Message] = {}

    async def published() -> bool:
        async with TopicReader(works.system.addresses.bootstrap, CONTACTS_TOPIC) as reader:
            async for records in reader.rest():
                for record in records:
                    key = (record.key or b"").decode()
                    headers = [(name, value or b"") for name, value in record.headers]
                    found[key] = Message(record.key or b"", record.value, headers)
        return all(contact_id in found for contact_id in contact_ids)

    await until(published, "the contacts are published")
    return found
