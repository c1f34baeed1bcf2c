"""Kafka loses what it has acknowledged, as in a power cut: the relay finds it and sends again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from maarid_contracts import ticketing

from chassis.kafka.envelope import encode, texts
from chassis.kafka.partitions import PartitionsChanged
from chassis.kafka.reading import Raw, TopicReader, ends_of
from chassis.kafka.topics import make_topics
from chassis.log.desk import Desk
from chassis.log.events import Recorded, read_after
from chassis.postgres.clock import Clock
from chassis.postgres.database import Pool, migrate, open_pool
from chassis.process.settings import ServiceSettings
from chassis.publishing.lost import Span, moved
from chassis.publishing.relay import Relay, delivered, producer_for, send_all, stop_producer
from chassis.running.service import create, running
from cli.launch import migrate_all
from servers import EmbeddedStack, StackSettings, create_database
from tests.conftest import SERVICES, temporary_home
from tests.counter import COUNT, DECIDERS, EVENT_TYPES, PROJECTION, Add, definition
from tests.integration.chassis.conftest import context
from tests.truncation import cut
from tests.waiting import until

pytestmark = pytest.mark.any_stack

PARTITIONS = 3


class Crashing:
    """A log with a topic on a Kafka that crashes."""

    def __init__(self, stack: EmbeddedStack, dsn: str, pool: Pool, desk: Desk, topic: str) -> None:
        self.stack = stack
        self.dsn = dsn
        self.pool = pool
        self.desk = desk
        self.topic = topic

    @property
    def bootstrap(self) -> str:
        return self.stack.addresses.bootstrap

    def relay(self) -> Relay:
        return Relay(
            service="counter",
            topic=self.topic,
            pool=self.pool,
            event_types=EVENT_TYPES,
            bootstrap=self.bootstrap,
        )

    @asynccontextmanager
    async def publishing(self) -> AsyncGenerator[None]:
        """A relay, for the time of a block."""
        task = asyncio.create_task(self.relay().run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def fill(self, events: int, streams: int = 9) -> None:
        """Decide so many events, each stream's in an order of its own."""
        for number in range(events):
            await self.desk.execute(COUNT.stream(f"{number % streams}"), Add(1), context())

    async def log(self) -> list[Recorded]:
        return await read_after(self.pool, EVENT_TYPES, 0, 100_000)

    async def records(self) -> list[Raw]:
        async with TopicReader(self.bootstrap, self.topic) as reader:
            return [record async for records in reader.rest() for record in records]

    async def missing(self) -> list[str]:
        """Events that are not on the topic."""
        there = {texts(record.headers)["ce_id"] for record in await self.records()}
        return [
            f"{one.fact.stream} {one.fact.version}"
            for one in await self.log()
            if str(one.fact.event_id) not in there
        ]

    async def whole(self) -> bool:
        return not await self.missing()

    async def relayed(self) -> bool:
        head = await self.pool.fetchval("select coalesce(max(position), 0) from log.events")
        row = "select position from log.relay where topic = $1"
        return await self.pool.fetchval(row, self.topic) == head

    async def lose(self, batches: int) -> None:
        """The end of every partition, in a crash."""
        await self.stack.kill_kafka()
        assert cut(self.stack, self.topic, batches)
        await self.stack.start_kafka()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_stack() -> AsyncGenerator[EmbeddedStack]:
    with temporary_home() as home:
        stack = EmbeddedStack(StackSettings(home=home, stack="embedded", kafka_port=0))
        await stack.start(SERVICES)
        yield stack
        await stack.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def crashing(own_stack: EmbeddedStack) -> AsyncGenerator[Crashing]:
    unique = uuid4().hex[:8]
    owner_dsn, dsn = await create_database(own_stack.admin_dsn, f"counter_{unique}")
    await migrate(owner_dsn, f"counter_{unique}", definition().migrations)
    topic = f"counter-{unique}.events.v1"
    bootstrap = own_stack.addresses.bootstrap
    await make_topics(bootstrap, events=[topic], compacted=[], partitions=PARTITIONS)
    pool = await open_pool(dsn, name="counter-test")
    desk = Desk(
        service="counter",
        pool=pool,
        event_types=EVENT_TYPES,
        deciders=DECIDERS,
        project=PROJECTION.own,
        clock=Clock(simulated=False),
    )
    await desk.start()
    yield Crashing(own_stack, dsn, pool, desk, topic)
    await desk.stop()
    await pool.close()


async def test_a_relay_with_nothing_to_send_sends_again_what_its_topic_has_lost(
    crashing: Crashing,
) -> None:
    async with crashing.publishing():
        await crashing.fill(60)
        await until(crashing.relayed)
        before = await crashing.records()
        await crashing.lose(2)
        await until(crashing.whole, "the topic is whole again", 30)
        await until(crashing.relayed)
    seen: dict[str, list[int]] = defaultdict(list)
    for record in await crashing.records():
        headers = texts(record.headers)
        if int(headers["ce_sequence"]) not in seen[headers["ce_subject"]]:
            seen[headers["ce_subject"]].append(int(headers["ce_sequence"]))
    assert all(versions == sorted(versions) for versions in seen.values())
    assert len(await crashing.records()) >= len(before)


