"""Booths by rules: the team publishes them, a run proposes, the team adopts; later it repairs."""

from __future__ import annotations

import asyncio
import time

from scenarios.client import Answer, NotFound, PlayError
from scenarios.floor import zones
from scenarios.report import AssignmentReport, Worth
from scenarios.settling import heard
from scenarios.stage import Stage

RUN_SECONDS = 100.0
"""So long a run may take."""
LOOK_SECONDS = 0.1


async def publish_rules(stage: Stage, promised: list[Answer]) -> bool:
    """Put the scenario's rules in force, with the booths that the team has promised.

    Returns whether there are rules: a version from before has none, and places by first fit.
    """
    if stage.by_hand:
        return False
    rules = stage.scenario.assignment
    body = {
        **rules.model_dump(mode="json", exclude={"seconds", "zones"}),
        "fixed": promised,
        "zones": [{"of": of, "booths": named} for of, named in zones(stage.scenario).items()],
    }
    try:
        path = f"{stage.fair}/assignment/rules"
        await stage.client.post("scheduling", path, body, step="assignment-rules")
    except NotFound:
        return False
    return True


async def place(stage: Stage) -> None:
    """Place everybody by a run.  Raises PlayError where somebody is left without a booth."""
    draft = await _adopted(stage, "assignment", {"compare": True})
    stage.assignment = AssignmentReport(
        objective=draft["judged"]["objective"],
        bound=draft["bound"],
        gap=draft["gap"],
        proven=draft["proven"],
        first_fit=Worth(**draft["compared"]["first_fit"]),
        random_best=Worth(**draft["compared"]["random_best"]),
    )


async def repair(stage: Stage) -> None:
    """Place who came later, and move as few as possible.  Raises PlayError as `place` does."""
    draft = await _adopted(stage, "repair", {"repair": True})
    assert stage.assignment is not None
    stage.assignment.repair_moves += draft["judged"]["moves"]


async def _adopted(stage: Stage, step: str, asked: Answer) -> Answer:
    """Have a draft computed, and adopt it."""
    await heard(stage.client)
    path, seconds = f"{stage.fair}/assignments", stage.scenario.assignment.seconds
    body = {**asked, "seconds": seconds}
    accepted = await stage.client.post("scheduling", path, body, step=step)
    path = f"{path}/{accepted['draft_id']}"
    until = time.monotonic() + RUN_SECONDS
    while (draft := await stage.client.get("scheduling", path))["state"] in ("queued", "running"):
        if time.monotonic() > until:
            raise PlayError(f"The draft at {path} is still {draft['state']}.")
        await asyncio.sleep(LOOK_SECONDS)
    if draft["judged"] is None:
        raise PlayError(f"The draft at {path} is {draft['state']}: {draft['error']}.")
    if draft["unplaced"]:
        raise PlayError(f"{len(draft['unplaced'])} exhibitors would have no booth at {path}.")
    await stage.client.post("scheduling", f"{path}/adopt", {}, step=f"{step}/adopt")
    return await stage.client.get("scheduling", path)
