"""The ledger of places: who had the best one at a fair pays at the next."""

from __future__ import annotations

from typing import Any

import pytest
from maarid_contracts.registration import ExhibitorRegisteredV1

from chassis.replaying.rebuild import compare, rebuild
from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.integration.scheduling.test_scheduling_assignment import draft_of, stands, where
from tests.running_service import uid

pytestmark = pytest.mark.asyncio(loop_scope="session")

BEST, WORST = "P-001", "P-002"
VALUES = [{"booth_id": BEST, "value": 100}, {"booth_id": WORST, "value": 0}]
RULES: dict[str, Any] = {"values": VALUES, "weights": {"place_value": 1, "rotation": 2}}
UNTURNED = {**RULES, "weights": {**RULES["weights"], "rotation": 0}}
LEDGER = "select fair_id, organisation_id, value from place_values order by 1, 2"


async def fair_of(
    scheduling: Scheduling, year: int, scores: dict[str, int], booths: int = 2
) -> tuple[str, dict[str, ExhibitorRegisteredV1]]:
    """A fair with these organisations, by the scores that they come with."""
    fair = await scheduling.fair(year=year)
    who = {
        name: await scheduling.register(fair, organisation_id=name, score=score)
        for name, score in scores.items()
    }
    await scheduling.plan(fair, *(booth(number) for number in range(1, booths + 1)))
    return fair, who


async def test_who_had_the_best_place_pays_at_the_next_fair_and_the_ledger_comes_from_the_log(
    scheduling: Scheduling,
) -> None:
    served, owed, new = uid(), uid(), uid()
    first, who = await fair_of(scheduling, 2088, {served: 100, owed: 90})
    await scheduling.done(f"/fairs/{first}/assignment/rules", RULES)
    draft = await draft_of(scheduling, first)
    assert stands(draft)[who[served].exhibitor_id] == [BEST]
    await scheduling.done(where(first, draft, "/adopt"))

    second, who = await fair_of(scheduling, 2089, {served: 100, owed: 90})
    await scheduling.done(f"/fairs/{second}/assignment/rules", UNTURNED)
    assert stands(await draft_of(scheduling, second))[who[served].exhibitor_id] == [BEST]
    await scheduling.done(f"/fairs/{second}/assignment/rules", RULES)
    draft = await draft_of(scheduling, second)
    assert stands(draft)[who[owed].exhibitor_id] == [BEST]
    # What the one has to wait costs by its score alone: nothing is owed to it.
    assert draft["judged"]["costs"]["place_value"] == 100
    assert draft["judged"]["costs"]["rotation"] == 0
    other = {"exhibitor_id": who[owed].exhibitor_id, "expected_version": 1}
    await scheduling.done(where(second, draft, "/free"), other)
    turned = {"exhibitor_id": who[served].exhibitor_id, "booths": [BEST], "expected_version": 2}
    await scheduling.done(where(second, draft, "/place"), turned)
    back = {**other, "booths": [WORST], "expected_version": 3}
    worse = await scheduling.done(where(second, draft, "/place"), back)
    assert worse["judged"]["costs"]["rotation"] == 2 * 50
    draft = await draft_of(scheduling, second)
    await scheduling.done(where(second, draft, "/adopt"))

    # A fair later on: both have had a turn, and who was at none weighs nothing.
    third, who = await fair_of(scheduling, 2090, {served: 80, owed: 80, new: 90}, 3)
    draft = await draft_of(scheduling, third)
    await scheduling.done(where(third, draft, "/adopt"))
    event = (await scheduling.said(f"floor-{third}", "AssignmentAdopted"))[-1][1]
    earlier = {each["organisation_id"]: each["earlier"] for each in event["profiles"]}
    assert earlier == {served: [100, 0], owed: [0, 100], new: []}

    pool = scheduling.runtime.pool
    ledger = [tuple(row) for row in await pool.fetch(LEDGER)]
    assert {(first, served, 100), (first, owed, 0), (second, served, 0)} <= {*ledger}
    about = scheduling.definition, scheduling.owner_dsn
    assert await compare(*about, scheduling.bootstrap) == []
    role = await pool.fetchval("select current_user")
    await rebuild(*about, role, scheduling.bootstrap)
    assert [tuple(row) for row in await pool.fetch(LEDGER)] == ledger
