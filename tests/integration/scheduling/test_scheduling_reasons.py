"""Why an exhibitor stands where it does, and what one without a booth lacks."""

from __future__ import annotations

from maarid_contracts.registration import Needs

from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import uid


async def test_a_booth_is_explained_to_its_holder_and_the_team_and_to_nobody_else(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    one, other = await scheduling.register(fair), await scheduling.register(fair)
    wet = await scheduling.register(fair, needs=Needs(water=True))
    await scheduling.plan(fair, *(booth(number) for number in range(1, 5)))
    for number, who in ((1, one), (2, other)):
        body = {"exhibitor_id": who.exhibitor_id}
        await scheduling.done(f"/fairs/{fair}/booths/P-00{number}/assign", body)
    path = f"/fairs/{fair}/exhibitors/{other.exhibitor_id}/reasons"
    own = f"exhibitor organisation_id={other.organisation_id}"
    found = await scheduling.get(path, role=own)
    assert await scheduling.get(path, role="auditor") == found
    assert (found["booths"], found["lacks"]) == (["P-002"], None)
    # Both show honey, and stand beside each other: the later of them by id pays.
    late = max(one, other, key=lambda each: each.exhibitor_id)
    path = f"/fairs/{fair}/exhibitors/{late.exhibitor_id}/reasons"
    costs = (await scheduling.get(path))["costs"]
    assert costs["family_beside"] == 60
    best = found["others"][0]
    # From either booth: P-003 or P-004, where nobody stands beside.
    assert best["booths"] in (["P-003"], ["P-004"])
    assert best["swapped_with"] is None
    assert best["cost"] == sum(each["cost"] for each in best["paid_by"]) < 0
    assert len(found["others"]) == 3
    stranger = await scheduling.look(path, role=f"exhibitor organisation_id={uid()}")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "exhibitor_unknown")
    path = f"/fairs/{fair}/exhibitors/{wet.exhibitor_id}/reasons"
    lacking = await scheduling.get(path)
    assert (lacking["booths"], lacking["others"], lacking["costs"]) == ([], [], {})
    assert lacking["lacks"] == {"reason": "no_booth_with_water", "would_help": ["water"]}
    unknown = await scheduling.look(f"/fairs/{fair}/exhibitors/{uid()}/reasons")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "exhibitor_unknown")
