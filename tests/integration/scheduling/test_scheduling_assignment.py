"""Booths by rules: rules, drafts that a run proposes, changes by hand, and what is adopted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from maarid_contracts.registration import ExhibitorRegisteredV1

from tests.integration.scheduling.forms import booth
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import uid
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def draft_of(scheduling: Scheduling, fair: str, **body: Any) -> dict[str, Any]:
    """A draft whose run has ended."""
    accepted = await scheduling.done(f"/fairs/{fair}/assignments", {"seconds": 5, **body})
    path = f"/fairs/{fair}/assignments/{accepted['draft_id']}"
    draft = await eventually(
        lambda: scheduling.get(path), lambda found: found["state"] not in ("queued", "running")
    )
    assert draft["state"] == "done", draft
    return draft


def where(fair: str, draft: dict[str, Any], what: str = "") -> str:
    return f"/fairs/{fair}/assignments/{draft['draft_id']}{what}"


def stands(draft: dict[str, Any]) -> dict[str, list[str]]:
    return {each["exhibitor_id"]: each["booths"] for each in draft["placement"]}


async def three(scheduling: Scheduling) -> tuple[str, list[ExhibitorRegisteredV1]]:
    """A fair of four booths in a row and three exhibitors of one each."""
    fair = await scheduling.fair()
    who = [await scheduling.register(fair) for _ in range(3)]
    await scheduling.plan(fair, *(booth(number) for number in range(1, 5)))
    return fair, who


async def test_rules_are_published_as_json_or_toml_and_shown_with_every_weight(
    scheduling: Scheduling,
) -> None:
    fair, who = await three(scheduling)
    path = f"/fairs/{fair}/assignment/rules"
    before = await scheduling.get(path, role=None)
    assert (before["version"], before["rules"]["weights"]["communes"]) == (0, 10)
    rules = {"weights": {"communes": 0}, "zones": [{"of": "pioneer", "booths": ["P-001"]}]}
    key = uid()
    first = await scheduling.done(path, rules, key=key)
    assert (first["version"], first["rules"]["weights"]["communes"]) == (1, 0)
    assert first["rules"]["weights"]["family_beside"] == 60
    assert (await scheduling.done(path, rules, key=key))["version"] == 1
    assert (await scheduling.done(path, rules))["version"] == 1
    toml = f"""
        newcomers_worst_percent = 10
        forbidden = [["fish", "perfume"]]
        [weights]
        rotation = 3
        [[fixed]]
        exhibitor_id = "{who[0].exhibitor_id}"
        booths = ["P-002"]
    """
    second = await as_toml(scheduling, fair, toml)
    assert second.status_code == 200, second.text
    found = await scheduling.get(path, role=None)
    assert (found["version"], found["rules"]["newcomers_worst_percent"]) == (2, 10)
    assert found["rules"]["forbidden"] == [["fish", "perfume"]]
    assert found["rules"]["fixed"][0]["booths"] == ["P-002"]
    assert await scheduling.all_types(f"floor-{fair}") == [
        "FloorPlanPublished.v1",
        *["AssignmentRulesPublished.v1"] * 2,
    ]


async def as_toml(scheduling: Scheduling, fair: str, text: str) -> Any:
    headers = scheduling.headers() | {"idempotency-key": uid(), "content-type": "application/toml"}
    path = f"/fairs/{fair}/assignment/rules.toml"
    return await scheduling.http.post(path, content=text.encode(), headers=headers)


async def test_bad_rules_are_refused_with_a_code_and_nothing_is_stored(
    scheduling: Scheduling,
) -> None:
    fair, who = await three(scheduling)
    fixed = {"exhibitor_id": who[0].exhibitor_id, "booths": ["P-001"]}
    for rules, status, code in (
        ({"fixed": [fixed, fixed]}, 422, "exhibitor_fixed_twice"),
        ({"zones": [{"of": "pioneer", "booths": ["P-099"]}]}, 404, "booth_unknown"),
        ({"fixed": [{**fixed, "exhibitor_id": uid()}]}, 404, "exhibitor_unknown"),
        ({"weights": {"communes": -1}}, 422, "invalid_request"),
        ({"weights": {"colours": 1}}, 422, "invalid_request"),
    ):
        answer = await scheduling.post(f"/fairs/{fair}/assignment/rules", rules)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    for text, code in (
        ("weights = [", "rules_not_toml"),
        ("[weights]\ncolours = 1", "invalid_request"),
        ("[weights]\ncommunes = 5000", "invalid_request"),
    ):
        answer = await as_toml(scheduling, fair, text)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    forbidden = await scheduling.post(f"/fairs/{fair}/assignment/rules", {}, role="auditor")
    assert forbidden.status_code == 403
    assert await scheduling.events(f"floor-{fair}") == 1


async def test_a_draft_is_no_event_until_it_is_adopted_whole(scheduling: Scheduling) -> None:
    fair, who = await three(scheduling)
    key = uid()
    accepted = await scheduling.post(f"/fairs/{fair}/assignments", {"seconds": 5}, key=key)
    assert accepted.status_code == 202
    path = accepted.headers["location"]
    draft = await eventually(lambda: scheduling.get(path), lambda found: found["state"] == "done")
    again = await scheduling.post(f"/fairs/{fair}/assignments", {"seconds": 5}, key=key)
    assert again.json() == accepted.json()
    assert set(stands(draft)) == {each.exhibitor_id for each in who}
    assert (draft["judged"]["unplaced"], draft["outdated"], draft["unplaced"]) == (0, [], [])
    assert sum(draft["judged"]["costs"].values()) == draft["judged"]["objective"]
    assert await scheduling.events(f"floor-{fair}") == 1
    listed = await scheduling.all(f"/fairs/{fair}/assignments", role="auditor", total="true")
    assert [each["draft_id"] for each in listed] == [draft["draft_id"]]
    key = uid()
    adopted = await scheduling.done(f"{path}/adopt", key=key)
    assert adopted["state"] == "adopted"
    assert await scheduling.done(f"{path}/adopt", key=key) == adopted
    assert await scheduling.done(f"{path}/adopt") == adopted
    for exhibitor_id, booths in stands(draft).items():
        for booth_id in booths:
            holder = await scheduling.holder(fair, booth_id)
            assert holder is not None
            assert (holder["exhibitor_id"], holder["method"]) == (exhibitor_id, "optimised")
    assert await scheduling.all_types(f"floor-{fair}") == [
        "FloorPlanPublished.v1",
        *["BoothAssigned.v1"] * 3,
        "AssignmentAdopted.v1",
    ]
    said = await scheduling.said(f"floor-{fair}", "AssignmentAdopted")
    event = said[-1][1]
    assert event["objective"] == draft["judged"]["objective"]
    assert [each["exhibitor_id"] for each in event["profiles"]] == sorted(stands(draft))
    assert "contact_id" not in event["profiles"][0]
    gone = await scheduling.send("DELETE", path)
    assert gone.status_code == 204
    assert (await scheduling.look(path)).json()["code"] == "draft_unknown"
    assert await scheduling.holder(fair, next(iter(stands(draft).values()))[0]) is not None


async def test_a_draft_is_changed_by_hand_where_no_rule_is_broken_and_nobody_was_faster(
    scheduling: Scheduling,
) -> None:
    fair, who = await three(scheduling)
    draft = await draft_of(scheduling, fair)
    mine, other = who[0].exhibitor_id, who[1].exhibitor_id
    free = (
        {f"P-{number:03}" for number in range(1, 5)}
        - {b for s in stands(draft).values() for b in s}
    ).pop()
    move = {"exhibitor_id": mine, "booths": [free], "expected_version": 1}
    key = uid()
    moved = await scheduling.done(where(fair, draft, "/place"), move, key=key)
    assert (moved["version"], stands(moved)[mine]) == (2, [free])
    assert await scheduling.done(where(fair, draft, "/place"), move, key=key) == moved
    reused = await scheduling.post(
        where(fair, draft, "/place"), {**move, "booths": ["P-001"]}, key=key
    )
    assert reused.json()["code"] == "idempotency_key_reused"
    late = await scheduling.post(where(fair, draft, "/place"), move)
    assert (late.status_code, late.json()["code"]) == (409, "draft_changed")
    taken = {"exhibitor_id": other, "booths": [free], "expected_version": 2}
    refused = await scheduling.post(where(fair, draft, "/place"), taken)
    assert (refused.status_code, refused.json()["code"]) == (409, "booth_taken")
    unknown = await scheduling.post(where(fair, draft, "/place"), {**taken, "booths": ["P-099"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "booth_unknown")
    lock = {"exhibitor_id": mine, "expected_version": 2}
    locked = await scheduling.done(where(fair, draft, "/lock"), lock)
    assert [each["exhibitor_id"] for each in locked["placement"] if each["locked"]] == [mine]
    held = await scheduling.post(where(fair, draft, "/free"), {**lock, "expected_version": 3})
    assert (held.status_code, held.json()["code"]) == (409, "exhibitor_locked")
    wish = {"exhibitor_id": other, "expected_version": 3}
    freed = await scheduling.done(where(fair, draft, "/free"), wish)
    assert (freed["unplaced"], freed["judged"]["unplaced"]) == ([other], 1)
    lost = await scheduling.post(where(fair, draft, "/lock"), {**wish, "expected_version": 4})
    assert (lost.status_code, lost.json()["code"]) == (409, "exhibitor_not_placed")
    # A run that goes on from here keeps whom the team has locked.
    onwards = await draft_of(scheduling, fair, based_on=draft["draft_id"])
    assert stands(onwards)[mine] == [free]
    assert len(stands(onwards)) == 3
    await scheduling.done(where(fair, onwards, "/adopt"))
    event = (await scheduling.said(f"floor-{fair}", "AssignmentAdopted"))[-1][1]
    assert event["kept"] == [{"exhibitor_id": mine, "booths": [free]}]


async def test_what_has_changed_since_is_named_and_nothing_is_adopted(
    scheduling: Scheduling,
) -> None:
    fair, who = await three(scheduling)
    first = await draft_of(scheduling, fair)
    late = await scheduling.register(fair)
    refused = await scheduling.post(where(fair, first, "/adopt"))
    assert (refused.status_code, refused.json()["code"]) == (409, "participants_changed")
    assert late.exhibitor_id in refused.json()["detail"]
    assert (await scheduling.get(where(fair, first)))["outdated"] == ["came"]
    second = await draft_of(scheduling, fair)
    third = await draft_of(scheduling, fair)
    answers = await asyncio.gather(
        *(scheduling.post(where(fair, each, "/adopt")) for each in (second, third))
    )
    assert sorted(each.status_code for each in answers) == [200, 409]
    lost = next(each for each in answers if each.status_code == 409)
    assert lost.json()["code"] == "floor_changed"
    fourth = await draft_of(scheduling, fair)
    await scheduling.done(f"/fairs/{fair}/assignment/rules", {"weights": {"zones": 1}})
    await scheduling.withdraw(who[0])
    await eventually(
        lambda: scheduling.all(f"/fairs/{fair}/booths", free="true"), lambda free: len(free) == 1
    )
    assert (await scheduling.get(where(fair, fourth)))["outdated"] == ["booths", "rules", "went"]
    refused = await scheduling.post(where(fair, fourth, "/adopt"))
    assert (refused.status_code, refused.json()["code"]) == (409, "draft_of_other_rules")
    await scheduling.plan(fair, *(booth(number) for number in range(1, 6)))
    refused = await scheduling.post(where(fair, fourth, "/adopt"))
    assert (refused.status_code, refused.json()["code"]) == (409, "draft_of_other_plan")
    types = await scheduling.all_types(f"floor-{fair}")
    assert types.count("AssignmentAdopted.v1") == 1


async def test_a_booth_that_is_set_up_stays_until_that_is_taken_back(
    scheduling: Scheduling,
) -> None:
    fair, _ = await three(scheduling)
    path, steward = f"/fairs/{fair}/booths/P-001/set-up", f"steward fair_id={fair}"
    free = await scheduling.post(path, role=steward)
    assert (free.status_code, free.json()["code"]) == (409, "booth_free")
    await scheduling.done(where(fair, await draft_of(scheduling, fair), "/adopt"))
    held = (await scheduling.all(f"/fairs/{fair}/booths", free="false"))[0]["booth_id"]
    path = f"/fairs/{fair}/booths/{held}/set-up"
    elsewhere = await scheduling.post(path, role="steward fair_id=zagora-2090")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "fair_unknown")
    ready = await scheduling.done(path, role=steward)
    assert ready["holder"]["set_up_at"] is not None
    assert await scheduling.done(path, role=steward) == ready
    others = {f"P-{number:03}" for number in range(1, 5)} - {held}
    swap = {"first": held, "second": min(others)}
    refused = await scheduling.post(f"/fairs/{fair}/booths/swap", swap)
    assert (refused.status_code, refused.json()["code"]) == (409, "booth_set_up")
    draft = await draft_of(scheduling, fair)
    moved = {
        "exhibitor_id": ready["holder"]["exhibitor_id"],
        "booths": [(others - {b for s in stands(draft).values() for b in s}).pop()],
        "expected_version": 1,
    }
    pinned = await scheduling.post(where(fair, draft, "/place"), moved)
    assert (pinned.status_code, pinned.json()["code"]) == (409, "booth_pinned")
    back = await scheduling.done(f"{path}/take-back", {"reason": "wrong_booth"}, role=steward)
    assert back["holder"]["set_up_at"] is None
    assert (await scheduling.post(f"/fairs/{fair}/booths/swap", swap)).status_code == 200
