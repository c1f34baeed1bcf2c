"""How fast what networks say becomes events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from benchmarks.desk import on_streams
from benchmarks.ground import Ground, Place
from benchmarks.measuring import Line, Measured, at_least, in_turns, rate_of, settle, until
from chassis.definition.runtime import Deciding, Runtime
from chassis.definition.timers import Timers
from chassis.log.context import CommandContext
from chassis.postgres.clock import Clock
from chassis.process.ids import uuid7
from chassis.process.tasks import end
from services.notifications.app import definition
from services.notifications.messages.domain import (
    MarkMessage,
    MessageSent,
    RequestMessage,
    message_stream,
)
from services.notifications.networks.network import Receipt, Reported
from services.notifications.replies.rows import inbox
from services.notifications.replies.workers import read_inbox
from services.ticketing.app import definition as ticketing

STREAMS = 300
SENT = """
insert into attempts (reference, message_id, contact_id, network, channel, rung, language, segments,
                      answered_at, network_id, outcome, settled_at)
select r.reference, r.message_id, gen_random_uuid(), 'smpp', 'sms', 1, 'fr', 1, clock_timestamp(),
       r.reference::text, 'accepted', clock_timestamp()
  from unnest($1::uuid[], $2::uuid[]) as r(reference, message_id)
"""
TIMERS = """
insert into timers (key, kind, due, payload)
select 'receipt:' || m, 'receipt', clock_timestamp() + interval '1 day', '{}'
  from unnest($1::uuid[]) as m
"""
DELIVERED = "select count(*) from log.events where type = 'message_delivered.v1'"


@asynccontextmanager
async def _running(place: Place) -> AsyncGenerator[Runtime]:
    clock = Clock(simulated=False)
    async with place.desk() as desk:
        timers = Timers(definition().name, place.pool, clock)
        yield Runtime(None, place.pool, clock, Deciding(desk, timers))


async def receipts(ground: Ground) -> Measured:
    """An inbox full of receipts of texts that were sent, until the last one is an event."""
    count = ground.amount(10_000, 200)
    async with ground.place(ticketing()) as there, ground.place(definition()) as here:

        async def desk() -> float:
            return await on_streams(there, STREAMS, ground.amount(30_000, 500))

        async def ours() -> float:
            await _sent(here, count)
            before = await here.pool.fetchval(DELIVERED)
            async with _running(here) as runtime:
                settle()
                began = time.perf_counter()
                working = asyncio.create_task(read_inbox(runtime))
                try:
                    await until(lambda: _are_delivered(here, before + count))
                finally:
                    await end(working)
            return count / (time.perf_counter() - began)

        return await in_turns(ground, ours, desk, unit="receipts/s")


async def _are_delivered(place: Place, count: int) -> bool:
    return await place.pool.fetchval(DELIVERED) == count


async def _sent(place: Place, count: int) -> None:
    """So many messages that were sent, each with a timer, and a receipt in the inbox."""
    messages = [(str(uuid4()), str(uuid4())) for _ in range(count)]
    async with place.desk() as desk:

        async def send(message: tuple[str, str]) -> None:
            stream = message_stream(message[0])
            for command in (
                RequestMessage(message[0], "bench-2030", str(uuid4()), "booth_released", {}),
                MarkMessage(MessageSent(message[0], "sms", "fr", 1)),
            ):
                await desk.execute(stream, command, CommandContext(uuid7(), "policy:bench"))

        await rate_of(messages, 400, send)
    ids = [UUID(message) for message, _ in messages]
    await place.pool.execute(SENT, [UUID(reference) for _, reference in messages], ids)
    await place.pool.execute(TIMERS, ids)
    said = [Reported(Receipt("delivered", network_id=reference)) for _, reference in messages]
    await inbox.put(place.pool, "smpp", said)
    await place.pool.execute("analyze attempts, messages, inbox, timers, events")


LINES = (
    Line(
        "notifications.receipts",
        "receipts in the inbox until they are events, against the desk on 300 streams",
        at_least(0.35),
        receipts,
    ),
)
