"""From the log to the topic: everything, in order, at least once, never skipping."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaProducer, partitioner
from aiokafka.errors import KafkaError
from maarid_contracts import Contract

from chassis import breakpoints, metrics
from chassis.behind import LogBehindTopic, refuse_if_behind
from chassis.database import TROUBLE, Pool
from chassis.envelope import Message, encode
from chassis.ids import uuid7
from chassis.log import Recorded, head, read_after
from chassis.names import Names

log = structlog.get_logger(__name__)

POLL = 0.2
"""Seconds between looks at the log for what other replicas committed."""
BATCH = 500
COMPARE_SECONDS = 10.0
"""How long the topic may take to say how it ends."""
ACK_SECONDS = 10.0
"""How long acknowledgements may take.  A producer that is idempotent asks again for ever and tells
nobody, so a broker that stands still would look like one that is slow."""
LEASE = 3.0
"""Seconds for which one replica publishes; it saves double work, correctness does not need it."""


def producer_for(bootstrap: str, name: str) -> AIOKafkaProducer:
    """The one way in which this system produces: idempotent, all replicas, and with the one
    compression that every client reads (docs/decisions/topics-are-compressed-with-gzip.md)."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=name,
        enable_idempotence=True,
        acks="all",
        compression_type="gzip",
        max_batch_size=256 * 1024,
        request_timeout_ms=10_000,
    )


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Stop within seconds even where the broker is gone; unsent records are in the log."""
    with suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(2):
            await producer.stop()


@lru_cache(maxsize=10_000)
def _hash_of(key: bytes) -> int:
    """Kafka's own hash of a key, so that every producer finds the same partition for a stream."""
    return cast(Any, partitioner).murmur2(key) & 0x7FFFFFFF


async def send_all(
    producer: AIOKafkaProducer, topic: str, messages: Sequence[Message]
) -> list[asyncio.Future[Any]]:
    """Send records in whole batches, each partition's in order; returns what to wait for.

    The producer's `send`, one record at a time, takes several times the processor time.
    """
    kafka = cast(Any, producer)
    partitions: list[int] = sorted(await kafka.partitions_for(topic))
    filling: dict[int, Any] = {}
    acks: list[asyncio.Future[Any]] = []

    async def close(partition: int) -> None:
        batch = filling.pop(partition)
        batch.close()
        acks.append(await kafka.send_batch(batch, topic, partition=partition))

    def append(partition: int, message: Message) -> bool:
        if partition not in filling:
            filling[partition] = kafka.create_batch()
        taken = filling[partition].append(
            timestamp=None, key=message.key, value=message.value, headers=message.headers
        )
        return taken is not None

    for message in messages:
        partition = partitions[_hash_of(message.key) % len(partitions)]
        if not append(partition, message):
            await close(partition)
            # An empty batch takes any record, also one that is larger than a batch should be.
            append(partition, message)
    for partition in list(filling):
        await close(partition)
    return acks


