"""Repairs that are offered after somebody came late or went, of which nobody has asked for one."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from maarid_contracts.registration import ExhibitorRegisteredV1

from chassis.replaying.rebuild import compare
from services.scheduling.repairs import handlers, rows, workers
from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.integration.scheduling.test_scheduling_assignment import draft_of, stands, where
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

AHEAD = 2090


@pytest.fixture(scope="module", autouse=True)
def looks() -> Generator[None]:
    """The service looks more often than it need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "LOOK_SECONDS", 0.3)
        yield


async def adopted(
    scheduling: Scheduling, year: int = AHEAD
) -> tuple[str, list[ExhibitorRegisteredV1], dict[str, list[str]]]:
    """A fair of three booths, all given: its id, its exhibitors, and who stands where."""
    fair = await scheduling.fair(year=year)
    who = [await scheduling.register(fair) for _ in range(3)]
    await scheduling.plan(fair, *(booth(number) for number in range(1, 4)))
    draft = await draft_of(scheduling, fair)
    await scheduling.done(where(fair, draft, "/adopt"))
    return fair, who, stands(draft)


async def offers(scheduling: Scheduling, fair: str) -> list[Any]:
    return await scheduling.all(f"/fairs/{fair}/assignments", "organiser", offered="true")


async def offered(
    scheduling: Scheduling,
    fair: str,
    *,
    came: tuple[ExhibitorRegisteredV1, ...] = (),
    went: tuple[ExhibitorRegisteredV1, ...] = (),
) -> dict[str, Any]:
    """The offered draft for these, once its run has ended; it is the newest, and the only one of
    those that nobody has touched."""
    for_whom = {
        name: sorted(each.exhibitor_id for each in some)
        for name, some in (("came", came), ("went", went))
    }

    def there(found: list[Any]) -> bool:
        return bool(found) and (found[-1]["offered"], found[-1]["state"]) == (for_whom, "done")

    found = await eventually(lambda: offers(scheduling, fair), there)
    assert [each["draft_id"] for each in found if each["version"] == 1] == [found[-1]["draft_id"]]
    return await scheduling.get(where(fair, found[-1]))


async def looked(scheduling: Scheduling, fair: str) -> int:
    """How many repairs are offered after two more looks."""
    before = await handlers.offer_where_needed(scheduling.runtime, {})
    await handlers.offer_where_needed(scheduling.runtime, before)
    return len(await offers(scheduling, fair))


async def test_a_repair_is_offered_and_adopted_by_the_team_alone(scheduling: Scheduling) -> None:
    fair, who, stood = await adopted(scheduling)
    late = await scheduling.register(fair)
    await scheduling.withdraw(who[0])
    draft = await offered(scheduling, fair, came=(late,), went=(who[0],))
    assert (draft["repair"], draft["proven"], draft["outdated"]) == (True, True, [])
    assert (draft["judged"]["moves"], draft["judged"]["unplaced"]) == (0, 0)
    left = stood[who[0].exhibitor_id]
    stayed = {each: booths for each, booths in stood.items() if each != who[0].exhibitor_id}
    assert stands(draft) == {**stayed, late.exhibitor_id: left}
    types = await scheduling.all_types(f"floor-{fair}")
    assert types.count("AssignmentAdopted.v1") == 1
    assert await scheduling.holder(fair, left[0]) is None
    asked_for = await scheduling.all(f"/fairs/{fair}/assignments", "auditor", offered="false")
    assert [each["offered"] for each in asked_for] == [None]
    await scheduling.done(where(fair, draft, "/adopt"))
    holder = await scheduling.holder(fair, left[0])
    assert holder is not None
    assert holder["exhibitor_id"] == late.exhibitor_id
    # Nothing is left to be mended.
    assert await looked(scheduling, fair) == 1
    need = await rows.needs(scheduling.runtime.pool, scheduling.runtime.clock.now(), fair)
    assert need == {}


