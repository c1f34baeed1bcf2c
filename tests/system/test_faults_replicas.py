"""Two processes of one service at once, and processes that stand still."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest

from chassis.postgres.database import CONNECTIONS
from chassis.replaying.rebuild import rebuild
from cli.definitions import definition_of
from cli.launch import role_of
from services import SERVICES
from tests.running_service import uid
from tests.system.breakable_system import BreakableSystem
from tests.system.load import load
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

SEATS = 1200
BUYERS = 24


async def test_two_desks_and_two_relays_sell_and_publish_every_seat_once(
    breakable: BreakableSystem,
) -> None:
    session = await breakable.workshop(await breakable.fair(), SEATS)
    path = f"/workshops/{session}/seats"
    sold: dict[str, list[str]] = {}

    async def buy(at: str) -> None:
        while True:
            wanted = {"attendee_id": uid(), "wait": False}
            asked = await breakable.ask("ticketing", path, wanted, at=at)
            if asked.status_code == 409:
                assert asked.json()["code"] == "workshop_full"
                return
            assert asked.status_code == 201, asked.text
            sold.setdefault(at, []).append(asked.json()["seat_id"])

    async def take_leases_away() -> None:
        """Both relays believe that it is their turn, all the time."""
        async with breakable.database("ticketing") as db:
            while True:
                await db.execute("update log.relay set lease_until = null")
                await asyncio.sleep(0.01)

    async with breakable.replica("ticketing") as (second, _):
        desks = (breakable.system.urls["ticketing"], second)
        confusion = asyncio.create_task(take_leases_away())
        await asyncio.gather(*(buy(desks[number % 2]) for number in range(BUYERS)))
        confusion.cancel()
        assert min(len(sold[desk]) for desk in desks) > SEATS // 10
        for desk in desks:
            metrics = (await breakable.http.get(f"{desk}/metrics")).text
            assert published(metrics) > 0, "both relays have published"
        await breakable.quiet()
    promised = Counter(seat for seats in sold.values() for seat in seats)
    reserved = Counter(
        event["seat_id"]
        for event in await breakable.events("ticketing", "seat_reserved.v1")
        if event["session_id"] == session
    )
    assert reserved == promised
    assert len(reserved) == sum(reserved.values()) == SEATS
    await breakable.audited()


def published(metrics: str) -> float:
    """How many events a service says that it has sent to its topic."""
    lines = [
        line for line in metrics.splitlines() if line.startswith("maarid_relayed_events_total")
    ]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


async def test_a_consumer_that_wakes_when_others_have_taken_over_doubles_nothing(
    breakable: BreakableSystem,
) -> None:
    short = {"MAARID_SESSION_SECONDS": "2"}
    await breakable.restart("ticketing", "notifications", **short)
    async with load(breakable) as people, AsyncExitStack() as stack:
        frozen = [
            (await stack.enter_async_context(breakable.replica(service, **short)))[1]
            for service in ("ticketing", "notifications")
        ]
        for _ in range(3):
            # They hear some of the streams by now.
            await people.are_told()
            for process in frozen:
                os.kill(process.pid or 0, signal.SIGSTOP)
            # The others hear all of them; the sessions of those that stand still have ended.
            await breakable.workshop(people.fair, 5)
            await people.are_told()
            for process in frozen:
                os.kill(process.pid or 0, signal.SIGCONT)
        await people.are_told()
    await breakable.audited()
    await people.kept()


async def test_read_tables_are_rebuilt_while_everybody_works(breakable: BreakableSystem) -> None:
    addresses = breakable.system.addresses
    async with load(breakable) as people:
        for service in SERVICES:
            await people.grows()
            await rebuild(
                definition_of(service),
                addresses.owner_dsn[service],
                role_of(addresses.service_dsn[service]),
                addresses.bootstrap,
            )
        await people.are_told()
    await breakable.audited()
    await people.kept()


async def test_a_consumer_that_lags_and_gets_nowhere_ends_its_process(
    breakable: BreakableSystem,
) -> None:
    await breakable.restart("ticketing", MAARID_STUCK_SECONDS="6")
    fair = await breakable.fair()
    process = breakable.system.processes["ticketing"]
    # The database takes what it is asked and never answers, which no error tells.
    async with frozen(breakable, "ticketing"):
        session = await breakable.schedule(fair)
        await until(lambda: process.pid is None, "ticketing ends", 60)
    assert "watch.stuck" in process.log.read_text()
    # Its supervisor starts it again.
    await breakable.start("ticketing")
    await breakable.system.wait_ready("ticketing")

    async def opened() -> bool:
        return await breakable.is_open(session)

    await until(opened, "ticketing goes on where it stood")
    await breakable.audited()


@asynccontextmanager
async def frozen(breakable: BreakableSystem, service: str) -> AsyncGenerator[None]:
    """Stop every connection that a service can have, for the time of a block.

    All are open first, or a new one would answer; and each is stopped while it has nothing to do,
    or it could hold what other services wait for.
    """
    stopped: list[int] = []
    # What others' connections are at is shown to a superuser alone.
    admin = await asyncpg.connect(breakable.stack.admin_dsn)

    async def running() -> dict[int, str]:
        rows = await admin.fetch(
            "select pid, state from pg_stat_activity"
            " where application_name = $1 and pid <> all($2)",
            service,
            stopped,
        )
        return {row["pid"]: row["state"] for row in rows}

    async def full() -> bool:
        path = f"/workshops/{uid()}"
        asked = (breakable.ask(service, path, method="GET") for _ in range(8 * CONNECTIONS))
        await asyncio.gather(*asked)
        return len(await running()) == CONNECTIONS

    async def all_stopped() -> bool:
        for pid in await running():
            os.kill(pid, signal.SIGSTOP)
            if (await running()).get(pid) == "idle":
                stopped.append(pid)
            else:
                os.kill(pid, signal.SIGCONT)
        return len(stopped) == CONNECTIONS

    try:
        await until(full, f"{service} opens all its connections")
        await until(all_stopped, f"the connections of {service} are stopped")
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        await admin.close()
