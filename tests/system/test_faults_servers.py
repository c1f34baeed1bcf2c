"""PostgreSQL and Kafka taken away under load, one or both."""

from __future__ import annotations

import asyncio
import os
from collections import Counter

import httpx
import psutil
import pytest

from chassis.running.service import FORCED_END
from services import SERVICES
from tests.running_service import uid
from tests.system.breakable_system import BreakableSystem
from tests.system.load import load
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

SEATS = 1500
BUYERS = 24
CRASHES = 10


async def test_no_seat_is_lost_or_sold_twice_while_postgresql_crashes(
    breakable: BreakableSystem,
) -> None:
    session = await breakable.workshop(await breakable.fair(), SEATS)
    path = f"/workshops/{session}/seats"
    sold: list[str] = []

    async def buy() -> None:
        while True:
            key, wanted = uid(), {"attendee_id": uid(), "wait": False}
            asked = await breakable.ask("ticketing", path, wanted, key=key)
            if asked.status_code == 409:
                assert asked.json()["code"] == "workshop_full"
                return
            assert asked.status_code == 201, asked.text
            sold.append(asked.json()["seat_id"])
            if len(sold) % 10 == 0:
                again = await breakable.ask("ticketing", path, wanted, key=key)
                assert (again.status_code, again.json()) == (201, asked.json())

    async def crash() -> None:
        for turn in range(1, CRASHES + 1):
            enough = turn * SEATS // (CRASHES + 1)
            await until(lambda enough=enough: len(sold) >= enough, f"{enough} seats are sold")
            await breakable.stack.restart_postgres("immediate")

    await asyncio.gather(crash(), *(buy() for _ in range(BUYERS)))
    assert len(sold) == SEATS
    reserved = Counter(
        event["seat_id"]
        for event in await breakable.events("ticketing", "seat_reserved.v1")
        if event["session_id"] == session
    )
    assert reserved == Counter(sold)
    await breakable.audited()


async def test_services_outlive_a_kafka_that_is_killed(breakable: BreakableSystem) -> None:
    # A broker that is away is no reason for a watchdog to end anything.
    await breakable.restart(*SERVICES, MAARID_STUCK_SECONDS="20")
    before = {name: process.pid for name, process in breakable.system.processes.items()}
    async with load(breakable) as people:
        for _ in range(2):
            await people.grows()
            await breakable.stack.kill_kafka()
            # Decisions need no broker.
            await people.grows()
            await breakable.stack.start_kafka()
            await breakable.workshop(people.fair, 5)
            await people.are_told()
    await breakable.audited()
    await people.kept()
    assert {name: process.pid for name, process in breakable.system.processes.items()} == before


async def test_with_both_servers_gone_every_service_ends_within_twenty_seconds(
    breakable: BreakableSystem,
) -> None:
    fair = await breakable.fair()
    session = await breakable.workshop(fair, 100)
    await breakable.quiet()
    await breakable.stack.kill_kafka()
    await breakable.stack.kill_postgres()
    wishes = {
        **{uid(): ("ticketing", f"/workshops/{session}/seats", {"attendee_id": uid()})},
        **{uid(): ("ticketing", f"/workshops/{session}/seats", {"attendee_id": uid()})},
        **{uid(): ("scheduling", f"/fairs/{fair.fair_id}/sessions", fair.session(5))},
    }

    async def wish(key: str) -> httpx.Response | httpx.TransportError:
        service, path, body = wishes[key]
        headers = {
            "authorization": f"Bearer {breakable.system.token('organiser')}",
            "idempotency-key": key,
        }
        try:
            return await breakable.http.post(
                breakable.system.urls[service] + path, json=body, headers=headers
            )
        except httpx.TransportError as error:
            return error

    waiting = [asyncio.create_task(wish(key)) for key in wishes]
    for service, count in Counter(service for service, _, _ in wishes.values()).items():
        await until(
            lambda service=service, count=count: callers(breakable, service) >= count,
            f"{service} is asked",
        )
    await all_end(breakable)
    for answer in await asyncio.gather(*waiting):
        assert isinstance(answer, httpx.TransportError) or answer.status_code == 503
    # Those that never found their servers end as well.
    asked_before = {service: complaints(breakable, service) for service in SERVICES}
    for service in SERVICES:
        await breakable.start(service)
    for service in SERVICES:
        await until(
            lambda service=service: complaints(breakable, service) > asked_before[service],
            f"{service} waits for its database",
        )
    await all_end(breakable)
    await breakable.whole()
    # The same wishes again: what they may have done already is not done twice.
    for key, (service, path, body) in wishes.items():
        for _ in range(2):
            asked = await breakable.ask(service, path, body, key=key)
            assert asked.status_code == 201, asked.text
    seats = await breakable.events("ticketing", "seat_reserved.v1")
    assert len([seat for seat in seats if seat["session_id"] == session]) == 2
    await breakable.audited()


def callers(breakable: BreakableSystem, service: str) -> int:
    """How many connections a service has accepted."""
    pid = breakable.system.processes[service].pid
    assert pid is not None
    port = breakable.system.ports[service]
    return sum(
        1
        for connection in psutil.Process(pid).net_connections("tcp4")
        if connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == port
    )


def complaints(breakable: BreakableSystem, service: str) -> int:
    """How often a service has said that it waits for its database."""
    return breakable.system.processes[service].log.read_text().count("service.waits_for_database")


async def all_end(breakable: BreakableSystem) -> None:
    """SIGTERM for all: each ends by itself within 20 s, and leaves no process."""
    processes = [breakable.system.processes[service] for service in SERVICES]
    pids = [process.pid for process in processes if process.pid is not None]
    assert len(pids) == len(SERVICES)
    offspring = [child for pid in pids for child in psutil.Process(pid).children(recursive=True)]
    await asyncio.gather(*(breakable.end(process) for process in processes))
    assert not [child for child in offspring if child.is_running()]
    assert not [pid for pid in pids if _exists(pid)]
    for process in processes:
        assert process.exit_code != FORCED_END, process.failure("It did not end by itself.")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
