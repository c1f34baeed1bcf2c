"""The relay against a bare producer that has the same bytes in its hands already."""

from __future__ import annotations

import asyncio
import time
from typing import Any, cast

from benchmarks.ground import Ground, Place
from benchmarks.measuring import Line, Measured, at_least, in_turns, settle, until
from benchmarks.workshops import fill
from chassis.kafka.envelope import Message, encode
from chassis.log.events import head, read_all
from chassis.publishing.relay import Relay, producer_for, stop_producer
from services.ticketing.app import definition


async def throughput(ground: Ground) -> Measured:
    """A log that is published from its beginning."""
    async with ground.place(definition()) as place:
        await fill(place, streams=100, count=ground.amount(20_000, 500))
        messages = await _messages(place)

        async def relay() -> float:
            return await _relay(ground, place)

        async def producer() -> float:
            return await _produce(ground, messages)

        return await in_turns(ground, relay, producer, unit="events/s")


async def _messages(place: Place) -> list[Message]:
    event_types = place.definition.log.event_types
    async with place.pool.acquire() as db:
        return [
            encode(recorded, event_types.translate(recorded.fact.event))
            async for batch in read_all(db, event_types)
            for recorded in batch
        ]


async def _relay(ground: Ground, place: Place) -> float:
    topic = await ground.topic("relay")
    end = await head(place.pool)
    relay = Relay(
        service=place.definition.name,
        topic=topic,
        pool=place.pool,
        event_types=place.definition.log.event_types,
        bootstrap=ground.bootstrap,
    )

    async def published() -> bool:
        cursor = "select position from log.relay where topic = $1"
        return await place.pool.fetchval(cursor, topic) == end

    settle()
    began = time.perf_counter()
    running = asyncio.create_task(relay.run())
    try:
        await until(published, pause=0.02)
        return end / (time.perf_counter() - began)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _produce(ground: Ground, messages: list[Message]) -> float:
    topic = await ground.topic("bare")
    settle()
    began = time.perf_counter()
    producer = producer_for(ground.bootstrap, "bare")
    await producer.start()
    try:
        acks: list[Any] = [
            await cast(Any, producer).send(
                topic, message.value, key=message.key, headers=message.headers
            )
            for message in messages
        ]
        await asyncio.gather(*acks)
        return len(messages) / (time.perf_counter() - began)
    finally:
        await stop_producer(producer)


LINES = (
    Line(
        "relay.throughput",
        "log to topic, against a bare idempotent producer with the same bytes",
        at_least(0.6),
        throughput,
    ),
)
