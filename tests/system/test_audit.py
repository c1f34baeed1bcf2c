"""The audit while people are at work, and what it says of those who write to the topics."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from maarid_contracts import ticketing
from maarid_contracts.registration import CONTACTS_TOPIC

from chassis.kafka.envelope import Message
from chassis.kafka.reading import TopicReader
from cli.audit.records import PROMISES
from cli.history import history
from tests.running_service import text
from tests.system.breakable_system import BreakableSystem
from tests.system.load import load
from tests.system.test_faults_poison import Forger, forged, unknown_type
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

BELIEF = "Every record that a service took for an event is in the log of its sender"
PRIVACY = "No personal data but in the records of persons"
CONTACTS = PROMISES["contacts"]
AUDITS = 4


@pytest_asyncio.fixture(loop_scope="session")
async def producer(breakable: BreakableSystem) -> Any:
    writer: Any = AIOKafkaProducer(
        bootstrap_servers=breakable.system.addresses.bootstrap, acks="all"
    )
    await writer.start()
    yield writer
    await writer.stop()


def person(name: str = "شخص مختلق آخر", phone: str = "0661234599") -> dict[str, Any]:
    """Somebody made up, as the name says."""
    return {
        "name": name,
        "phone": phone,
        "role": "chair",
        "language": "ar",
        "consent": True,
    }


async def organisation(breakable: BreakableSystem, name: str = "Coopérative") -> str:
    """Enrol an organisation; returns its id."""
    body = {
        "kind": "cooperative",
        "name": text(name),
        "province": "azilal",
        "region": "beni-mellal-khenifra",
    }
    return (await breakable.made("registration", "/organisations", body))["organisation_id"]


async def added(breakable: BreakableSystem, organisation_id: str, **details: str) -> str:
    """Add a contact; returns its id."""
    path = f"/organisations/{organisation_id}/contacts"
    return (await breakable.made("registration", path, person(**details)))["contact_id"]


async def come_and_go(breakable: BreakableSystem) -> None:
    """People are added, change their minds and are erased, without end."""
    organisation_id = await organisation(breakable)
    while True:
        contact_id = await added(breakable, organisation_id)
        path = f"/contacts/{contact_id}"
        for consent in (False, True):
            said = await breakable.ask("registration", f"{path}/consent", {"consent": consent})
            assert said.status_code == 200, said.text
        assert (await breakable.ask("registration", path, method="DELETE")).status_code == 204


async def test_a_busy_system_audits_clean(breakable: BreakableSystem) -> None:
    async with load(breakable) as people:
        changing = asyncio.create_task(come_and_go(breakable))
        try:
            for _ in range(AUDITS):
                await people.grows(5)
                lines = await breakable.judged()
                broken = [line for line in lines.values() if not line.holds]
                assert not broken, broken
            assert not changing.done()
        finally:
            changing.cancel()
            with suppress(asyncio.CancelledError):
                await changing
    await breakable.audited()


async def test_an_organisation_may_be_called_like_its_contact(breakable: BreakableSystem) -> None:
    name = f"Coopérative {uuid4().hex[:6]} Alyasmin"
    await added(breakable, await organisation(breakable, name), name=name)
    # Or be called so from now on.
    renamed, later = await organisation(breakable), f"Coopérative {uuid4().hex[:6]} Tifawin"
    await added(breakable, renamed, name=later)
    correction = {"reason": "new_name", "name": text(later)}
    said = await breakable.ask("registration", f"/organisations/{renamed}/correct", correction)
    assert said.status_code == 200, said.text
    await breakable.audited()
    # Elsewhere than in a public name it would be a leak.
    other = f"مختلقة {uuid4().hex[:6]} للامتحان"
    await added(breakable, await organisation(breakable), name=other)
    fair = await breakable.fair()
    session = fair.session(10) | {"title": text(f"Atelier de {other}")}
    await breakable.made("scheduling", f"/fairs/{fair.fair_id}/sessions", session)
    await breakable.quiet()
    judged = await breakable.judged()
    assert [line.promise for line in judged.values() if not line.holds] == [PRIVACY]
    assert "scheduling" in judged[PRIVACY].figures
    # It goes with the last who is called so.
    async with breakable.database("registration") as db:
        contact_id = await db.fetchval("select contact_id from contacts where name = $1", other)
    await breakable.ask("registration", f"/contacts/{contact_id}", method="DELETE")
    await breakable.audited()


@pytest.mark.parametrize(
    ("service", "table", "planting"),
    [
        (
            "registration",
            "own.retention_confirmed",
            "insert into own.retention_confirmed values"
            " (gen_random_uuid(), $1, now(), 'x', now(), 0, 0)",
        ),
        (
            "ticketing",
            "log.dropped",
            "insert into log.dropped values ('x', 'x', 1, 'x', $1)",
        ),
        (
            "notifications",
            "log.dead_letters",
            "insert into log.dead_letters"
            " (topic, kafka_partition, kafka_offset, headers, body, reason)"
            " values ('x', 0, 0, '{}', convert_to($1, 'UTF8'), 'x')",
        ),
    ],
)
async def test_a_person_in_a_table_for_something_else_is_found(
    breakable: BreakableSystem, service: str, table: str, planting: str
) -> None:
    name, phone = f"مختلقة {uuid4().hex[:6]} للجداول", f"06613{uuid4().int % 100_000:05}"
    await added(breakable, await organisation(breakable), name=name, phone=phone)
    await breakable.audited()
    for said in (name, f"+212 {phone[1:]}"):
        await breakable.rows(service, planting, f"seen: {said}")
        judged = await breakable.judged()
        assert not judged[PRIVACY].holds
        assert judged[PRIVACY].figures == f"{service}: 1 rows of {table}", "never who it is"
        await breakable.rows(service, f"delete from {table}")
    await breakable.audited()


async def test_a_history_ends_where_it_is_told_to(breakable: BreakableSystem) -> None:
    where = breakable.system.addresses
    organisation_id = await organisation(breakable)
    await added(breakable, organisation_id)
    whole = await history(where, organisation_id)
    assert len(whole) > 1
    assert await history(where, f"organisation-{organisation_id}") == whole
    for index, line in enumerate(whole):
        assert await history(where, organisation_id, line.at) == [
            other for other in whole if other.at <= line.at
        ]
        assert whole[: index + 1] == (await history(where, organisation_id, line.at))[: index + 1]
    assert await history(where, organisation_id, whole[0].at - timedelta(seconds=1)) == []


async def test_no_service_believes_a_record_far_ahead_of_its_stream(
    breakable: BreakableSystem, producer: Any
) -> None:
    fair = await breakable.fair()
    await Forger(producer).write("scheduling.events.v1", forged(fair.fair_id, 40))
    for _ in range(2):
        await breakable.workshop(fair, 10)
    lines = await breakable.audited()
    assert lines[BELIEF].figures.startswith("1 ")
    # Nor is it where the stream has come so far, for it was dropped when it came.
    for _ in range(30):
        await breakable.schedule(fair, 10)
    await breakable.audited()


async def test_no_service_believes_a_record_in_the_place_of_a_type_that_is_not_needed(
    breakable: BreakableSystem, producer: Any
) -> None:
    ghost = f"ghost-{uuid4().hex[:8]}"
    await Forger(producer).write(ticketing.TOPIC, unknown_type(forged(ghost, 1)))
    await breakable.audited()


async def test_the_last_record_of_each_contact_agrees_with_registration(
    breakable: BreakableSystem, producer: Any
) -> None:
    organisation_id = await organisation(breakable)
    kept, gone = [await added(breakable, organisation_id) for _ in range(2)]
    before = await records_of(breakable, kept, gone)
    await breakable.ask("registration", f"/contacts/{gone}", method="DELETE")

    async def buried() -> bool:
        return not await breakable.rows(
            "registration", "select from contacts where contact_id = $1", gone
        )

    await until(buried, "the tombstone is published")
    forger = Forger(producer)
    for contact_id, mended in (
        # A record of an erased person comes late; one that is kept says something old.
        (gone, Message(gone.encode(), None, before[gone].headers)),
        (kept, before[kept]),
    ):
        await breakable.audited()
        value = before[contact_id].value or b""
        late = Message(
            contact_id.encode(),
            value.replace(b'"consent":true', b'"consent":false'),
            before[contact_id].headers,
        )
        await forger.write(CONTACTS_TOPIC, late)
        judged = await breakable.judged()
        assert [line.promise for line in judged.values() if not line.holds] == [CONTACTS]
        assert judged[CONTACTS].figures == f"contact {contact_id}"
        await forger.write(CONTACTS_TOPIC, mended)
    await breakable.audited()


async def test_a_person_in_a_record_of_others_is_found_until_erased(
    breakable: BreakableSystem, producer: Any
) -> None:
    name = f"مختلقة {uuid4().hex[:6]} للغرباء"
    contact_id = await added(breakable, await organisation(breakable), name=name)
    await breakable.audited()
    record = forged(f"ghost-{uuid4().hex[:8]}", 40)
    headers = [*record.headers, ("note", name.encode())]
    await Forger(producer).write("scheduling.events.v1", Message(record.key, record.value, headers))
    judged = await breakable.judged()
    assert judged[PRIVACY].figures == "scheduling: a record by others"
    await breakable.ask("registration", f"/contacts/{contact_id}", method="DELETE")
    await breakable.audited()


async def records_of(breakable: BreakableSystem, *contact_ids: str) -> dict[str, Message]:
    """The records of contacts as they were published, once they are."""
    found: dict[str, Message] = {}

    async def published() -> bool:
        async with TopicReader(breakable.system.addresses.bootstrap, CONTACTS_TOPIC) as reader:
            async for records in reader.rest():
                for record in records:
                    key = (record.key or b"").decode()
                    headers = [(name, value or b"") for name, value in record.headers]
                    found[key] = Message(record.key or b"", record.value, headers)
        return all(contact_id in found for contact_id in contact_ids)

    await until(published, "the contacts are published")
    return found
