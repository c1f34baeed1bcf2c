"""Processes killed under load, between two steps that belong together; nothing lost or doubled."""

from __future__ import annotations

import asyncio

import pytest

from chassis.running.service import FORCED_END
from services import SERVICES
from tests.system.breakable_system import BreakableSystem, sent_twice
from tests.system.load import load

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

TIMES = 10


async def test_a_relay_killed_between_acknowledgement_and_cursor_skips_nothing(
    breakable: BreakableSystem,
) -> None:
    async with load(breakable) as people:
        await people.grows()
        await asyncio.gather(
            breakable.killed_at("relay.acknowledged", "scheduling", TIMES),
            breakable.killed_at("relay.acknowledged", "ticketing", TIMES),
        )
        await breakable.whole()
        await people.grows()
    lines = await breakable.audited()
    await people.kept()
    # What was acknowledged came again each time, and was harmless.
    assert sent_twice(lines) >= 2 * TIMES


async def test_a_consumer_killed_between_commit_and_acknowledgement_acts_once(
    breakable: BreakableSystem,
) -> None:
    async with load(breakable) as people:
        await people.grows()
        await asyncio.gather(
            breakable.killed_at("consumer.committed", "ticketing", TIMES),
            breakable.killed_at("consumer.committed", "notifications", TIMES),
        )
        await breakable.whole()
        await people.grows()
    await breakable.audited()
    # One workshop a session, one message a seat, however often each was heard.
    await people.kept()


async def test_told_to_end_under_load_every_service_ends_in_order_and_keeps_its_promises(
    breakable: BreakableSystem,
) -> None:
    async with load(breakable) as people:
        for service in SERVICES:
            await people.grows()
            process = breakable.system.processes[service]
            await breakable.end(process)
            assert process.exit_code != FORCED_END, process.failure("It did not end itself.")
            await breakable.start(service)
        await breakable.system.wait_ready()
        await people.grows()
    await breakable.audited()
    await people.kept()
