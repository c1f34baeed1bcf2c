"""Processes killed under load, between two steps that belong together; nothing lost or doubled."""

from __future__ import annotations

import asyncio

import pytest

from chassis.running.service import FORCED_END
from services import SERVICES
from tests.system.load import load
from tests.system.works import Works, sent_twice

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

TIMES = 10


async def test_a_relay_killed_between_acknowledgement_and_cursor_skips_nothing(
    works: Works,
) -> None:
    async with load(works) as people:
        await people.grows()
        await asyncio.gather(
            works.killed_at("relay.acknowledged", "scheduling", TIMES),
            works.killed_at("relay.acknowledged", "ticketing", TIMES),
        )
        await works.whole()
        await people.grows()
    lines = await works.audited()
    await people.kept()
    # What was acknowledged came again each time, and was harmless.
    assert sent_twice(lines) >= 2 * TIMES


async def test_a_consumer_killed_between_commit_and_acknowledgement_acts_once(
    works: Works,
) -> None:
    async with load(works) as people:
        await people.grows()
        await asyncio.gather(
            works.killed_at("consumer.committed", "ticketing", TIMES),
            works.killed_at("consumer.committed", "notifications", TIMES),
        )
        await works.whole()
        await people.grows()
    await works.audited()
    # One workshop a session, one message a seat, however often each was heard.
    await people.kept()


async def test_told_to_end_under_load_every_service_ends_in_order_and_keeps_its_promises(
    works: Works,
) -> None:
    async with load(works) as people:
        for service in SERVICES:
            await people.grows()
            process = works.system.processes[service]
            await works.end(process)
            assert process.exit_code != FORCED_END, process.failure("It did not end itself.")
            await works.start(service)
        await works.system.wait_ready()
        await people.grows()
    await works.audited()
    await people.kept()