async def test_a_newer_change_replaces_an_offer_that_nobody_has_touched(
    scheduling: Scheduling,
) -> None:
    fair, who, _ = await adopted(scheduling)
    await scheduling.withdraw(who[0])
    first = await offered(scheduling, fair, went=(who[0],))
    late = await scheduling.register(fair)
    second = await offered(scheduling, fair, came=(late,), went=(who[0],))
    assert (await scheduling.look(where(fair, first))).json()["code"] == "draft_unknown"
    # The floor is another one: the same repair, anew.
    free = next(each["booth_id"] for each in await scheduling.all(f"/fairs/{fair}/booths", free=1))
    held = next(each["booth_id"] for each in await scheduling.all(f"/fairs/{fair}/booths", free=0))
    await scheduling.done(f"/fairs/{fair}/booths/swap", {"first": free, "second": held})
    await eventually(
        lambda: offers(scheduling, fair),
        lambda found: found[-1]["draft_id"] != second["draft_id"] and found[-1]["state"] == "done",
    )
    third = await offered(scheduling, fair, came=(late,), went=(who[0],))
    assert stands(third)[late.exhibitor_id] == [held]
    # What the team has changed by hand is its own, and stays.
    lock = {"exhibitor_id": who[1].exhibitor_id, "expected_version": 1}
    await scheduling.done(where(fair, third, "/lock"), lock)
    await scheduling.withdraw(who[1])
    fourth = await offered(scheduling, fair, came=(late,), went=(who[0], who[1]))
    both = [each["draft_id"] for each in await offers(scheduling, fair)]
    assert both == [third["draft_id"], fourth["draft_id"]]
    # What it throws away is not offered again for the same people.
    assert (await scheduling.send("DELETE", where(fair, fourth))).status_code == 204
    assert await looked(scheduling, fair) == 1


async def test_who_was_placed_by_hand_meanwhile_needs_no_repair(scheduling: Scheduling) -> None:
    fair, _, _ = await adopted(scheduling)
    await scheduling.plan(fair, *(booth(number) for number in range(1, 5)))
    late = await scheduling.register(fair)
    await offered(scheduling, fair, came=(late,))
    body = {"exhibitor_id": late.exhibitor_id}
    await scheduling.done(f"/fairs/{fair}/booths/P-004/assign", body)
    await eventually(lambda: offers(scheduling, fair), lambda found: found == [])


async def test_no_repair_where_nothing_was_adopted_or_all_is_over_or_nobody_is_left(
    scheduling: Scheduling,
) -> None:
    over, who, _ = await adopted(scheduling, 2025)
    new = await scheduling.fair(year=AHEAD)
    await scheduling.plan(new, booth(1))
    await scheduling.withdraw(await scheduling.register(new))
    await scheduling.withdraw(who[0])
    left, all_, _ = await adopted(scheduling)
    for each in all_:
        await scheduling.withdraw(each)
    pool, now = scheduling.runtime.pool, scheduling.runtime.clock.now()
    await eventually(lambda: scheduling.all(f"/fairs/{left}/booths", free=0), lambda held: not held)
    found = await eventually(
        lambda: rows.needs(pool, now), lambda needs: len(getattr(needs.get(left), "went", ())) == 3
    )
    assert {over, new}.isdisjoint(found)
    assert await looked(scheduling, left) == 0
    assert await offers(scheduling, over) == await offers(scheduling, new) == []


async def test_whom_was_decided_on_is_made_again_from_the_log(scheduling: Scheduling) -> None:
    fair, who, _ = await adopted(scheduling)
    await scheduling.withdraw(who[0])
    draft = await offered(scheduling, fair, went=(who[0],))
    await scheduling.done(where(fair, draft, "/adopt"))
    decided = await scheduling.runtime.pool.fetch(
        "select exhibitor_id from decided_on where fair_id = $1 and draft_id = $2",
        fair,
        draft["draft_id"],
    )
    assert {each["exhibitor_id"] for each in decided} == {each.exhibitor_id for each in who[1:]}
    found = await compare(scheduling.definition, scheduling.owner_dsn, scheduling.bootstrap)
    assert found == []
