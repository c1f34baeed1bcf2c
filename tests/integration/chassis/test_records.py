"""Keeping a copy of a compacted topic: no record is lost, whatever fails."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from maarid_contracts import Contract
from prometheus_client import REGISTRY

from chassis.definition.service import Records
from chassis.kafka.envelope import encode_record
from chassis.kafka.topics import make_topics
from chassis.postgres.database import Connection
from chassis.process import metrics
from chassis.publishing.relay import producer_for
from cli.launch import role_of
from tests.integration.chassis.conftest import Served
from tests.waiting import until

pytestmark = pytest.mark.any_stack

BROKEN: set[str] = set()
"""Names that cannot be kept until a test mends that."""
TRIED: Counter[str] = Counter()
"""How often it was tried to keep a name."""


class Bug(Exception):
    """Nobody has listed it."""


class NamedV1(Contract):
    """Somebody's name."""

    topic: ClassVar[str] = "named.v1"
    name: str


async def apply(db: Connection, key: str, revision: int, record: NamedV1 | None) -> None:
    name = record.name if record else ""
    TRIED[name] += 1
    if name in BROKEN:
        raise Bug
    await db.execute(
        "insert into own.named as n values ($1, $2, $3) on conflict (key) do update"
        " set name = excluded.name, revision = excluded.revision"
        " where n.revision < excluded.revision",
        key,
        revision,
        name,
    )


@pytest.fixture(autouse=True)
def mended() -> None:
    BROKEN.clear()
    TRIED.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def keeping(served: Served) -> Served:
    """A counter that keeps a copy of a topic of one partition."""
    topic = f"{uuid4().hex[:8]}.named.v1"
    await make_topics(served.bootstrap, events=[], compacted=[topic], partitions=1)
    async with owner(served) as db:
        await db.execute(
            "create table own.named (key text primary key, revision bigint, name text)"
        )
    records = (Records(topic, NamedV1, apply),)
    return replace(served, definition=replace(served.definition, records=records))


@asynccontextmanager
async def owner(served: Served) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record]]:
    db = await asyncpg.connect(served.owner_dsn)
    try:
        yield db
    finally:
        await db.close()


async def say(keeping: Served, key: str, name: str | None, revision: int = 1) -> None:
    record = None if name is None else NamedV1(name=name)
    message = encode_record(key, record, model=NamedV1, revision=revision, event_id=uuid4())
    producer: Any = producer_for(keeping.bootstrap, "test")
    await producer.start()
    try:
        await producer.send_and_wait(
            keeping.definition.records[0].topic,
            message.value,
            key=message.key,
            headers=message.headers,
        )
    finally:
        await producer.stop()


def keeps(keeping: Served, key: str, name: str) -> Callable[[], Awaitable[bool]]:
    async def kept() -> bool:
        found = await keeping.pool.fetchval("select name from own.named where key = $1", key)
        return found == name

    return kept


def letters(keeping: Served, count: int) -> Callable[[], Awaitable[bool]]:
    async def counted() -> bool:
        return await keeping.pool.fetchval("select count(*) from dead_letters") == count

    return counted


async def test_nothing_that_escapes_costs_a_record(keeping: Served) -> None:
    BROKEN.add("consent withdrawn")
    role = role_of(keeping.dsn)
    async with keeping.serve(), owner(keeping) as db:
        await say(keeping, "a", "before")
        await until(keeps(keeping, "a", "before"))
        # It can neither be kept nor set aside, and what is raised then is on no list.
        await db.execute(f'revoke insert on log.dead_letters from "{role}"')
        await say(keeping, "a", "consent withdrawn", 2)
        await until(lambda: TRIED["consent withdrawn"] >= 3)
        await say(keeping, "b", "behind it")
        await until(lambda: TRIED["behind it"] > 0 or TRIED["consent withdrawn"] > 9)
        await db.execute(f'grant insert on log.dead_letters to "{role}"')
        BROKEN.clear()
        await until(keeps(keeping, "b", "behind it"))
        await until(keeps(keeping, "a", "consent withdrawn"), seconds=20)


async def test_a_server_that_takes_no_writes_for_a_while_costs_no_record(keeping: Served) -> None:
    name = keeping.owner_dsn.partition("?")[0].rpartition("/")[2]

    async with keeping.serve() as runtime:
        await say(keeping, "a", "before")
        await until(keeps(keeping, "a", "before"))
        async with owner(keeping) as db:
            # What a failover leaves: connections to a server that has become a standby.
            await db.execute(f"alter database {name} set default_transaction_read_only = on")
        # The pool ends them as they come back, and makes new ones.
        await runtime.pool.expire_connections()
        await say(keeping, "a", "consent withdrawn", 2)
        # More often than what is the record's own fault.
        await until(lambda: TRIED["consent withdrawn"] >= 4, seconds=20)
        async with owner(keeping) as db:
            await db.execute("set session characteristics as transaction read write")
            await db.execute(f"alter database {name} reset default_transaction_read_only")
        # Also over the connections of before, which would take no writes for as long as they stand.
        await until(keeps(keeping, "a", "consent withdrawn"))
        assert await letters(keeping, 0)()


