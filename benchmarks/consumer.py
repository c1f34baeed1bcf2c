"""The consumer, to committed read tables, against FastStream handing over the same batches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import uuid4

from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from benchmarks.contacts import hearing, publish, said
from benchmarks.ground import Ground
from benchmarks.measuring import Line, Measured, at_least, in_turns, settle
from chassis.definition.runtime import Deciding, Runtime
from chassis.definition.timers import Timers
from chassis.inbox.subscriptions import take_up
from chassis.kafka.reading import Raw
from chassis.listening.consumer import Consumer
from chassis.listening.subscribing import MAX_RECORDS, broker_for, subscribe
from chassis.postgres.clock import Clock


class Counted:
    """Hands batches on to a consumer, and knows when so many records were acknowledged."""

    def __init__(self, consumer: Consumer, count: int) -> None:
        self.topic = consumer.topic
        self._consumer = consumer
        self._left = count
        self.done = asyncio.Event()

    async def handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
        await self._consumer.batches.handle(kafka, records)
        self._left -= len(records)
        if self._left <= 0:
            self.done.set()


async def throughput(ground: Ground) -> Measured:
    """A topic that is heard from its beginning."""
    organisations = ground.amount(2_000, 50)
    messages = said(organisations, 10)
    count = len(messages)
    topic = await ground.topic("consumer")
    await publish(ground.bootstrap, topic, messages)

    async def consumer() -> float:
        return await _consume(ground, topic, count)

    async def faststream() -> float:
        return await _bare(ground, topic, count)

    return await in_turns(ground, consumer, faststream, unit="events/s")


async def _consume(ground: Ground, topic: str, count: int) -> float:
    made = hearing(topic)
    subscription = next(one for one in made.subscriptions if one.topic == topic)
    async with ground.place(made) as place, place.desk() as desk:
        await take_up(place.pool, made.name, made.subscriptions)
        clock = Clock(simulated=False)
        deciding = Deciding(desk, Timers(made.name, place.pool, clock))
        runtime = Runtime(None, place.pool, clock, deciding)
        consumer = Consumer(made, subscription, runtime)
        listener = Counted(consumer, count)
        broker = broker_for(ground.bootstrap, "benchmarks")
        subscribe(broker, listener, group=f"ours-{uuid4()}", session_seconds=10)
        return await _drain(broker, listener.done, count)


async def _bare(ground: Ground, topic: str, count: int) -> float:
    broker = KafkaBroker(ground.bootstrap, apply_types=False, logger=None)
    done = asyncio.Event()
    left = count

    @cast(
        "Callable[[Any], Any]",
        broker.subscriber(
            topic,
            batch=True,
            group_id=f"bare-{uuid4()}",
            ack_policy=AckPolicy.ACK,
            auto_offset_reset="earliest",
            max_records=MAX_RECORDS,
        ),
    )
    async def take(records: list[Any]) -> None:
        nonlocal left
        left -= len(records)
        if left <= 0:
            done.set()

    return await _drain(broker, done, count)


async def _drain(broker: KafkaBroker, done: asyncio.Event, count: int) -> float:
    """From the moment at which the partitions are assigned until the last record is done."""
    settle()
    try:
        await broker.start()
        began = time.perf_counter()
        await asyncio.wait_for(done.wait(), 120)
        return count / (time.perf_counter() - began)
    finally:
        await broker.stop()


LINES = (
    Line(
        "consumer.throughput",
        "topic to committed read table, against FastStream's bare batches",
        at_least(0.25),
        throughput,
    ),
)
