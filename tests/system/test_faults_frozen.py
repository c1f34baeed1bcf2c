"""Processes that stand still for longer than others wait for them, and then go on."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.system.breakable_system import BreakableSystem
from tests.system.load import load
from tests.system.test_faults_replicas import published
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]


@contextmanager
def frozen(pid: int | None) -> Generator[None]:
    """A process stands still for the time of a block."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_relay_that_outlives_its_lease_skips_and_reorders_nothing(
    breakable: BreakableSystem,
) -> None:
    async with load(breakable) as people, breakable.replica("ticketing") as (second, process):
        first = breakable.system.urls["ticketing"]

        async def sent(url: str) -> float:
            return published((await breakable.http.get(f"{url}/metrics")).text)

        async def goes_on(url: str) -> None:
            """The relay of a replica publishes, while the other stands still."""
            before = await sent(url)

            async def more() -> bool:
                return await sent(url) > before

            await until(more, "the other relay has taken over")

        # In turn, so that whoever holds the lease is met; each wakes with what it held.
        for _ in range(2):
            with frozen(breakable.system.processes["ticketing"].pid):
                system, breakable.system.ports = (
                    breakable.system.ports,
                    {
                        **breakable.system.ports,
                        "ticketing": int(second.rpartition(":")[2]),
                    },
                )
                await goes_on(second)
                breakable.system.ports = system
            with frozen(process.pid):
                await goes_on(first)
        await people.are_told()
    await breakable.audited()
    await people.kept()


async def test_a_kafka_that_stands_still_stops_no_decision(breakable: BreakableSystem) -> None:
    async def given_up() -> bool:
        answer = await breakable.http.get(f"{breakable.system.urls['ticketing']}/health/ready")
        return answer.status_code == 503

    async with load(breakable) as people:
        await people.are_told()
        with frozen(breakable.stack.kafka_pid):
            await until(given_up, "the relay says that it reaches nobody")
            await people.grows()
        await people.are_told()
    await breakable.audited()
    await people.kept()
