"""Assignments whose service or whose child is killed, while they run and around their adopting."""

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
from maarid_contracts.registration import ExhibitorRegisteredV1, Participation

from chassis.replaying.rebuild import compare
from servers import Stack
from services.scheduling.app import definition
from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import announced
from tests.integration.scheduling.test_scheduling_timetable_faults import children_of, loaded_by
from tests.running_service import ServiceProcess, process_of, uid
from tests.waiting import eventually

pytestmark = pytest.mark.fault

EXHIBITORS = 6


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def process(stack: Stack) -> AsyncGenerator[ServiceProcess]:
    async with process_of(ServiceProcess, "scheduling", stack) as process:
        yield process


async def floor(process: ServiceProcess) -> str:
    """A fair with a plan and exhibitors, none of whom has a booth."""
    fair = f"ouarzazate-{uuid4().hex[:8]}"
    registered = (
        ExhibitorRegisteredV1(
            fair_id=fair,
            exhibitor_id=uid(),
            organisation_id=uid(),
            participation=Participation.EXHIBITOR,
            pole_id="products",
            booths=1,
            people=2,
            families=("honey",),
            reason="selected",
        )
        for _ in range(EXHIBITORS)
    )
    await process.hear(f"fair-{fair}", announced(fair), *registered)
    path = f"/fairs/{fair}/exhibitors"
    await eventually(
        lambda: process.look(path),
        lambda answer: answer.is_success and len(answer.json()["items"]) == EXHIBITORS,
    )
    booths = [booth(number) for number in range(1, EXHIBITORS + 2)]
    await process.done(f"/fairs/{fair}/floor-plan", {"booths": booths})
    return fair


async def given(process: ServiceProcess, fair: str) -> list[str]:
    """The booths that are held, whose tables are what the log says."""
    assert await compare(definition(), process.owner_dsn, process.bootstrap) == []
    held = await process.all(f"/fairs/{fair}/booths", free=False)
    assert len({each["holder"]["exhibitor_id"] for each in held}) == len(held)
    return [each["holder"]["method"] for each in held]


@pytest.mark.parametrize("point", ["planning.adopting:1", "desk.appending:1", "planning.adopted:1"])
async def test_a_service_killed_around_an_adoption_adopts_it_once(
    process: ServiceProcess, point: str
) -> None:
    fair = await floor(process)
    asked = await process.done(f"/fairs/{fair}/assignments", {"seconds": 5})
    draft, key = f"/fairs/{fair}/assignments/{asked['draft_id']}", uid()
    await eventually(lambda: process.get(draft), lambda shown: shown["state"] == "done")
    await process.system.stop_services()
    service = await process.system.start_service("scheduling", MAARID_BREAK_AT=point)
    await process.system.wait_ready("scheduling")

    async def adopted() -> bool:
        """The same request, again and again, until it kills."""
        with suppress(httpx.TransportError):
            await process.post(f"{draft}/adopt", key=key)
        return service.pid is None

    await eventually(adopted, bool)
    await process.system.start_service("scheduling")
    await process.system.wait_ready("scheduling")
    await process.done(f"{draft}/adopt", key=key)
    assert await given(process, fair) == ["optimised"] * EXHIBITORS
    said = await process.published(f"floor-{fair}")
    assert [name for name, _ in said].count("AssignmentAdopted.v1") == 1
    # Sent again under another key, it finds what it would adopt in place.
    again = await process.post(f"{draft}/adopt")
    assert again.status_code in (200, 409), again.text
    assert await given(process, fair) == ["optimised"] * EXHIBITORS


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc tells who is whose child")
async def test_a_child_killed_in_the_middle_of_a_run_is_replaced(process: ServiceProcess) -> None:
    fair = await floor(process)
    pid = process.system.processes["scheduling"].pid
    for child in children_of(pid):
        # Held still, so that the run is not over before it is killed.
        os.kill(child, signal.SIGSTOP)
    asked = await process.done(f"/fairs/{fair}/assignments", {"seconds": 5})
    path = f"/jobs/{asked['draft_id']}"

    async def killed() -> bool:
        state: Any = await process.get(path)
        children = children_of(pid) if state["state"] == "running" else []
        for child in children:
            os.kill(child, signal.SIGKILL)
        return bool(children)

    await eventually(killed, bool)
    job = await eventually(lambda: process.get(path), lambda job: job["ended_at"] is not None)
    assert job["state"] == "done"
    draft = await process.get(f"/fairs/{fair}/assignments/{asked['draft_id']}")
    assert len(draft["placement"]) == EXHIBITORS


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc tells who is whose child")
async def test_a_run_that_is_told_to_stop_leaves_a_draft_to_be_adopted(
    process: ServiceProcess,
) -> None:
    fair = await floor(process)
    pid = process.system.processes["scheduling"].pid
    for child in children_of(pid):
        # Held still, so that the run is not over before it is told to stop.
        os.kill(child, signal.SIGSTOP)
    asked = await process.done(f"/fairs/{fair}/assignments", {"seconds": 60})
    draft, job = f"/fairs/{fair}/assignments/{asked['draft_id']}", f"/jobs/{asked['draft_id']}"
    await eventually(lambda: process.get(job), lambda one: one["state"] == "running")
    await process.done(f"{draft}/stop")
    for child in children_of(pid):
        os.kill(child, signal.SIGCONT)
    ended = await eventually(lambda: process.get(job), lambda one: one["ended_at"] is not None)
    assert ended["state"] == "done"
    shown = await process.get(draft)
    assert shown["state"] == "done"
    assert len(shown["placement"]) == EXHIBITORS
    await process.done(f"{draft}/adopt")
    assert await given(process, fair) == ["optimised"] * EXHIBITORS


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="/proc tells what is loaded")
async def test_the_service_itself_never_loads_the_solver_nor_what_prints(
    process: ServiceProcess,
) -> None:
    fair = await floor(process)
    asked = await process.done(f"/fairs/{fair}/assignments", {"seconds": 5})
    draft = f"/fairs/{fair}/assignments/{asked['draft_id']}"
    await eventually(lambda: process.get(draft), lambda shown: shown["state"] == "done")
    printed = await process.look(f"/fairs/{fair}/floor-plan.pdf")
    assert printed.is_success, printed.text
    pid = process.system.processes["scheduling"].pid
    for heavy in ("highspy", "numpy", "typst"):
        assert f"/site-packages/{heavy}/" not in loaded_by(pid)
    assert any("/site-packages/highspy/" in loaded_by(child) for child in children_of(pid))