@contextmanager
def told_to_end() -> Generator[asyncio.Event]:
    """Whether this process was told to end; it does not."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    yield told
    loop.remove_signal_handler(signal.SIGTERM)


async def test_a_keeper_that_gets_nowhere_is_measured_and_ends_its_process(
    keeping: Served,
) -> None:
    BROKEN.add("poison")
    role = role_of(keeping.dsn)
    topic = keeping.definition.records[0].topic
    with told_to_end() as told:
        async with keeping.serve(stuck_seconds=3.0), owner(keeping) as db:
            await db.execute(f'revoke insert on log.dead_letters from "{role}"')
            await say(keeping, "a", "poison")
            await until(told.is_set, "the watchdog ends the process", seconds=30)
            labels = {"topic": topic}
            assert REGISTRY.get_sample_value("maarid_consumer_lag_records", labels) == 1


async def test_the_end_of_a_transaction_is_no_record_that_a_keeper_lags_behind(
    keeping: Served,
) -> None:
    topic = keeping.definition.records[0].topic

    def lags_behind_nothing() -> bool:
        return REGISTRY.get_sample_value("maarid_consumer_lag_records", {"topic": topic}) == 0

    with told_to_end() as told:
        async with keeping.serve(stuck_seconds=3.0):
            await say(keeping, "a", "before")
            await until(keeps(keeping, "a", "before"))
            await end_a_transaction(keeping.bootstrap, topic)
            metrics.CONSUMER_LAG.labels(topic).set(-1)
            # Nothing is there to be acknowledged.
            await until(lags_behind_nothing, "the end is passed over", seconds=10)
        assert not told.is_set()


async def end_a_transaction(bootstrap: str, topic: str) -> None:
    """Append the end of a transaction without a record, as the publisher of contacts does."""
    producer: Any = producer_for(bootstrap, "test", transactional_id=topic)
    await producer.start()
    try:
        await producer.begin_transaction()
        producer._txn_manager.maybe_add_partition_to_txn(TopicPartition(topic, 0))
        await producer.commit_transaction()
    finally:
        await producer.stop()


async def test_a_letter_is_tried_again_with_what_the_topic_says_last(keeping: Served) -> None:
    BROKEN.add("odd")
    async with keeping.serve():
        await say(keeping, "a", "odd", 5)
        await until(letters(keeping, 1))
        assert await keeping.pool.fetchval("select body from dead_letters") is None
        # Nothing is mended yet: it stays, and says why.
        await keeping.pool.execute("update dead_letters set wish = 'retry', reason = ''")
        await until(lambda: TRIED["odd"] == 6)

        async def kept_again() -> bool:
            row = await keeping.pool.fetchrow("select wish, reason from dead_letters")
            return row is not None and tuple(row) == (None, "not kept: Bug")

        await until(kept_again)
        BROKEN.clear()
        await keeping.pool.execute("update dead_letters set wish = 'retry'")
        await until(keeps(keeping, "a", "odd"))
        await until(letters(keeping, 0))


async def test_a_newer_record_of_the_key_replaces_a_letter(keeping: Served) -> None:
    BROKEN.add("odd")
    async with keeping.serve():
        await say(keeping, "a", "odd")
        await say(keeping, "b", "odd")
        await until(letters(keeping, 2))
        await say(keeping, "a", "mended", 2)
        await until(keeps(keeping, "a", "mended"))
        await until(letters(keeping, 1))


async def test_a_letter_is_dropped_and_one_that_the_topic_forgot_says_so(keeping: Served) -> None:
    BROKEN.add("odd")
    async with keeping.serve():
        await say(keeping, "a", "odd")
        await say(keeping, "b", "odd")
        await until(letters(keeping, 2))
        # As if Kafka had compacted it away.
        await keeping.pool.execute(
            "update dead_letters set key = 'c', wish = 'retry' where key = 'b'"
        )

        async def told() -> bool:
            reason: str = await keeping.pool.fetchval(
                "select reason from dead_letters where key = 'c'"
            )
            return "republish" in reason

        await until(told)
        await keeping.pool.execute("update dead_letters set wish = 'drop'")
        await until(letters(keeping, 0))
        assert await keeping.pool.fetchval("select count(*) from own.named") == 0
