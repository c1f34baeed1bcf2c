"""How long it takes until what one service accepted can be read at another."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, cast
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer

from benchmarks.contacts import enrol, hearing, said
from benchmarks.ground import Ground, Place
from benchmarks.measuring import Line, Measured, at_most, in_turns, paced, percentile, settle, until
from chassis.definition.runtime import Runtime
from chassis.kafka.topics import make_topics
from chassis.log.context import CommandContext
from chassis.postgres.database import Pool
from chassis.process.settings import ServiceSettings
from chassis.publishing.relay import producer_for, stop_producer
from chassis.running.service import create, running
from services.registration.app import definition as registration
from services.registration.organisations.consent import AddContact
from services.registration.organisations.domain import organisation_stream

A_SECOND = 200


async def p99(ground: Ground) -> Measured:
    """Contacts accepted by registration, until ticketing's read table has them."""
    count = ground.amount(1_000, 40)
    await make_topics(ground.bootstrap)

    async def ours() -> float:
        return percentile(await _through_services(ground, count), 0.99)

    async def theirs() -> float:
        return percentile(await _through_kafka(ground, count), 0.99)

    return await in_turns(ground, ours, theirs, unit="ms", scale=1000)


async def _through_services(ground: Ground, count: int) -> list[float]:
    topic = await ground.topic("flow")
    made = registration()
    saying = replace(made, event_sourced=replace(made.log, topic=topic))
    hears = hearing(topic)
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(ground.place(hears))
        here = await stack.enter_async_context(ground.place(saying))
        await stack.enter_async_context(_served(ground, there))
        runtime = await stack.enter_async_context(_served(ground, here))
        organisations = await enrol(runtime.desk, 50)
        await _add(runtime, organisations[0], str(uuid4()))

        async def heard() -> bool:
            return bool(await there.pool.fetchval("select count(*) from contacts"))

        await until(heard)
        accepted: dict[UUID, float] = {}
        visible: dict[UUID, float] = {}

        async def command(number: int) -> None:
            contact = str(uuid4())
            await _add(runtime, organisations[number % len(organisations)], contact)
            accepted[UUID(contact)] = time.perf_counter()

        settle()
        looking = asyncio.create_task(_look(there.pool, count, accepted, visible))
        await paced(count, A_SECOND, command)
        await asyncio.wait_for(looking, 30)
        return [visible[contact] - accepted[contact] for contact in accepted]


def _served(ground: Ground, place: Place) -> Any:
    settings = ServiceSettings(
        database_url=place.dsn,
        bootstrap_servers=ground.bootstrap,
        issuer="https://issuer.example",
        jwks_url="https://issuer.example/keys",
    )
    return running(place.definition, settings, create(place.definition, settings))


async def _add(runtime: Runtime, organisation: str, contact: str) -> None:
    await runtime.desk.execute(
        organisation_stream(organisation),
        AddContact(contact, "member", consent=False),
        CommandContext(uuid4(), "organiser:bench"),
    )


async def _look(
    pool: Pool, count: int, accepted: dict[UUID, float], visible: dict[UUID, float]
) -> None:
    """Read the table again and again, as a person who waits would, only quicker."""
    while len(visible) < count:
        if waiting := [contact for contact in accepted if contact not in visible]:
            rows = await pool.fetch(
                "select contact_id from contacts where contact_id = any($1)", waiting
            )
            now = time.perf_counter()
            visible |= {row["contact_id"]: now for row in rows}
        await asyncio.sleep(0.001)


async def _through_kafka(ground: Ground, count: int) -> list[float]:
    """The same records at the same pace, produced and consumed with nothing in between."""
    topic = await ground.topic("bare")
    messages = said(50, -(-(count + 1) // 50))
    producer = producer_for(ground.bootstrap, "bare")
    consumer: Any = AIOKafkaConsumer(
        topic,
        bootstrap_servers=ground.bootstrap,
        group_id=f"bare-{uuid4()}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with AsyncExitStack() as stack:
        await producer.start()
        stack.push_async_callback(stop_producer, producer)
        await consumer.start()
        stack.push_async_callback(consumer.stop)
        sent: dict[bytes, float] = {}
        came: dict[bytes, float] = {}

        async def send(number: int) -> None:
            message = messages[number]
            sent[message.value or b""] = time.perf_counter()
            ack = await cast(Any, producer).send(
                topic, message.value, key=message.key, headers=message.headers
            )
            await ack

        async def receive(expected: int) -> None:
            while len(came) < expected:
                for records in (await consumer.getmany(timeout_ms=1000)).values():
                    now = time.perf_counter()
                    came.update((record.value, now) for record in records)

        # The first record finds out who leads the partitions; the measured ones know.
        await send(count)
        await receive(1)
        settle()
        receiving = asyncio.create_task(receive(count + 1))
        await paced(count, A_SECOND, send)
        await asyncio.wait_for(receiving, 30)
        return [
            came[message.value or b""] - sent[message.value or b""] for message in messages[:count]
        ]


LINES = (
    Line(
        "flow.p99",
        "accepted here until readable there, p99 at 200/s, against bare produce to consume",
        at_most(5),
        p99,
    ),
)
