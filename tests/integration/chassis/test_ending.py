"""A producer that was given up on a silent network delivers nothing when the network heals."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError

from chaos.proxy import kafka_proxy
from chassis.kafka.reading import TopicReader, ends_of
from chassis.kafka.starting import started
from chassis.kafka.topics import make_topics, roll_seconds
from chassis.publishing.relay import producer_for, stop_producer
from servers import Stack
from tests.waiting import until


def at_work() -> list[str]:
    """What aiokafka still has running."""
    frames = [getattr(task.get_coro(), "cr_frame", None) for task in asyncio.all_tasks()]
    codes = [frame.f_code for frame in frames if frame is not None]
    return [code.co_name for code in codes if "aiokafka/producer" in code.co_filename]


async def test_a_producer_that_was_given_up_sends_nothing_more(stack: Stack) -> None:
    bootstrap, topic = stack.addresses.bootstrap, f"ending-{uuid4().hex[:8]}.events.v1"
    await make_topics(bootstrap, events=[topic], compacted=[], partitions=2)
    running = at_work()
    async with kafka_proxy(bootstrap) as proxy:
        producer: Any = producer_for(proxy.bootstrap, "given-up")
        await producer.start()
        await producer.send_and_wait(topic, b"known", partition=0)
        proxy.silence()
        in_the_network = await producer.send(topic, b"in the network", partition=0)
        await asyncio.wait({in_the_network}, timeout=0.3)
        held = [await producer.send(topic, b"held", partition=number) for number in (0, 1)]
        await stop_producer(producer)
        for ack in (in_the_network, *held):
            assert isinstance(ack.exception(), KafkaError)
        assert at_work() == running
        await proxy.heal()
        await until(lambda: proxy.connections == 0, "no connection is left")
        assert at_work() == running
    async with TopicReader(bootstrap, topic) as reader:
        found = [record.value async for records in reader.rest() for record in records]
    assert found[0] == b"known"
    assert b"held" not in found


async def test_a_producer_that_could_not_start_is_ended(stack: Stack) -> None:
    running = at_work()
    async with kafka_proxy(stack.addresses.bootstrap) as proxy:
        proxy.silence()
        producer = producer_for(proxy.bootstrap, "never-started", transactional_id="nobody")
        starting = asyncio.create_task(producer.start())
        await until(lambda: proxy.connections > 0, "it connects")
        starting.cancel()
        await asyncio.wait({starting})
        await stop_producer(producer)
        assert at_work() == running
        await proxy.heal()
        await until(lambda: proxy.connections == 0, "no connection is left")


def connected_to(port: int) -> bool:
    """Whether something still holds a connection of aiokafka to a port."""
    alive = [one for one in gc.get_objects() if isinstance(one, AIOKafkaConnection)]
    return any(one.connected() for one in alive if one.port == port)


async def test_a_start_that_is_given_up_leaves_no_connection(stack: Stack) -> None:
    async with kafka_proxy(stack.addresses.bootstrap) as proxy:
        # A question takes a second: the first one is answered, the second one is not.
        proxy.slow(0.5)
        producer = producer_for(proxy.bootstrap, "late")
        with pytest.raises(TimeoutError):
            await started(producer.start(), 1.5)
        await stop_producer(producer)
        assert not connected_to(proxy.port)


def asked_for_settings(bootstrap: str) -> Coroutine[Any, Any, Any]:
    return roll_seconds(bootstrap, "nothing.v1")


def asked_for_ends(bootstrap: str) -> Coroutine[Any, Any, Any]:
    return ends_of(bootstrap, ["nothing.v1"])


def asked_for_records(bootstrap: str) -> Coroutine[Any, Any, Any]:
    return TopicReader(bootstrap, "nothing.v1").__aenter__()


@pytest.mark.parametrize("asked", [asked_for_settings, asked_for_ends, asked_for_records])
async def test_a_question_that_is_given_up_leaves_no_connection(
    stack: Stack, asked: Callable[[str], Coroutine[Any, Any, Any]]
) -> None:
    async with kafka_proxy(stack.addresses.bootstrap) as proxy:
        proxy.slow(0.5)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await asked(proxy.bootstrap)
        assert not connected_to(proxy.port)
