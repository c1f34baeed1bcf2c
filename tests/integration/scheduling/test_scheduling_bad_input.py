"""What is refused, and that nothing of it is stored."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.replaying.rebuild import compare
from tests.integration.scheduling.forms import booth, hall, session
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import uid

TIMES = ("2025-09-17T10:00:00Z", "2025-09-17T11:00:00Z")

BAD: dict[str, tuple[str, Any, int, str]] = {
    "no booths": ("floor-plan", {"booths": []}, 422, "invalid_request"),
    "too many booths": ("floor-plan", {"booths": [booth(1)] * 1001}, 422, "invalid_request"),
    "a booth twice": ("floor-plan", {"booths": [booth(1), booth(1)]}, 422, "booth_twice"),
    "a pole nobody has": ("floor-plan", {"booths": [booth(1, pole="x1")]}, 422, "pole_unknown"),
    "booths in one another": (
        "floor-plan",
        {"booths": [booth(1), booth(2, x_m=4.0)]},
        422,
        "booths_overlap",
    ),
    "a booth without size": (
        "floor-plan",
        {"booths": [booth(1, width_m=0)]},
        422,
        "invalid_request",
    ),
    "a field nobody knows": (
        "floor-plan",
        {"booths": [booth(1, gas=True)]},
        422,
        "invalid_request",
    ),
    "a number as text": ("floor-plan", {"booths": [booth(1, x_m="3")]}, 422, "invalid_request"),
    "a booth that is not there": (
        "booths/P-999/release",
        {"reason": "by_hand"},
        404,
        "booth_unknown",
    ),
    "a booth of no shape": ("booths/p-1/release", {"reason": "by_hand"}, 422, "invalid_request"),
    "a reason in words": ("booths/P-001/release", {"reason": "By hand"}, 422, "invalid_request"),
    "an exhibitor nobody knows": (
        "booths/P-001/assign",
        {"exhibitor_id": str(uuid4())},
        404,
        "exhibitor_unknown",
    ),
    "an id of no shape": ("booths/P-001/assign", {"exhibitor_id": "7"}, 422, "invalid_request"),
    "a booth with itself": (
        "booths/swap",
        {"first": "P-001", "second": "P-001"},
        422,
        "same_booth",
    ),
    "free booths": ("booths/swap", {"first": "P-001", "second": "P-002"}, 409, "booths_free"),
    "an empty hall": ("halls", hall(capacity=0), 422, "invalid_request"),
    "a hall known otherwise": ("halls", hall("known", 41), 409, "hall_differs"),
    "a name that hides": (
        "halls",
        {**hall(), "name": {"ar": "خيمة\u202e", "fr": "Tente"}},
        422,
        "invalid_request",
    ),
    "a name in one language": (
        "halls",
        {**hall(), "name": {"fr": "Tente"}},
        422,
        "invalid_request",
    ),
    "a time without a zone": (
        "sessions",
        session("2025-09-17T10:00:00", TIMES[1]),
        422,
        "invalid_request",
    ),
    "a time that is not written as in the schema": (
        "sessions",
        session("2025-09-17 10:00:00Z", TIMES[1]),
        422,
        "invalid_request",
    ),
    "a time before all times": (
        "sessions",
        session("0001-01-01T00:00:00+01:00", TIMES[1]),
        422,
        "invalid_request",
    ),
    "a time in a year after all": (
        "sessions",
        session(TIMES[0], "9999-12-31T23:59:59-14:00"),
        422,
        "invalid_request",
    ),
    "a move to the year 1": (
        f"sessions/{uuid4()}/reschedule",
        {
            "hall_id": "tent",
            "starts_at": "0001-01-01T00:00:00+14:00",
            "ends_at": TIMES[1],
            "reason": "rain",
        },
        422,
        "invalid_request",
    ),
    "a time as a number": (
        "sessions",
        session("1758103200", TIMES[1]),
        422,
        "invalid_request",
    ),
    "a kind nobody knows": ("sessions", session(*TIMES, kind="party"), 422, "invalid_request"),
    "a speaker by name": ("sessions", session(*TIMES, speakers=["Amina"]), 422, "invalid_request"),
    "a session nobody knows": (
        f"sessions/{uuid4()}/cancel",
        {"reason": "rain"},
        404,
        "session_unknown",
    ),
    "no body": ("sessions", None, 422, "invalid_request"),
    "a list": ("booths/swap", [1, 2], 422, "invalid_request"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet_fair(scheduling: Scheduling) -> str:
    """A fair with two booths and a hall, of which nothing should change."""
    fair = await scheduling.fair()
    await scheduling.plan(fair, booth(1), booth(2))
    await scheduling.done(f"/fairs/{fair}/halls", hall("known"))
    return fair


@pytest.mark.parametrize("wrong", BAD)
async def test_bad_input_is_refused_with_a_code_and_stores_nothing(
    scheduling: Scheduling, quiet_fair: str, wrong: str
) -> None:
    path, body, status, code = BAD[wrong]
    before = await scheduling.events(f"floor-{quiet_fair}")
    answer = await scheduling.post(f"/fairs/{quiet_fair}/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await scheduling.events(f"floor-{quiet_fair}") == before
    assert await scheduling.events(f"programme-{quiet_fair}") == 1


@pytest.mark.parametrize(
    "path",
    [
        "booths",
        "booths/P-001",
        "exhibitors",
        "halls",
        "sessions",
        "sessions/0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47",
        "figures",
    ],
)
async def test_unknown_ids_are_not_found(scheduling: Scheduling, path: str) -> None:
    answer = await scheduling.look(f"/fairs/no-such-fair/{path}")
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_fair_nobody_announced_takes_no_change(scheduling: Scheduling) -> None:
    for path, body in (
        ("floor-plan", {"booths": [booth(1)]}),
        ("booths/first-fit", {}),
        ("booths/swap", {"first": "P-001", "second": "P-002"}),
        ("booths/P-001/assign", {"exhibitor_id": uid()}),
        ("booths/P-001/release", {}),
        ("halls", hall()),
        ("sessions", session(*TIMES)),
        (f"sessions/{uid()}/cancel", {"reason": "rain"}),
    ):
        answer = await scheduling.post(f"/fairs/no-such-fair/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "fair_unknown"), path


async def test_a_fair_without_a_plan_has_no_booths_to_give(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    answer = await scheduling.post(f"/fairs/{fair}/booths/first-fit", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "floor_plan_missing")


@pytest.mark.parametrize("after", ["!", "AA==", "_____w=="])
async def test_a_cursor_that_is_not_ours_does_no_harm(
    scheduling: Scheduling, quiet_fair: str, after: str
) -> None:
    for path in ("booths", "halls", "sessions", "exhibitors"):
        answer = await scheduling.look(f"/fairs/{quiet_fair}/{path}", after=after)
        assert answer.status_code in (200, 422), answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"day": "0"},
        {"day": "0001-01-01"},
        {"day": "2025-09-17T00:00:00"},
        {"day": "9999-12-31"},
        {"outside": "perhaps"},
        {"day": "17 September"},
        {"kind": "party"},
        {"hall_id": "!"},
        {"limit": 0},
        {"cancelled": "perhaps"},
    ],
)
async def test_a_filter_of_no_meaning_is_refused(
    scheduling: Scheduling, quiet_fair: str, query: dict[str, Any]
) -> None:
    answer = await scheduling.look(f"/fairs/{quiet_fair}/sessions", **query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_everybody_may_look_but_only_organisers_change(
    scheduling: Scheduling, quiet_fair: str
) -> None:
    for path in ("booths", "booths/P-001", "halls", "sessions"):
        answer = await scheduling.look(f"/fairs/{quiet_fair}/{path}", role=None)
        assert answer.status_code == 200
    for role, status in ((None, 401), ("exhibitor", 403), ("steward", 403), ("auditor", 403)):
        answer = await scheduling.post(f"/fairs/{quiet_fair}/halls", hall(), role=role)
        assert answer.status_code == status
    for role, status in ((None, 401), ("exhibitor", 403), ("auditor", 200)):
        answer = await scheduling.look(f"/fairs/{quiet_fair}/figures", role=role)
        assert answer.status_code == status


async def test_an_exhibitor_sees_itself_only(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    one, _ = await scheduling.register(fair), await scheduling.register(fair)
    path = f"/fairs/{fair}/exhibitors"
    found = await scheduling.look(path, role=f"exhibitor organisation_id={one.organisation_id}")
    assert [item["exhibitor_id"] for item in found.json()["items"]] == [one.exhibitor_id]
    assert (await scheduling.get(path, role="exhibitor"))["items"] == []


async def test_a_refusal_speaks_the_callers_language(
    scheduling: Scheduling, quiet_fair: str
) -> None:
    for language, word in (("ar", "رواق"), ("fr", "stand"), ("de", "booth")):
        answer = await scheduling.http.get(
            f"/fairs/{quiet_fair}/booths/P-999", headers={"accept-language": language}
        )
        assert word in answer.json()["detail"]


async def test_read_tables_are_what_their_events_make_of_them(scheduling: Scheduling) -> None:
    """Runs last: everything that the other tests did is in these tables."""
    assert await compare(scheduling.definition, scheduling.owner_dsn, scheduling.bootstrap) == []
    assert await scheduling.runtime.pool.fetchval("select count(*) from dead_letters") == 0
