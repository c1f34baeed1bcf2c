"""A start of a Kafka client that can be given up without leaving a connection behind.

aiokafka forgets the connection of its first request where it is cancelled while it waits for the
answer (`AIOKafkaClient.bootstrap`): the socket stays open until garbage is collected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka.conn import AIOKafkaConnection

from chassis.process.tasks import end


async def started(start: Coroutine[Any, Any, Any], seconds: float | None = None) -> None:
    """Run what starts a client.
    Raises TimeoutError if it takes longer than so many seconds, and what the start raises."""
    task = asyncio.create_task(start)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError
    finally:
        if not task.done():
            _close_connections(task)
            await end(task)
    task.result()


def _close_connections(task: asyncio.Task[Any]) -> None:
    """Close the connections that a start has in its hands."""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame: Any = getattr(waiting, "cr_frame", None)
        for value in frame.f_locals.values() if frame is not None else ():
            if isinstance(value, AIOKafkaConnection):
                value.close()
        waiting = getattr(waiting, "cr_await", None)