class Relay:
    """Publishes one service's log to its topic, with a cursor that is moved behind the acks."""

    def __init__(
        self,
        *,
        service: str,
        topic: str,
        pool: Pool,
        names: Names,
        translate: Callable[[Any], Contract],
        bootstrap: str,
        lease: bool = True,
        trust_log: bool = False,
    ) -> None:
        self._service = service
        self._topic = topic
        self._pool = pool
        self._names = names
        self._translate = translate
        self._bootstrap = bootstrap
        self._lease = lease
        self._trust_log = trust_log
        self._holder = str(uuid7())
        self._renew_at = 0.0
        self._seen = 0
        self._wake = asyncio.Event()
        self.connected = False
        """Whether the broker answered last time."""

    def wake(self) -> None:
        """There is something new in the log."""
        self._wake.set()

    async def compare(self) -> None:
        """Raises LogBehindTopic where others have heard what the log has forgotten, and
        TimeoutError or KafkaError where that cannot be told."""
        if self._trust_log:
            return
        async with asyncio.timeout(COMPARE_SECONDS):
            await refuse_if_behind(
                self._pool, service=self._service, topic=self._topic, bootstrap=self._bootstrap
            )

    async def run(self) -> None:
        """Publish for ever.  After any error the producer is rebuilt and the cursor read again."""
        pause = 0.1
        while True:
            producer = producer_for(self._bootstrap, f"{self._service}-relay")
            try:
                await producer.start()
                await self.compare()
                self.connected = True
                pause = 0.1
                await self._publish(producer)
            except (KafkaError, *TROUBLE) as error:
                self.connected = False
                log.warning("relay.trouble", service=self._service, error=repr(error))
            except LogBehindTopic as error:
                # The database was exchanged under a running service: nothing more may be decided.
                log.error("relay.log_behind_topic", reason=str(error))
                os.kill(os.getpid(), signal.SIGTERM)
                return
            finally:
                await stop_producer(producer)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        while True:
            position = await self._cursor()
            if position is None:
                await self._wait()
                continue
            batch = await read_after(self._pool, self._names, position, BATCH)
            self._remember(position, batch)
            await self._measure(position, batch)
            if not batch:
                await self._wait()
            while batch:
                position, batch = await self._send(producer, position, batch)

    def _remember(self, position: int, batch: list[Recorded]) -> None:
        """Raises LogBehindTopic where the log was longer before: a pool does not tell that its
        connections lead to a database that has been restored meanwhile."""
        end = batch[-1].position if batch else position
        if len(batch) < BATCH and end < self._seen and not self._trust_log:
            raise LogBehindTopic(self._service, end, f"position {self._seen} was published")
        self._seen = max(self._seen, end)

    async def _send(
        self, producer: AIOKafkaProducer, position: int, batch: list[Recorded]
    ) -> tuple[int, list[Recorded]]:
        """Send a batch, read the next one meanwhile, and move the cursor behind the acks."""
        messages = [encode(one, self._translate(one.fact.event)) for one in batch]
        end = batch[-1].position
        following: list[Recorded] = []
        async with asyncio.timeout(ACK_SECONDS):
            acks = await send_all(producer, self._topic, messages)
            if len(batch) == BATCH:
                following = await read_after(self._pool, self._names, end, BATCH)
            await asyncio.gather(*acks)
        await breakpoints.reached("relay.acknowledged")
        moved = await self._pool.fetchval(
            "update log.relay set position = $3 where topic = $1 and position = $2 returning true",
            self._topic,
            position,
            end,
        )
        metrics.RELAYED.labels(self._service).inc(len(batch))
        if not moved or (self._lease and time.monotonic() > self._renew_at):
            # Another relay moved the cursor, or the lease is to be renewed: look again.
            return end, []
        return end, following

    async def _cursor(self) -> int | None:
        """The position published last, or None while another replica has the lease."""
        if not self._lease:
            return await self._pool.fetchval(
                "insert into log.relay (topic) values ($1)"
                " on conflict (topic) do update set topic = excluded.topic returning position",
                self._topic,
            )
        row = await self._pool.fetchrow(
            "select position, lease_holder from log.relay where topic = $1", self._topic
        )
        if row and row["lease_holder"] == self._holder and time.monotonic() < self._renew_at:
            return row["position"]
        position = await self._pool.fetchval(
            "insert into log.relay as r (topic, lease_holder, lease_until)"
            " values ($1, $2, clock_timestamp() + make_interval(secs => $3))"
            " on conflict (topic) do update set lease_holder = $2,"
            "   lease_until = clock_timestamp() + make_interval(secs => $3)"
            " where r.lease_holder = $2 or r.lease_until is null"
            "    or r.lease_until < clock_timestamp()"
            " returning position",
            self._topic,
            self._holder,
            LEASE,
        )
        if position is not None:
            self._renew_at = time.monotonic() + LEASE / 2
        return position

    async def _measure(self, position: int, batch: list[Recorded]) -> None:
        behind = 0
        age = 0.0
        if batch:
            behind = len(batch) if len(batch) < BATCH else await head(self._pool) - position
            age = max((datetime.now(UTC) - batch[0].recorded_at).total_seconds(), 0.0)
        metrics.RELAY_LAG_EVENTS.labels(self._service).set(behind)
        metrics.RELAY_LAG_SECONDS.labels(self._service).set(age)

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        self._wake.clear()
