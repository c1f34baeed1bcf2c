"""Timetables whose service or whose child is killed, while they run and around their publishing."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from chassis.replaying.rebuild import compare
from servers import Stack
from services.scheduling.app import definition
from tests.integration.scheduling.forms import hall
from tests.integration.scheduling.running_scheduling import announced
from tests.integration.scheduling.test_scheduling_timetable import RULES, SIX
from tests.running_service import ServiceProcess, process_of, uid
from tests.waiting import eventually

pytestmark = pytest.mark.fault


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def process(stack: Stack) -> AsyncGenerator[ServiceProcess]:
    async with process_of(ServiceProcess, "scheduling", stack) as process:
        yield process


async def fair_with_rules(process: ServiceProcess) -> str:
    fair = f"ouarzazate-{uuid4().hex[:8]}"
    await process.hear(f"fair-{fair}", announced(fair))
    path = f"/fairs/{fair}/halls"
    await eventually(lambda: process.post(path, hall()), lambda answer: answer.status_code == 201)
    await process.done(path, hall("room", 20))
    await process.done(f"/fairs/{fair}/programme/rules", RULES)
    return fair


@pytest.mark.parametrize("point", ["timetables.taking:1", "desk.appending:1"])
async def test_a_service_killed_over_a_timetable_publishes_it_once(
    process: ServiceProcess, point: str
) -> None:
    fair = await fair_with_rules(process)
    made = await process.done(f"/fairs/{fair}/timetables", {"sessions": SIX})
    draft, keys = f"/fairs/{fair}/timetables/{made['timetable_id']}", (uid(), uid())
    await process.system.stop_services()
    service = await process.system.start_service("scheduling", MAARID_BREAK_AT=point)
    await process.system.wait_ready("scheduling")

    async def asked() -> bool:
        """The same requests, again and again."""
        with suppress(httpx.TransportError):
            await process.post(f"{draft}/runs", {"seconds": 1}, key=keys[0])
            shown = await process.look(draft)
            if shown.is_success and shown.json()["computed"] is not None:
                await process.post(f"{draft}/publish", key=keys[1])
        return service.pid is None

    await eventually(asked, bool)
    await process.system.start_service("scheduling")
    await process.system.wait_ready("scheduling")
    await process.done(f"{draft}/runs", {"seconds": 1}, key=keys[0])
    await eventually(lambda: process.get(draft), lambda shown: shown["computed"] is not None)
    published = await process.done(f"{draft}/publish", key=keys[1])
    assert (published["version"], published["scheduled"]) == (1, len(SIX))
    assert (await process.get(draft))["published_version"] == 1
    assert len(await process.all(f"/fairs/{fair}/sessions")) == len(SIX)
    assert await compare(definition(), process.owner_dsn, process.bootstrap) == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc tells who is whose child")
async def test_a_child_killed_in_the_middle_of_a_run_is_replaced(process: ServiceProcess) -> None:
    fair = await fair_with_rules(process)
    made = await process.done(f"/fairs/{fair}/timetables", {"sessions": SIX})
    draft = f"/fairs/{fair}/timetables/{made['timetable_id']}"
    pid = process.system.processes["scheduling"].pid
    for child in children_of(pid):
        # Held still, so that the run is not over before it is killed.
        os.kill(child, signal.SIGSTOP)
    answer = await process.done(f"{draft}/runs", {"seconds": 1})
    path = f"/jobs/{answer['job_id']}"

    async def killed() -> bool:
        state: Any = await process.get(path)
        children = children_of(pid) if state["state"] == "running" else []
        for child in children:
            os.kill(child, signal.SIGKILL)
        return bool(children)

    await eventually(killed, bool)
    job = await eventually(lambda: process.get(path), lambda job: job["ended_at"] is not None)
    assert job["state"] == "done"
    assert (await process.get(draft))["faults"] == []


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="/proc tells what is loaded")
async def test_the_service_itself_never_loads_the_solver(process: ServiceProcess) -> None:
    fair = await fair_with_rules(process)
    made = await process.done(f"/fairs/{fair}/timetables", {"sessions": SIX[:1]})
    draft = f"/fairs/{fair}/timetables/{made['timetable_id']}"
    await process.done(f"{draft}/runs", {"seconds": 1})
    await eventually(lambda: process.get(draft), lambda shown: shown["computed"] is not None)
    pid = process.system.processes["scheduling"].pid
    assert "/site-packages/ortools/" not in loaded_by(pid)
    assert "/site-packages/pydantic_core/" in loaded_by(pid)
    assert any("/site-packages/ortools/" in loaded_by(child) for child in children_of(pid))


def loaded_by(pid: int | None) -> str:
    """The compiled parts that a process has loaded."""
    return Path(f"/proc/{pid}/maps").read_text("utf-8")


def children_of(pid: int | None) -> list[int]:
    stats = [
        (int(path.parent.name), path.read_text("utf-8").rpartition(")")[2].split()[1])
        for path in Path("/proc").glob("[0-9]*/stat")
    ]
    return [each for each, parent in stats if parent == str(pid)]
