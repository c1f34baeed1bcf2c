"""The jobs of a selection, whose child and whose service are killed while they run."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from cli.draws import draw_again
from tests.running_service import text, uid
from tests.system.breakable_system import BreakableSystem
from tests.waiting import eventually, until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

PLACES, APPLICATIONS = 10, 14
RULES = {
    "terms": [{"of": "women_led", "points": 5}, {"of": "newcomer", "points": 1}],
    "quotas": [{"of": "women_led", "at_least": 30}],
}


async def done(breakable: BreakableSystem, path: str, body: Any = None, **more: Any) -> Any:
    answer = await breakable.ask("registration", path, body, **more)
    assert answer.is_success, answer.text
    return answer.json()


async def drawn(breakable: BreakableSystem) -> tuple[str, Sequence[str]]:
    """A fair with more applications than places, after its draw."""
    fair_id, _ = await breakable.announce()
    fair = f"/fairs/{fair_id}"
    await done(breakable, f"{fair}/selection/rules", RULES)
    closes = datetime.now(UTC) + timedelta(days=1)
    await done(breakable, f"{fair}/call/open", {"closes_at": closes.isoformat()})
    applications: list[str] = []
    for number in range(APPLICATIONS):
        organisation = {
            "kind": "cooperative",
            "name": text(f"Coopérative {number}"),
            "province": "azilal",
            "region": "beni-mellal-khenifra",
            "women_led": number % 2 == 0,
        }
        enrolled = await done(breakable, "/organisations", organisation)
        asked = {"organisation_id": enrolled["organisation_id"], "pole_id": "products", "people": 2}
        made = await done(breakable, f"{fair}/applications", asked)
        applications.append(made["application_id"])
    await done(breakable, f"{fair}/call/close", {"reason": "enough"})
    await done(breakable, f"{fair}/selection/draw", {"word": "olive"})
    return fair_id, applications


def held_children(breakable: BreakableSystem) -> list[psutil.Process]:
    """The living children of registration, which stand still from now on."""
    service = psutil.Process(breakable.system.processes["registration"].pid)
    living = [child for child in service.children() if child.status() != psutil.STATUS_ZOMBIE]
    for child in living:
        child.suspend()
    return living


async def caught(breakable: BreakableSystem, job_id: str, attempt: int) -> psutil.Process:
    """Hold the child of registration still while it does a job; the job is not done."""

    async def holds() -> bool:
        children = held_children(breakable)
        rows = await breakable.rows(
            "registration", "select state, attempts from log.jobs where id = $1", job_id
        )
        return bool(children) and tuple(rows[0]) == ("running", attempt)

    await until(holds, f"a child is at attempt {attempt}")
    (child,) = held_children(breakable)
    return child


async def done_in_spite_of_kills(breakable: BreakableSystem, path: str) -> Any:
    """What a job comes to whose child is killed, and then the service with the next child."""
    held_children(breakable)
    key = uid()
    job_id = (await done(breakable, path, {}, key=key))["job_id"]
    (await caught(breakable, job_id, 1)).kill()
    orphan = await caught(breakable, job_id, 2)
    async with breakable.replica("registration") as (other, _):
        process = breakable.system.processes["registration"]
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        orphan.kill()
        await until(lambda: process.pid is None, "registration is killed")
        assert (await done(breakable, path, {}, key=key, at=other))["job_id"] == job_id

        async def shown() -> Any:
            return await done(breakable, f"/jobs/{job_id}", method="GET", at=other)

        job = await eventually(shown, lambda job: job["ended_at"] is not None)
        await breakable.start("registration")
        await breakable.system.wait_ready("registration")
    rows = await breakable.rows(
        "registration", "select state, attempts from log.jobs where id = $1", job_id
    )
    assert [tuple(row) for row in rows] == [("done", 3)]
    return job


async def test_each_job_of_a_selection_outlives_its_child_and_its_service(
    breakable: BreakableSystem,
) -> None:
    fair_id, applications = await drawn(breakable)
    selection = f"/fairs/{fair_id}/selection"
    run = await done_in_spite_of_kills(breakable, f"{selection}/runs")
    assert run["result"]["proven"]
    key, wanted = uid(), {"job_id": run["job_id"]}
    published = await done(breakable, f"{selection}/publish", wanted, key=key)
    assert (published["accepted"], published["waitlisted"]) == (PLACES, APPLICATIONS - PLACES)
    assert await done(breakable, f"{selection}/publish", wanted, key=key) == published
    assert await done(breakable, f"{selection}/publish", wanted) == published

    decisions = run["result"]["decisions"]
    refused = next(each for each in decisions if each["chosen"] != "accepted")["application_id"]
    assert refused in applications
    why = f"/fairs/{fair_id}/applications/{refused}/why/cost"
    cost = await done_in_spite_of_kills(breakable, why)
    assert (cost["result"]["possible"], cost["result"]["proven"]) == (True, True)
    assert cost["result"]["cost"] >= 0
    said = await breakable.events("registration", "selection_published.v1")
    assert [event["fair_id"] for event in said].count(fair_id) == 1
    again = await draw_again(breakable.system.addresses, fair_id)
    assert again is not None
    assert again.differences == []
    await breakable.audited()
