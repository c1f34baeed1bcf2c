"""From the log to the topic: everything, in order, at least once, never skipping."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from chassis.kafka.ending import stop_producer
from chassis.kafka.envelope import Message, encode
from chassis.kafka.partitions import PartitionsChanged, partition_of, refuse_if_repartitioned
from chassis.kafka.reading import Ends, ends_of
from chassis.kafka.starting import started
from chassis.log.event_types import EventTypes
from chassis.log.events import Recorded, head, read_after
from chassis.postgres.database import TROUBLE, Pool
from chassis.process import breakpoints, metrics, tasks
from chassis.process.ids import uuid7
from chassis.publishing.behind import LogBehindTopic, refuse_if_behind
from chassis.publishing.lost import Span, compare_with_topic, have_shrunk, moved

log = structlog.get_logger(__name__)

POLL = 0.2
"""Seconds between looks at the log for what other replicas committed."""
BATCH = 500
COMPARE_SECONDS = 10.0
"""How long the topic may take to say how it ends."""
ACK_SECONDS = 10.0
"""How long acknowledgements may take.  A producer that is idempotent asks again for ever and tells
nobody, so a broker that stands still would look like one that is slow."""
COMPARE_EVERY = 5.0
"""Seconds between looks at how the topic ends, also while nothing is sent: the producer connects
again without a word, and a broker that comes back may have lost what it acknowledged."""
REFUSALS = (LogBehindTopic, PartitionsChanged)
"""Why a service may not run, nor a person help with anything but the data themselves."""
TRANSACTION_MS = 15_000
"""After so long the broker ends the transaction of a producer that is gone; until then it holds
back those who read what is committed alone, and the cleaner."""
STANDS_STILL = 5.0
"""Seconds without an answer of the database or the broker after which a relay does not work."""
LEASE = 3.0
"""Seconds for which one replica publishes; it saves double work, correctness does not need it."""


def producer_for(
    bootstrap: str, name: str, *, transactional_id: str | None = None
) -> AIOKafkaProducer:
    """The one way in which this system produces: idempotent, all replicas, and with the one
    compression that every client reads (docs/decisions/topics-are-compressed-with-gzip.md).

    Of those with the same `transactional_id` the one that started last is the only one that the
    broker listens to.
    """
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=name,
        enable_idempotence=True,
        acks="all",
        compression_type="gzip",
        max_batch_size=256 * 1024,
        request_timeout_ms=10_000,
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_MS,
    )


class Sent(NamedTuple):
    """A batch that was handed to the producer, and the future that tells its first offset."""

    records: int
    ack: asyncio.Future[Any]


async def delivered(batches: Sequence[Sent]) -> list[Span]:
    """Wait until all batches are acknowledged; returns where they stand, in order of sending."""
    places = await asyncio.gather(*(sent.ack for sent in batches))
    return [
        Span(place.partition, place.offset, place.offset + sent.records)
        for sent, place in zip(batches, places, strict=True)
    ]


async def send_all(
    producer: AIOKafkaProducer,
    topic: str,
    messages: Sequence[Message],
    *,
    partitions: int | None = None,
) -> list[Sent]:
    """Send records in whole batches, each partition's in order; returns what to wait for.

    `partitions` is how many the topic has, where the caller will not have another number.
    The producer's `send`, one record at a time, takes several times the processor time.
    """
    kafka = cast(Any, producer)
    partitions = partitions or len(await kafka.partitions_for(topic))
    filling: dict[int, Any] = {}
    batches: list[Sent] = []

    async def close(partition: int) -> None:
        batch = filling.pop(partition)
        batch.close()
        ack = await kafka.send_batch(batch, topic, partition=partition)
        batches.append(Sent(batch.record_count(), ack))

    def append(partition: int, message: Message) -> bool:
        if partition not in filling:
            filling[partition] = kafka.create_batch()
        taken = filling[partition].append(
            timestamp=None, key=message.key, value=message.value, headers=message.headers
        )
        return taken is not None

    for message in messages:
        partition = partition_of(message.key, partitions)
        if not append(partition, message):
            await close(partition)
            # An empty batch takes any record, also one that is larger than a batch should be.
            append(partition, message)
    for partition in list(filling):
        await close(partition)
    return batches


class Cursor(NamedTuple):
    """The position published last, and what of the topic is known of it."""

    position: int
    ends: Ends | None
    """What Kafka has acknowledged up to the position; None where somebody who does not know of
    that has moved it: an older version, or whoever sends everything again."""
    losses: int


def _cursor_of(row: asyncpg.Record) -> Cursor:
    position: int = row["position"]
    if position == 0:
        return Cursor(0, {}, row["losses"])
    if row["ends"] is None or row["ends_at"] != position:
        return Cursor(position, None, row["losses"])
    ends: dict[str, int] = orjson.loads(row["ends"])
    return Cursor(position, {int(number): end for number, end in ends.items()}, row["losses"])


def _stored(ends: Ends) -> str:
    return orjson.dumps({str(number): end for number, end in ends.items()}).decode()


class Relay:
    """Publishes one service's log to its topic, with a cursor that is moved behind the acks."""

    def __init__(
        self,
        *,
        service: str,
        topic: str,
        pool: Pool,
        event_types: EventTypes,
        bootstrap: str,
        topics: Sequence[str] = (),
        trust_log: bool = False,
    ) -> None:
        self._service = service
        self._topic = topic
        self._topics = topics or (topic,)
        """All topics of the service, whose partitions are to stay as many as they are."""
        self._partitions: int | None = None
        self._compare_at = 0.0
        """When to look next how the topic ends; 0 says that it is the first time."""
        self._looking: tuple[Ends, asyncio.Task[Ends]] | None = None
        self._pool = pool
        self._event_types = event_types
        self._bootstrap = bootstrap
        self._trust_log = trust_log
        self._holder = str(uuid7())
        self._renew_at = 0.0
        self._seen = 0
        self._wake = asyncio.Event()
        self._connected = False
        self._advanced_at = 0.0

    @property
    def working(self) -> bool:
        """Whether it has lately asked the log, and had everything acknowledged by the broker."""
        return self._connected and time.monotonic() - self._advanced_at < STANDS_STILL

    def wake(self) -> None:
        """There is something new in the log."""
        self._wake.set()

    async def compare(self) -> None:
        """Raises LogBehindTopic where others have heard what the log has forgotten,
        PartitionsChanged where streams would change their partition, and TimeoutError or
        KafkaError where that cannot be told."""
        async with asyncio.timeout(COMPARE_SECONDS):
            await self._ends()
            if not self._trust_log:
                await refuse_if_behind(
                    self._pool, service=self._service, topic=self._topic, bootstrap=self._bootstrap
                )

    async def _ends(self) -> Ends | None:
        """How the topic of events ends now; None where there is none.  Raises as `compare`."""
        found = await ends_of(self._bootstrap, self._topics)
        await refuse_if_repartitioned(self._pool, found)
        ends = found.get(self._topic)
        self._partitions = len(ends) if ends else None
        return ends

    async def run(self) -> None:
        """Publish for ever.  After any error the producer is rebuilt and the cursor read again."""
        pause = 0.1
        while True:
            producer = producer_for(self._bootstrap, f"{self._service}-relay")
            try:
                await started(producer.start())
                await self.compare()
                self._advance()
                self._connected = True
                pause = 0.1
                await self._publish(producer)
            except (KafkaError, *TROUBLE) as error:
                log.warning("relay.trouble", service=self._service, error=repr(error))
            except REFUSALS as error:
                # The database or the topic was exchanged under a running service: nothing more may
                # be decided.
                log.error("relay.refuses", reason=str(error))
                os.kill(os.getpid(), signal.SIGTERM)
                return
            finally:
                self._connected = False
                await self._begin_anew()
                await stop_producer(producer)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        while True:
            cursor = await self._cursor()
            self._advance()
            if cursor is None:
                await tasks.woken(self._wake, POLL)
                continue
            if cursor.ends is None or await self._has_shrunk(cursor.ends):
                await self._send_again_what_is_lost(cursor)
                continue
            batch = await read_after(self._pool, self._event_types, cursor.position, BATCH)
            self._remember(cursor.position, batch)
            await self._measure(cursor.position, batch)
            if not batch:
                await tasks.woken(self._wake, POLL)
            while batch:
                cursor, batch = await self._send(producer, cursor, batch)

    async def _has_shrunk(self, known: Ends) -> bool:
        """Whether the topic ends before what it acknowledged; asked every few seconds.

        Nothing is published before the first answer of a connection; later ones are not waited for.
        """
        if self._looking is None:
            if not known:
                self._compare_at = time.monotonic() + COMPARE_EVERY
            if time.monotonic() < self._compare_at:
                return False
            self._looking = known, asyncio.create_task(self._look())
        known_then, look = self._looking
        if self._compare_at and not look.done():
            return False
        ends = await look
        self._looking = None
        self._compare_at = time.monotonic() + COMPARE_EVERY
        return have_shrunk(known_then, ends)

    async def _look(self) -> Ends:
        async with asyncio.timeout(COMPARE_SECONDS):
            ends = await self._ends()
        if ends is None:
            # Not lost for certain: a broker that has just started does not know its topics yet.
            raise UnknownTopicOrPartitionError(self._topic)
        return ends

    async def _begin_anew(self) -> None:
        """Forget what was asked of a connection that is no more, or of a cursor that was moved."""
        if self._looking is not None:
            _, look = self._looking
            self._looking = None
            await tasks.end(look)
            if not look.cancelled():
                look.exception()  # Nobody wants to know any more.
        self._compare_at = 0.0

    async def _send_again_what_is_lost(self, cursor: Cursor) -> None:
        """Set the cursor back to before the first event that is not on the topic any more.
        All that follows is sent again: consumers have let it pass as ahead of what is missing."""
        behind, ends = await compare_with_topic(
            self._pool,
            source=f"maarid/{self._service}",
            topic=self._topic,
            bootstrap=self._bootstrap,
            cursor=cursor.position,
            known=cursor.ends,
            alive=self._cursor,
        )
        if behind < cursor.position:
            log.error("relay.topic_lost_records", topic=self._topic, sent_again_behind=behind)
        await self._pool.execute(
            "update log.relay set position = least(position, $2), ends_at = least(position, $2),"
            " ends = $3::jsonb, losses = losses + $4 where topic = $1",
            *(self._topic, behind, _stored(ends), int(behind < cursor.position)),
        )
        await self._begin_anew()

    def _remember(self, position: int, batch: list[Recorded]) -> None:
        """Raises LogBehindTopic where the log was longer before: a pool does not tell that its
        connections lead to a database that has been restored meanwhile."""
        end = batch[-1].position if batch else position
        if len(batch) < BATCH and end < self._seen and not self._trust_log:
            raise LogBehindTopic(self._service, end, f"position {self._seen} was published")
        self._seen = max(self._seen, end)

    async def _send(
        self, producer: AIOKafkaProducer, cursor: Cursor, batch: list[Recorded]
    ) -> tuple[Cursor, list[Recorded]]:
        """Send a batch, read the next one meanwhile, and move the cursor behind the acks."""
        messages = [encode(one, self._event_types.translate(one.fact.event)) for one in batch]
        end = batch[-1].position
        following: list[Recorded] = []
        async with asyncio.timeout(ACK_SECONDS):
            sent = await send_all(producer, self._topic, messages, partitions=self._partitions)
            if len(batch) == BATCH:
                following = await read_after(self._pool, self._event_types, end, BATCH)
            ends = moved(cursor.ends or {}, await delivered(sent))
        self._advance()
        if ends is None:
            await self._send_again_what_is_lost(cursor)
            return cursor, []
        await breakpoints.reached("relay.acknowledged")
        went_on = await self._pool.fetchval(
            "update log.relay set position = $3, ends = $4::jsonb, ends_at = $3"
            " where topic = $1 and position = $2 and losses = $5 returning true",
            *(self._topic, cursor.position, end, _stored(ends), cursor.losses),
        )
        metrics.RELAYED.labels(self._service).inc(len(batch))
        cursor = Cursor(end, ends, cursor.losses)
        if not went_on or time.monotonic() > self._renew_at:
            # Another relay moved the cursor, or the lease is to be renewed: look again.
            return cursor, []
        return cursor, following

    def _advance(self) -> None:
        self._advanced_at = time.monotonic()

    async def _cursor(self) -> Cursor | None:
        """The position published last, or None while another replica has the lease."""
        if time.monotonic() < self._renew_at:
            row = await self._pool.fetchrow(
                "select position, ends, ends_at, losses from log.relay"
                " where topic = $1 and lease_holder = $2",
                *(self._topic, self._holder),
            )
            if row is not None:
                return _cursor_of(row)
        row = await self._pool.fetchrow(
            "insert into log.relay as r (topic, lease_holder, lease_until)"
            " values ($1, $2, clock_timestamp() + make_interval(secs => $3))"
            " on conflict (topic) do update set lease_holder = $2,"
            "   lease_until = clock_timestamp() + make_interval(secs => $3)"
            " where r.lease_holder = $2 or r.lease_until is null"
            "    or r.lease_until < clock_timestamp()"
            " returning position, ends, ends_at, losses",
            *(self._topic, self._holder, LEASE),
        )
        if row is None:
            return None
        self._renew_at = time.monotonic() + LEASE / 2
        return _cursor_of(row)

    async def _measure(self, position: int, batch: list[Recorded]) -> None:
        behind = 0
        age = 0.0
        if batch:
            behind = len(batch) if len(batch) < BATCH else await head(self._pool) - position
            age = max((datetime.now(UTC) - batch[0].recorded_at).total_seconds(), 0.0)
        metrics.RELAY_LAG_EVENTS.labels(self._service).set(behind)
        metrics.RELAY_LAG_SECONDS.labels(self._service).set(age)
