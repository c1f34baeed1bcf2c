"""Runs of assignments that are stopped when they have ended already."""

from __future__ import annotations

import pytest

from tests.integration.scheduling.running_scheduling import Scheduling
from tests.integration.scheduling.test_scheduling_assignment import draft_of, three, where

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_has_ended_is_answered_as_it_ended(scheduling: Scheduling) -> None:
    fair, _ = await three(scheduling)
    draft = await draft_of(scheduling, fair)
    stopped = await scheduling.done(where(fair, draft, "/stop"))
    assert (stopped["state"], stopped["version"]) == ("done", 1)
    assert (await scheduling.get(where(fair, draft)))["placement"] == draft["placement"]
    await scheduling.done(where(fair, draft, "/adopt"))
    assert (await scheduling.done(where(fair, draft, "/stop")))["state"] == "adopted"
    gone = await scheduling.send("DELETE", where(fair, draft))
    assert gone.status_code == 204
    unknown = await scheduling.post(where(fair, draft, "/stop"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "draft_unknown")
