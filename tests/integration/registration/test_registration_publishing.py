"""Several replicas publish contacts while connections fail: the last record is the newest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.errors import KafkaError

from chaos.proxy import kafka_proxy
from chassis.postgres.database import migrate
from chassis.publishing.relay import producer_for, stop_producer
from cli.launch import role_of
from cli.strangers import bury_strangers
from servers import Stack
from services.registration.app import definition
from services.registration.contacts.rows import CONTACTS
from services.registration.personal.workers import publishing
from services.registration.personal.workers.publishing import Statements, message_of
from services.registration.personal.workers.settling import half_done
from tests.conftest import Databases
from tests.integration.registration.published_contacts import Contacts, contacts_of_its_own
from tests.running_service import connected
from tests.waiting import until

AHEAD = Statements(CONTACTS).ahead


@pytest_asyncio.fixture(loop_scope="session")
async def own(database: Databases, stack: Stack) -> AsyncGenerator[Contacts]:
    async with contacts_of_its_own(database, stack.addresses.bootstrap) as made:
        yield made


async def test_each_change_is_published_and_nothing_stays_ahead(own: Contacts) -> None:
    stream, contact_id = await own.contact("Premier Nom")
    async with own.publishing():
        await own.said(contact_id, "Premier Nom")
        await own.consent(stream, contact_id)
        await own.said(contact_id, '"consent":true')
        await own.correct(contact_id, "Second Nom")
        await own.said(contact_id, "Second Nom")
        await own.erase(stream, contact_id)
        await own.said(contact_id, None)
        await own.buried(contact_id)
    revisions = [dict(record.headers)["ce_sequence"] for record in await own.records(contact_id)]
    assert revisions == [b"1", b"2", b"3", b"4"]
    assert await own.pool.fetch(AHEAD, 10) == []


async def test_a_record_that_arrives_late_does_not_bring_an_erased_person_back(
    own: Contacts,
) -> None:
    stream, contact_id = await own.contact("Encore Lisible")
    async with own.publishing():
        await own.said(contact_id, "Encore Lisible")
    await own.correct(contact_id, "Revenue Effacée")
    (row,) = await own.pool.fetch(AHEAD, 10)
    old = message_of(CONTACTS, row)
    async with kafka_proxy(own.bootstrap) as proxy:
        # A replica in the middle of a batch: its transaction is open, and its network goes silent.
        producer: Any = producer_for(proxy.bootstrap, "a", transactional_id=own.topic)
        await producer.start()
        await producer.begin_transaction()
        await producer.send_and_wait(own.topic, old.value, key=old.key, headers=old.headers)
        before = len(await own.records(contact_id))
        proxy.silence()
        late = await producer.send(own.topic, old.value, key=old.key, headers=old.headers)
        await asyncio.wait({late}, timeout=0.3)
        assert not late.done()
        async with own.publishing():
            await own.erase(stream, contact_id)
            await own.said(contact_id, None)
            await own.buried(contact_id)
        await stop_producer(producer)
        assert isinstance(late.exception(), KafkaError)
        await proxy.heal()
        # What the network held has come to the broker once it has answered and closed.
        await until(lambda: proxy.connections == 0, "the broker has heard all")
    values = [record.value for record in await own.records(contact_id)]
    assert values[-1] is None
    assert len(values) == before + 1, "the late record was refused"


async def test_another_replica_goes_on_when_the_first_ones_network_goes_silent(
    own: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "ACK_SECONDS", 1.0)
    stream, contact_id = await own.contact("Encore Lisible")
    async with kafka_proxy(own.bootstrap) as proxy, own.publishing(proxy.bootstrap):
        await own.said(contact_id, "Encore Lisible")
        async with own.publishing():
            proxy.silence()
            await own.erase(stream, contact_id)
            await own.said(contact_id, None)
            await own.buried(contact_id)
            await proxy.heal()
        # The other one has left: the first one, whose network is whole again, takes over.
        _, second = await own.contact("Une Autre")
        await own.said(second, "Une Autre")
    assert (await own.records(contact_id))[-1].value is None


async def test_republishing_buries_contacts_that_registration_does_not_hold(own: Contacts) -> None:
    _, kept_id = await own.contact("Qui Reste")
    _, stranger_id = await own.contact("Revenue Effacée")
    async with own.publishing():
        await own.said(kept_id, "Qui Reste")
        await own.said(stranger_id, "Revenue Effacée")
    async with connected(own.owner_dsn) as db:
        # As after an erasure whose tombstone an older record has followed.
        await db.execute("delete from contacts where contact_id = $1", stranger_id)
        assert await bury_strangers(db, own.bootstrap, CONTACTS, own.topic) == 1
        assert await bury_strangers(db, own.bootstrap, CONTACTS, own.topic) == 0
    records = await own.records(stranger_id)
    assert [record.value is None for record in records] == [False, True]
    assert [dict(record.headers)["ce_sequence"] for record in records] == [b"1", b"2"]
    assert (await own.records(kept_id))[-1].value is not None


async def test_contacts_of_the_version_before_are_taken_over(database: Databases) -> None:
    owner_dsn, dsn = await database("before")
    migrations = definition().migrations
    ids = [one.id for one in migrations]
    new = ids.index("registration/0003_publishing")
    await migrate(owner_dsn, role_of(dsn), migrations[:new])
    async with connected(owner_dsn) as db:
        await db.execute(
            "insert into contact_standings (contact_id, organisation_id, role, added_version,"
            " consent_changes) select id, 'coop', 'chair', 2, 1 from unnest(array['a', 'b']) as id;"
            "insert into contacts (contact_id, organisation_id, name, phone, language,"
            " second_language, channel, published_revision) select id, 'coop', 'Nom inventé',"
            " '+212612345678', 'fr', 'ar', 'sms', published from unnest(array['a', 'b', 'c'],"
            " array[2, 1, 0]) as known(id, published)"
        )
        assert await migrate(owner_dsn, role_of(dsn), migrations) == ids[new:]
        # One is published, one was changed since, and of the third no event tells yet.
        assert [row["contact_id"] for row in await db.fetch(AHEAD, 10)] == ["b"]
        assert [row["key"] for row in await db.fetch(half_done(CONTACTS), -60.0)] == ["c"]
