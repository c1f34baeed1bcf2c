"""Booths: first fit, by hand, withdrawals, new plans."""

from __future__ import annotations

from maarid_contracts.registration import Needs, Participation

from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from services.scheduling.floor.domain import AssignBooth, floor_stream
from services.scheduling.placing.booths import Exhibitor
from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import uid
from tests.waiting import eventually


async def test_first_fit_places_those_who_fit_and_says_why_and_why_not(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    oven = await scheduling.register(fair, needs=Needs(electricity=True), families=("bread",))
    wet = await scheduling.register(fair, needs=Needs(water=True))
    honey = await scheduling.register(fair)
    ministry = await scheduling.register(
        fair, participation=Participation.INSTITUTIONAL_PARTNER, pole_id="partners"
    )
    await scheduling.plan(
        fair,
        booth(1, electricity=True),
        booth(2),
        booth(3),
        booth(9, pole="partners", institutional=True),
    )
    key = uid()
    answer = await scheduling.done(f"/fairs/{fair}/booths/first-fit", {}, key=key)
    placed = {one["booth_id"]: one for one in answer["assigned"]}
    assert {booth_id: one["exhibitor_id"] for booth_id, one in placed.items()} == {
        "P-001": oven.exhibitor_id,
        "P-002": honey.exhibitor_id,
        "P-009": ministry.exhibitor_id,
    }
    assert placed["P-001"]["reasons"] == ["pole_matches", "electricity_as_needed", "family_apart"]
    assert answer["unplaced"] == [
        {"exhibitor_id": wet.exhibitor_id, "missing": 1, "reason": "no_booth_with_water"}
    ]
    found = await scheduling.holder(fair, "P-009")
    assert found is not None
    assert found["method"] == "first_fit"
    assert found["organisation_id"] == ministry.organisation_id
    assert found["reasons"] == ["pole_matches", "kept_for_partners", "family_apart"]
    assert await scheduling.done(f"/fairs/{fair}/booths/first-fit", {}, key=key) == answer
    again = await scheduling.post(f"/fairs/{fair}/booths/first-fit")
    assert again.json() == {"assigned": [], "unplaced": answer["unplaced"]}
    figures = await scheduling.get(f"/fairs/{fair}/figures")
    assert figures == {
        "booths": 4,
        "booths_assigned": 3,
        "institutional_booths": 1,
        "institutional_booths_assigned": 1,
        "booths_by_pole": {
            "partners": {"booths": 1, "assigned": 1},
            "products": {"booths": 3, "assigned": 2},
        },
        "booths_area_m2": 36.0,
        "area_m2": 4000,
        "halls": 0,
        "sessions": 0,
        "sessions_by_kind": {},
        "sessions_by_day": {},
    }
    assert await scheduling.all_types(f"floor-{fair}") == [
        "FloorPlanPublished.v1",
        *["BoothAssigned.v1"] * 3,
    ]


async def test_an_exhibitor_that_withdraws_loses_every_booth_and_gets_none(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    who = await scheduling.register(fair, booths=2)
    await scheduling.plan(fair, booth(1), booth(2), booth(3))
    await scheduling.done(f"/fairs/{fair}/booths/first-fit", {"pole_id": "products"})
    held = await scheduling.all(f"/fairs/{fair}/booths", exhibitor_id=who.exhibitor_id)
    assert [one["booth_id"] for one in held] == ["P-001", "P-002"]
    assert held[1]["holder"]["reasons"] == ["pole_matches", "family_apart", "beside_own_booth"]
    await scheduling.withdraw(who)
    path = f"/fairs/{fair}/booths"
    await eventually(lambda: scheduling.all(path, free="true"), lambda free: len(free) == 3)
    refused = await scheduling.post(f"{path}/P-001/assign", {"exhibitor_id": who.exhibitor_id})
    assert (refused.status_code, refused.json()["code"]) == (409, "exhibitor_withdrawn")
    assert await scheduling.all(f"/fairs/{fair}/exhibitors", role="organiser") == []
    assert await scheduling.all_types(f"floor-{fair}") == [
        "FloorPlanPublished.v1",
        *["BoothAssigned.v1"] * 2,
        *["BoothReleased.v1"] * 2,
    ]


async def test_a_booth_given_in_the_instant_of_a_withdrawal_is_taken_back(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    who = await scheduling.register(fair)
    await scheduling.plan(fair, booth(1))
    await scheduling.withdraw(who)
    path = f"/fairs/{fair}/exhibitors"
    await eventually(lambda: scheduling.all(path, role="organiser"), lambda found: found == [])
    before_it_was_heard = Exhibitor(who.exhibitor_id, who.organisation_id, "products")
    await scheduling.runtime.desk.execute(
        floor_stream(fair),
        AssignBooth("P-001", before_it_was_heard),
        CommandContext(uuid7(), "organiser:x"),
    )
    await eventually(lambda: scheduling.holder(fair, "P-001"), lambda holder: holder is None)
    assert await scheduling.events(f"floor-{fair}") == 3


async def test_booths_are_given_taken_back_and_swapped_by_hand(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    one, other = await scheduling.register(fair), await scheduling.register(fair)
    needy = await scheduling.register(fair, needs=Needs(corner=True, electricity=True))
    await scheduling.plan(fair, booth(1), booth(2), booth(3, corner=True))
    path = f"/fairs/{fair}/booths"
    given = await scheduling.done(f"{path}/P-001/assign", {"exhibitor_id": one.exhibitor_id})
    assert given["holder"]["exhibitor_id"] == one.exhibitor_id
    assert given["holder"]["method"] == "by_hand"
    await scheduling.done(f"{path}/P-002/assign", {"exhibitor_id": other.exhibitor_id})
    taken = await scheduling.post(f"{path}/P-002/assign", {"exhibitor_id": needy.exhibitor_id})
    assert (taken.status_code, taken.json()["code"]) == (409, "needs_unmet")
    assert "electricity, corner" in taken.json()["detail"]
    wish = {"exhibitor_id": needy.exhibitor_id, "override": True}
    given = await scheduling.done(f"{path}/P-003/assign", wish)
    assert given["holder"]["reasons"] == ["pole_matches", "corner_as_needed", "needs_overridden"]
    swap = {"first": "P-001", "second": "P-002"}
    key = uid()
    swapped = await scheduling.done(f"{path}/swap", swap, key=key)
    assert [found["holder"]["exhibitor_id"] for found in swapped["booths"]] == [
        other.exhibitor_id,
        one.exhibitor_id,
    ]
    assert await scheduling.done(f"{path}/swap", swap, key=key) == swapped
    released = await scheduling.done(f"{path}/P-001/release", {"reason": "moved_away"})
    assert released["holder"] is None
    moved = await scheduling.done(f"{path}/swap", {"first": "P-001", "second": "P-002"})
    assert [found["holder"] is None for found in moved["booths"]] == [False, True]


async def test_a_new_plan_keeps_exhibitors_and_takes_back_booths_that_are_gone(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    one, other = await scheduling.register(fair), await scheduling.register(fair)
    assert await scheduling.plan(fair, booth(1), booth(2)) == 1
    path = f"/fairs/{fair}/booths"
    await scheduling.done(f"{path}/P-001/assign", {"exhibitor_id": one.exhibitor_id})
    await scheduling.done(f"{path}/P-002/assign", {"exhibitor_id": other.exhibitor_id})
    assert await scheduling.plan(fair, booth(1), booth(2)) == 1
    assert await scheduling.plan(fair, booth(2, water=True), booth(3)) == 2
    found = await scheduling.all(path)
    assert [(b["booth_id"], b["water"], b["holder"] is None) for b in found] == [
        ("P-002", True, False),
        ("P-003", False, True),
    ]
    assert (await scheduling.look(f"{path}/P-001")).status_code == 404
    lacking = await scheduling.all(f"/fairs/{fair}/exhibitors", role="organiser", placed="false")
    assert [found["exhibitor_id"] for found in lacking] == [one.exhibitor_id]


async def test_booths_are_filtered_and_come_in_pages(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    await scheduling.plan(
        fair, *(booth(number, pole=["products", "partners"][number % 2]) for number in range(7))
    )
    path = f"/fairs/{fair}/booths"
    first = await scheduling.get(path, limit=3, pole_id="products")
    assert [one["booth_id"] for one in first["items"]] == ["P-000", "P-002", "P-004"]
    rest = await scheduling.get(path, limit=3, pole_id="products", after=first["next"])
    assert [one["booth_id"] for one in rest["items"]] == ["P-006"]
    assert rest["next"] is None
    assert len(await scheduling.all(path, limit=2)) == 7
    assert await scheduling.all(path, free="false") == []
