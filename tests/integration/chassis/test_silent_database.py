"""PostgreSQL goes silent: every caller hears in time, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.proxy import FaultProxy
from tests.integration.chassis.behind_proxy import LIMIT, Asking, behind_proxy
from tests.integration.chassis.conftest import Served
from tests.waiting import until

pytestmark = pytest.mark.any_stack

WRITERS = 6
READERS = 12
"""More than there are connections."""

FAULTS: dict[str, Callable[[FaultProxy], None]] = {
    "all silent": lambda proxy: proxy.silence(new=True),
    "established ones silent": lambda proxy: proxy.silence(new=False),
    "answers lost": lambda proxy: proxy.lose_answers(new=True),
    "half open": lambda proxy: proxy.half_open(),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_caller_hears_within_six_seconds_and_ready_tells(
    served: Served, home: Path, fault: str
) -> None:
    async with behind_proxy(served, home) as (proxy, asking):
        await until(asking.is_ready, "the counter is ready")
        working = True

        async def write(number: int) -> None:
            while working:
                await asking.add(f"{number % 3}")

        async def read(number: int) -> None:
            while working:
                await asking.ask("GET", f"/counts/{number % 3}")
                await asyncio.sleep(0.01)

        people = [asyncio.create_task(write(number)) for number in range(WRITERS)]
        people += [asyncio.create_task(read(number)) for number in range(READERS)]
        try:
            await until(lambda: len(asking.added) > 20, "writers write")
            asking.statuses.clear()
            FAULTS[fault](proxy)
            await until(lambda: not_ready(asking), "ready says no", LIMIT)
            if fault in ("all silent", "answers lost"):
                # As long as new connections are silent too, everybody is told, again and again.
                await until(lambda: all_told(asking), "everybody is told", LIMIT)
                assert not await asking.is_ready()
                await proxy.heal()
            await until(asking.is_ready, "ready again", LIMIT)
            before = len(asking.added)
            await until(lambda: len(asking.added) > before + WRITERS, "all go on", LIMIT)
        finally:
            working = False
            await proxy.heal()
            done, left = await asyncio.wait(people, timeout=LIMIT)
        assert not left
        for one in done:
            one.result()
        assert asking.slowest < LIMIT, asking.slowest
        rows = await served.pool.fetch(
            "select stream, version from events where stream like 'count-%'"
        )
    assert len(rows) == len(asking.added) == len({(row["stream"], row["version"]) for row in rows})


async def not_ready(asking: Asking) -> bool:
    return not await asking.is_ready()


def all_told(asking: Asking) -> bool:
    return all(503 in asking.statuses.get(kind, set()) for kind in ("GET", "POST"))


async def test_a_service_ends_soon_while_its_database_is_silent(served: Served, home: Path) -> None:
    async with behind_proxy(served, home) as (proxy, asking):
        await until(asking.is_ready, "the counter is ready")
        await asking.add("a")
        proxy.silence(new=True)
        waiting = asyncio.create_task(asking.ask("POST", "/counts/a", "a-key"))
        await until(lambda: not_ready(asking), "ready says no", LIMIT)
        assert (await waiting).status_code == 503
        began = time.monotonic()
    assert time.monotonic() - began < LIMIT