async def test_a_relay_that_was_down_meanwhile_finds_it_at_its_start(crashing: Crashing) -> None:
    async with crashing.publishing():
        await crashing.fill(60)
        await until(crashing.relayed)
    await crashing.lose(3)
    assert await crashing.missing()
    await crashing.fill(10)
    async with crashing.publishing():
        await until(crashing.whole, "the topic is whole again", 30)
        await until(crashing.relayed)
    # It does not look for ever: what follows is sent once.
    count = len(await crashing.records())
    await crashing.fill(10)
    async with crashing.publishing():
        await until(crashing.relayed)
    assert len(await crashing.records()) == count + 10


async def test_an_older_version_has_published_behind_the_hole(crashing: Crashing) -> None:
    async with crashing.publishing():
        await crashing.fill(60)
        await until(crashing.relayed)
    await crashing.lose(2)
    lost = await crashing.missing()
    await crashing.fill(90)
    # As version 0.1.0 does: it moves the cursor, and knows of nothing else.
    rest = (await crashing.log())[60:]
    messages = [encode(one, EVENT_TYPES.translate(one.fact.event)) for one in rest]
    producer = producer_for(crashing.bootstrap, "older")
    await producer.start()
    await delivered(await send_all(producer, crashing.topic, messages))
    await stop_producer(producer)
    await crashing.pool.execute("update log.relay set position = $1", rest[-1].position)
    assert await crashing.missing() == lost
    async with crashing.publishing():
        await until(crashing.whole, "the topic is whole again", 30)


async def test_nothing_new_stands_at_an_offset_that_a_consumer_has_passed(
    crashing: Crashing,
) -> None:
    async with crashing.publishing():
        await crashing.fill(30)
        await until(crashing.relayed)
        # Sent twice, as after any crash of a relay: the end that is lost holds it all.
        await crashing.pool.execute("update log.relay set position = 0, ends_at = null")
        await until(crashing.relayed)
    passed = (await ends_of(crashing.bootstrap, [crashing.topic]))[crashing.topic]
    assert sum(passed.values()) > 30
    await crashing.lose(1)
    known = {texts(record.headers)["ce_id"] for record in await crashing.records()}
    assert len(known) == 30
    await crashing.fill(9)
    async with crashing.publishing():
        await until(crashing.relayed)
    for record in await crashing.records():
        if texts(record.headers)["ce_id"] not in known:
            assert record.offset >= passed[record.partition]


async def test_a_topic_that_got_more_partitions_is_refused(crashing: Crashing) -> None:
    async with crashing.publishing():
        await crashing.fill(3)
        await until(crashing.relayed)
    await crashing.relay().compare()
    await add_partition(crashing.bootstrap, crashing.topic, PARTITIONS + 1)
    with pytest.raises(PartitionsChanged, match=r"has 4 partitions and had 3"):
        await crashing.relay().compare()
    settings = ServiceSettings(
        database_url=crashing.dsn,
        bootstrap_servers=crashing.bootstrap,
        issuer="https://issuer.example",
        jwks_url="https://issuer.example/keys",
    )
    service = definition(crashing.topic)
    with pytest.raises(PartitionsChanged):
        async with running(service, settings, create(service, settings)):
            pytest.fail("the service has started")


async def test_a_topic_without_records_may_have_any_number(crashing: Crashing) -> None:
    await crashing.relay().compare()
    await add_partition(crashing.bootstrap, crashing.topic, PARTITIONS + 1)
    await crashing.relay().compare()


async def test_migrations_say_that_a_topic_got_more_partitions(own_stack: EmbeddedStack) -> None:
    addresses = own_stack.addresses
    await migrate_all(addresses)
    producer: Any = producer_for(addresses.bootstrap, "test")
    await producer.start()
    await producer.send_and_wait(ticketing.TOPIC, b"", key=b"key")
    await stop_producer(producer)
    await migrate_all(addresses)
    await add_partition(addresses.bootstrap, ticketing.TOPIC, 7)
    with pytest.raises(PartitionsChanged, match=r"ticketing\.events\.v1 has 7 .* and had 6"):
        await migrate_all(addresses)


async def add_partition(bootstrap: str, topic: str, count: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(total_count=count)})

        async def added() -> bool:
            return len((await ends_of(bootstrap, [topic]))[topic]) == count

        await until(added)
    finally:
        await admin.close()


def test_a_batch_that_stands_before_the_known_end_tells_of_a_loss() -> None:
    known = {0: 10, 1: 4}
    assert moved(known, [Span(0, 10, 12), Span(0, 12, 13), Span(2, 0, 5)]) == {0: 13, 1: 4, 2: 5}
    assert moved(known, [Span(0, 15, 16)]) == {0: 16, 1: 4}
    assert moved(known, [Span(0, 9, 19)]) is None
    assert moved(known, [Span(0, 10, 12), Span(0, 11, 13)]) is None
    assert moved(known, [Span(0, -1, 0)]) == known
