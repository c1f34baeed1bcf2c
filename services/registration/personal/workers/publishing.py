"""Keeps a compacted topic of persons equal to their rows.

One replica publishes at a time: the one that holds a lease.  A lease alone cannot keep a record of
its last holder from arriving late, behind a newer record or behind a tombstone.  So every holder
begins with the same transactional id, after which the broker refuses all that other producers with
this id send, and reads the rows only then.  The last record of a key is the one that was read last.

No connection to the database is held while Kafka is waited for.  A row that changes meanwhile is
ahead again; a crash sends the same bytes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.definition.runtime import Runtime
from chassis.kafka.ending import end_producer
from chassis.kafka.envelope import About, Message, encode_record
from chassis.kafka.starting import started
from chassis.kafka.topics import ERASED_WITHIN, roll_seconds
from chassis.postgres.database import TROUBLE, Connection, Pool
from chassis.process import breakpoints
from chassis.process.tasks import end
from chassis.publishing.relay import producer_for
from services.registration.personal.rows import Persons, about_persons

log = structlog.get_logger(__name__)

POLL = 0.2
"""Seconds between two looks for persons that changed."""
BATCH = 500
FOLLOWED = 1000
"""How many events are read at once."""
LEASE = 4.0
"""Seconds after which another replica publishes, if the holder has not prolonged its lease.

The lease keeps replicas from ending each other's producers; correctness does not need it."""
START_SECONDS = 12
ACK_SECONDS = 8
"""Seconds that Kafka may take before the producer and the lease are given up."""
PAUSE = 0.5
LONGEST_PAUSE = 5.0
"""Seconds before a replica in trouble tries again; another one takes the lease meanwhile."""


class Statements:
    """What is asked of the tables of one kind of persons."""

    def __init__(self, persons: Persons) -> None:
        self._of = persons

    @cached_property
    def claim(self) -> str:
        return f"""
        update {self._of.publisher}
           set holder = $1, held_until = clock_timestamp() + make_interval(secs => $2)
         where holder = $1 or held_until is null or held_until < clock_timestamp()
        returning coalesce(extract(epoch from clock_timestamp() - stirred_at), 'infinity')::float8
        """

    @cached_property
    def hold(self) -> str:
        return f"select true from {self._of.publisher} where holder = $1 for update"

    @cached_property
    def release(self) -> str:
        return f"update {self._of.publisher} set held_until = null where holder = $1"

    @cached_property
    def stirred(self) -> str:
        return f"update {self._of.publisher} set stirred_at = clock_timestamp() where holder = $1"

    @cached_property
    def news(self) -> str:
        return f"""
        select position, type, data ->> '{self._of.key}' as key,
               data ->> '{self._of.owner}' as owner
          from log.events
         where position > (select position from {self._of.publisher}) order by position limit $1
        """

    @cached_property
    def follow(self) -> str:
        return f"update {self._of.publisher} set position = greatest(position, $1)"

    @cached_property
    def ahead(self) -> str:
        counted = f" + {self._of.counted}" if self._of.counted else ""
        return f"""
        select c.*, c.{self._of.key} as key, {self._of.said}, c.erased or r.erased as gone,
               {self._of.total("r")} as total_revision
          from (select * from {self._of.table}
                 where recorded and published_revision < revision{counted}
                 order by {self._of.key} limit $1) as c
          join {self._of.standings} as r using ({self._of.key})
        """

    @cached_property
    def everybody(self) -> str:
        """Each row as it is published, for those who hold a topic against the rows."""
        return f"""
        select c.*, c.{self._of.key} as key, {self._of.said}, c.erased or r.erased as gone,
               {self._of.total("r")} as total_revision
          from {self._of.table} as c join {self._of.standings} as r using ({self._of.key})
        """

    @cached_property
    def mark(self) -> str:
        return f"""
        update {self._of.table} as c set published_revision = sent.revision
          from unnest($1::text[], $2::bigint[]) as sent(key, revision)
         where c.{self._of.key} = sent.key
        """

    @cached_property
    def bury(self) -> str:
        """The erasure is recorded and its tombstone was sent: nothing is left to publish."""
        key = self._of.key
        return f"""
        delete from {self._of.table} as c using {self._of.standings} as r
         where c.{key} = any($1::text[]) and r.{key} = c.{key} and r.erased
           and c.published_revision >= {self._of.total("r")}
        """


class LeaseLost(Exception):
    """Another replica publishes."""


async def publish(runtime: Runtime, persons: Persons) -> None:
    """Publish for ever, while no other replica does."""
    await Publisher(runtime.pool, runtime.settings.bootstrap_servers, persons).run()


