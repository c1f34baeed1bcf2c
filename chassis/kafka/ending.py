"""The end of a producer that is given up: nothing more of it is sent, whenever the network heals.

aiokafka has no way to do so.  To cancel `producer.stop()` leaves its sender at work, batches of an
idempotent producer never expire, and a connection that is closed still sends what it holds.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from itertools import chain
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from chassis.process.tasks import end

FLUSH_SECONDS = 2.0
"""How long records that were handed over may still take to be sent."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection, and the kernel drops what it has not sent."""


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Stop within seconds, even where the broker is gone; what is unsent is with its source.
    After that nothing is delivered but what the network has already."""
    with suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(FLUSH_SECONDS):
            await producer.stop()
            return
    await end_producer(producer)


async def end_producer(producer: AIOKafkaProducer) -> None:
    """End a producer at once, without sending what it holds."""
    kafka = cast(Any, producer)
    kafka._closed = True
    kafka._message_accumulator._closed = True
    # Before its connections: a task that goes on would open new ones.
    await end(*_tasks_of(kafka))
    for connection in list(kafka.client._conns.values()):
        writer: asyncio.StreamWriter | None = connection._writer
        if writer is not None:
            raw: socket.socket | None = writer.get_extra_info("socket")
            if raw is not None:
                with suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
    _fail_all(kafka._message_accumulator)
    with suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(FLUSH_SECONDS):
            await kafka.client.close()


def _fail_all(accumulator: Any) -> None:
    """Tell whoever waits for a record that it is not delivered."""
    accumulator.fail_all(KafkaConnectionError("the producer was given up"))
    for batch in chain(*accumulator._batches.values(), accumulator._pending_batches):
        if batch._drain_waiter.done():
            # aiokafka waits for it only where its buffer is full: asyncio would call it forgotten.
            batch._drain_waiter.exception()


def _tasks_of(kafka: Any) -> list[asyncio.Task[Any]]:
    """What runs for a producer.  It keeps no list: a task is told by the object it works for."""
    parts = (kafka, kafka._sender, kafka.client, kafka._message_accumulator)
    found: list[asyncio.Task[Any]] = []
    for task in asyncio.all_tasks():
        frame: Any = getattr(task.get_coro(), "cr_frame", None)
        works_for: Any = frame.f_locals.get("self") if frame is not None else None
        if task is not asyncio.current_task() and any(works_for is part for part in parts):
            found.append(task)
    return found
