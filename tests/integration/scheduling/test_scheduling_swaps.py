"""Exhibitors who change places because both agree to it."""

from __future__ import annotations

from maarid_contracts.registration import ExhibitorRegisteredV1

from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import uid


def of(who: ExhibitorRegisteredV1) -> str:
    return f"exhibitor organisation_id={who.organisation_id}"


async def standing(scheduling: Scheduling) -> tuple[str, list[ExhibitorRegisteredV1]]:
    """A fair where three stand in the first three booths."""
    fair = await scheduling.fair()
    who = [await scheduling.register(fair) for _ in range(3)]
    await scheduling.plan(fair, *(booth(number, water=number == 3) for number in range(1, 5)))
    for number, each in enumerate(who, 1):
        body = {"exhibitor_id": each.exhibitor_id}
        await scheduling.done(f"/fairs/{fair}/booths/P-00{number}/assign", body)
    return fair, who


async def holders(scheduling: Scheduling, fair: str) -> list[str]:
    found = await scheduling.all(f"/fairs/{fair}/booths", free="false")
    return [each["holder"]["exhibitor_id"] for each in found]


async def test_two_change_places_when_the_other_agrees_and_once_only(
    scheduling: Scheduling,
) -> None:
    fair, (one, other, third) = await standing(scheduling)
    path, body = f"/fairs/{fair}/swaps", {"booth_id": "P-001", "for_booth_id": "P-002"}
    key = uid()
    proposed = await scheduling.done(path, body, role=of(one), key=key)
    assert proposed["state"] == "proposed"
    assert await scheduling.done(path, body, role=of(one), key=key) == proposed
    swap = f"{path}/{proposed['swap_id']}"
    for who in (one, third):
        refused = await scheduling.post(f"{swap}/agree", role=of(who))
        assert (refused.status_code, refused.json()["code"]) == (404, "swap_unknown")
    assert await scheduling.all(path, role=of(third)) == []
    assert len(await scheduling.all(path, role="auditor")) == 1
    agreed = await scheduling.done(f"{swap}/agree", role=of(other))
    assert agreed["state"] == "agreed"
    ids = [each.exhibitor_id for each in (one, other, third)]
    assert await holders(scheduling, fair) == [ids[1], ids[0], ids[2]]
    # Swapped back by the team, it is not made again.
    await scheduling.done(f"/fairs/{fair}/booths/swap", {"first": "P-001", "second": "P-002"})
    assert (await scheduling.done(f"{swap}/agree", role=of(other)))["state"] == "agreed"
    assert await holders(scheduling, fair) == ids
    kept = await scheduling.done(f"{swap}/withdraw", role=of(one))
    assert kept["state"] == "agreed"


async def test_a_proposal_lapses_and_what_may_not_be_is_not_proposed(
    scheduling: Scheduling,
) -> None:
    fair, (one, other, third) = await standing(scheduling)
    path = f"/fairs/{fair}/swaps"
    for body, code in (
        ({"booth_id": "P-002", "for_booth_id": "P-001"}, "booth_not_yours"),
        ({"booth_id": "P-001", "for_booth_id": "P-004"}, "booth_free"),
        ({"booth_id": "P-001", "for_booth_id": "P-001"}, "same_booth"),
        ({"booth_id": "P-001", "for_booth_id": "P-099"}, "booth_unknown"),
    ):
        refused = await scheduling.post(path, body, role=of(one))
        assert refused.json()["code"] == code
    body = {"booth_id": "P-001", "for_booth_id": "P-002"}
    first = await scheduling.done(path, body, role=of(one))
    second = await scheduling.done(path, body, role=of(one))
    declined = await scheduling.done(f"{path}/{first['swap_id']}/withdraw", role=of(other))
    assert declined["state"] == "withdrawn"
    refused = await scheduling.post(f"{path}/{first['swap_id']}/agree", role=of(other))
    assert (refused.status_code, refused.json()["code"]) == (409, "swap_lapsed")
    await scheduling.done(f"/fairs/{fair}/booths/swap", {"first": "P-001", "second": "P-003"})
    (shown,) = (
        each for each in await scheduling.all(path, role=of(other)) if each["state"] == "lapsed"
    )
    assert shown["swap_id"] == second["swap_id"]
    refused = await scheduling.post(f"{path}/{second['swap_id']}/agree", role=of(other))
    assert (refused.status_code, refused.json()["code"]) == (409, "swap_lapsed")
    # Who has set up its booth stays.
    await scheduling.done(f"/fairs/{fair}/booths/P-002/set-up")
    body = {"booth_id": "P-003", "for_booth_id": "P-002"}
    refused = await scheduling.post(path, body, role=of(one))
    assert (refused.status_code, refused.json()["code"]) == (409, "booth_pinned")
    assert third.exhibitor_id in await holders(scheduling, fair)