class Publisher:
    """Publishes the persons of one kind of one database to one topic."""

    def __init__(
        self, pool: Pool, bootstrap: str, persons: Persons, topic: str | None = None
    ) -> None:
        self._pool = pool
        self._bootstrap = bootstrap
        self._persons = persons
        self._sql = Statements(persons)
        self._topic = topic or persons.model.topic
        self._holder = str(uuid4())
        self._pause = PAUSE
        self._still = 0.0
        """For how many seconds nothing may have been appended to some partition."""
        self._roll = 0.0

    async def run(self) -> None:
        """Publish for ever; after any trouble begin anew, or leave it to another replica."""
        while True:
            try:
                if await self._claim():
                    await self._while_held()
            except (KafkaError, LeaseLost, *TROUBLE) as error:
                log.warning(f"{self._persons.many}.trouble", error=type(error).__name__)
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(POLL)

    async def _claim(self) -> bool:
        """Take the lease or prolong it; False while another replica has it."""
        async with asyncio.timeout(LEASE):
            still: float | None = await self._pool.fetchval(self._sql.claim, self._holder, LEASE)
        if still is None:
            return False
        self._still = still
        return True

    async def _while_held(self) -> None:
        """Publish as long as the lease is held.  Raises LeaseLost and what either server raises."""
        producer = producer_for(
            self._bootstrap,
            f"registration-{self._persons.many}",
            transactional_id=self._topic,
        )
        work = asyncio.create_task(self._publish(producer))
        try:
            while True:
                await asyncio.wait({work}, timeout=LEASE / 3)
                if work.done():
                    work.result()
                if not await self._claim():
                    raise LeaseLost
        finally:
            try:
                await end(work)
            finally:
                # Also where whoever ends us grew impatient meanwhile.  The records that the
                # producer still holds are read again from the rows.
                await end_producer(producer)
            with suppress(*TROUBLE):
                async with asyncio.timeout(1):
                    await self._pool.execute(self._sql.release, self._holder)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        await started(producer.start(), START_SECONDS)
        async with asyncio.timeout(START_SECONDS):
            # From here on Kafka takes no other holder's record: rows read now are newer than those.
            await self._look_at_topic()
        while True:
            while await self._follow() == FOLLOWED:
                pass
            while await self._publish_some(producer) == BATCH:
                pass
            await self._stir(producer)
            self._pause = PAUSE
            await asyncio.sleep(POLL)

    async def _follow(self) -> int:
        """Copy what events say of persons into their rows; returns the number of events read."""
        news = await self._pool.fetch(self._sql.news, FOLLOWED)
        if news:
            told = sorted({row["key"] for row in news if row["type"] in self._persons.telling})
            ended = sorted({row["owner"] for row in news if row["type"] in self._persons.ending})
            async with self._held() as db:
                if told:
                    await db.execute(self._persons.record, told)
                if ended:
                    await db.execute(self._persons.end, ended)
                await db.execute(self._sql.follow, news[-1]["position"])
        return len(news)

    async def _publish_some(self, producer: AIOKafkaProducer) -> int:
        """Publish persons that are ahead of the topic; returns their number."""
        rows = await self._pool.fetch(self._sql.ahead, BATCH)
        if rows:
            keys = [row["key"] for row in rows]
            about = await about_persons(self._pool, self._persons, keys)
            async with asyncio.timeout(ACK_SECONDS):
                await self._send(producer, rows, about)
            await breakpoints.reached(f"{self._persons.many}.acknowledged")
            async with self._held() as db:
                await db.execute(self._sql.mark, keys, [row["total_revision"] for row in rows])
                await db.execute(self._sql.bury, keys)
        return len(rows)

    @asynccontextmanager
    async def _held(self) -> AsyncGenerator[Connection]:
        """A transaction in which no other replica can take the lease.  Raises LeaseLost."""
        async with self._pool.acquire() as db, db.transaction():
            if not await db.fetchval(self._sql.hold, self._holder):
                raise LeaseLost
            yield db

    async def _send(
        self, producer: Any, rows: Sequence[asyncpg.Record], about: Mapping[str, About]
    ) -> None:
        acks: list[asyncio.Future[Any]] = []
        await producer.begin_transaction()
        for row in rows:
            message = message_of(self._persons, row, about.get(row["key"]))
            ack: asyncio.Future[Any] = await producer.send(
                self._topic, message.value, key=message.key, headers=message.headers
            )
            acks.append(ack)
        await asyncio.gather(*acks)
        await producer.commit_transaction()

    async def _stir(self, producer: AIOKafkaProducer) -> None:
        """Append something to every partition, if nothing may have been appended for too long.

        Kafka closes a segment when something is appended, and compacts closed segments alone.  The
        end of a transaction without a record is enough, and no consumer sees it.
        """
        if self._still < self._roll:
            return
        async with asyncio.timeout(ACK_SECONDS):
            await append_to_each(producer, self._topic)
            # The settings of the topic may have changed meanwhile.
            await self._look_at_topic()
        await self._pool.execute(self._sql.stirred, self._holder)
        self._still = 0.0

    async def _look_at_topic(self) -> None:
        try:
            self._roll = await roll_seconds(self._bootstrap, self._topic)
        except KafkaError as error:
            # The right to write does not include the right to read the settings.
            self._roll = ERASED_WITHIN / 4
            log.warning(f"{self._persons.many}.topic_unknown", error=type(error).__name__)


async def append_to_each(producer: AIOKafkaProducer, topic: str) -> None:
    """Append to every partition of a topic the end of a transaction without a record."""
    kafka = cast(Any, producer)
    await kafka.begin_transaction()
    for partition in await kafka.partitions_for(topic):
        kafka._txn_manager.maybe_add_partition_to_txn(TopicPartition(topic, partition))
    await kafka.commit_transaction()


def message_of(persons: Persons, row: asyncpg.Record, about: About | None = None) -> Message:
    """The record of a person, or the tombstone of one who was erased."""
    key: str = row[persons.key]
    revision: int = row["total_revision"]
    said = {**row, "revision": revision}
    return encode_record(
        key,
        None if row["gone"] else persons.model.model_validate(said),
        model=persons.model,
        revision=revision,
        event_id=uuid5(UUID(key), str(revision)),
        about=about,
    )
