"""A fair that moves, and one that is called off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from maarid_contracts.registration import FairCancelledV1

from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from chassis.replaying.rebuild import compare
from services.scheduling.programme.domain import FairDays, ScheduleSession, programme_stream
from tests.integration.scheduling.forms import booth, hall, session
from tests.integration.scheduling.running_scheduling import Scheduling, fair_changed
from tests.running_service import uid
from tests.waiting import eventually

# The doors are open from ten to ten, one hour ahead of UTC.
TIMES = ("2025-09-17T10:00:00Z", "2025-09-17T11:00:00Z")


async def made(scheduling: Scheduling, fair: str, starts: str, ends: str, **more: Any) -> str:
    answer = await scheduling.done(f"/fairs/{fair}/sessions", session(starts, ends, **more))
    return answer["session_id"]


async def test_sessions_left_outside_by_a_change_are_listed_until_they_are_moved(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    path = f"/fairs/{fair}/sessions"
    await scheduling.done(f"/fairs/{fair}/halls", hall())
    early = await made(scheduling, fair, "2025-09-18T08:00:00Z", "2025-09-18T09:00:00Z")
    stays = await made(scheduling, fair, "2025-09-19T11:00:00Z", "2025-09-19T12:00:00Z")
    dawn = await made(scheduling, fair, "2025-09-19T09:00:00Z", "2025-09-19T10:00:00Z")
    night = await made(scheduling, fair, "2025-09-19T20:30:00Z", "2025-09-19T21:30:00Z")
    past = await made(scheduling, fair, "2025-09-20T22:30:00Z", "2025-09-20T23:30:00Z")
    late = await made(scheduling, fair, "2025-09-22T12:00:00Z", "2025-09-22T13:00:00Z")
    off = await made(scheduling, fair, "2025-09-22T15:00:00Z", "2025-09-22T16:00:00Z")
    await scheduling.done(f"{path}/{off}/cancel", {"reason": "rain"})
    assert await scheduling.all(path, outside="true") == []

    changed = fair_changed(
        fair,
        first_day=date(2025, 9, 19),
        last_day=date(2025, 9, 20),
        opens_at=time(11),
        closes_at=time(22),
    )
    await scheduling.hear(f"fair-{fair}", changed)
    outside = await eventually(lambda: scheduling.all(path, outside="true"), len)
    assert {one["session_id"]: one["outside"] for one in outside} == {
        early: "days",
        dawn: "hours",
        night: "hours",
        past: "days",
        late: "days",
    }
    inside = await scheduling.all(path, outside="false", cancelled="false")
    assert [one["session_id"] for one in inside] == [stays]

    for day, code in (("22", "outside_fair"), ("20", "")):
        move = {
            "hall_id": "tent",
            "starts_at": f"2025-09-{day}T14:00:00Z",
            "ends_at": f"2025-09-{day}T15:00:00Z",
            "reason": "fair_moved",
        }
        answer = await scheduling.post(f"{path}/{late}/reschedule", move)
        assert answer.json().get("code", "") == code
    assert late not in {one["session_id"] for one in await scheduling.all(path, outside="true")}
    # Moved again to where it was: nothing is outside but what was moved meanwhile.
    await scheduling.hear(f"fair-{fair}", fair_changed(fair, opens_at=time(8)))
    await eventually(
        lambda: scheduling.all(path, outside="true"),
        lambda found: [one["session_id"] for one in found] == [night, past],
    )


async def test_a_cancelled_fair_loses_its_sessions_and_takes_nothing_more(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    path = f"/fairs/{fair}/sessions"
    who = await scheduling.register(fair)
    await scheduling.plan(fair, booth(1), booth(2))
    await scheduling.done(f"/fairs/{fair}/booths/P-001/assign", {"exhibitor_id": who.exhibitor_id})
    await scheduling.done(f"/fairs/{fair}/halls", hall())
    held = await made(scheduling, fair, *TIMES)
    off = await made(scheduling, fair, "2025-09-18T10:00:00Z", "2025-09-18T11:00:00Z")
    await scheduling.done(f"{path}/{off}/cancel", {"reason": "rain"})

    await scheduling.hear(f"fair-{fair}", FairCancelledV1(fair_id=fair, reason="bad_weather"))
    ended = await eventually(
        lambda: scheduling.all(path),
        lambda found: {one["status"] for one in found} == {"cancelled"},
    )
    assert {one["session_id"]: one["last_change"] for one in ended} == {
        held: "fair_cancelled",
        off: "rain",
    }
    move = {"hall_id": "tent", "starts_at": TIMES[0], "ends_at": TIMES[1], "reason": "prayer"}
    for where, body in (
        ("floor-plan", {"booths": [booth(1)]}),
        ("booths/first-fit", {}),
        ("booths/swap", {"first": "P-001", "second": "P-002"}),
        ("booths/P-002/assign", {"exhibitor_id": who.exhibitor_id}),
        ("halls", hall("room")),
        ("sessions", session(*TIMES)),
        (f"sessions/{held}/reschedule", move),
    ):
        answer = await scheduling.post(f"/fairs/{fair}/{where}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "fair_cancelled"), where
    # What was so stays readable, and what is free already may be given back again.
    assert await scheduling.holder(fair, "P-001") is not None
    await scheduling.done(f"/fairs/{fair}/booths/P-001/release", {"reason": "by_hand"})
    await scheduling.done(f"{path}/{held}/cancel", {"reason": "rain"})
    for language, word in (("ar", "أُلغي"), ("fr", "annulé"), ("en", "called off")):
        headers = scheduling.headers("organiser") | {"idempotency-key": uid()}
        answer = await scheduling.http.post(
            path, json=session(*TIMES), headers=headers | {"accept-language": language}
        )
        assert word in answer.json()["detail"]


async def test_a_session_scheduled_while_its_fair_was_called_off_is_called_off_as_well(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    await scheduling.done(f"/fairs/{fair}/halls", hall())
    first = await made(scheduling, fair, *TIMES)
    await scheduling.hear(f"fair-{fair}", FairCancelledV1(fair_id=fair, reason="bad_weather"))
    path = f"/fairs/{fair}/sessions"
    await eventually(
        lambda: scheduling.all(path),
        lambda found: [one["status"] for one in found] == ["cancelled"],
    )
    # A command that was gathered before the cancellation was heard.
    gathered = ScheduleSession(
        fair_id=fair,
        session_id=uid(),
        kind="workshop",
        title=Text("التسويق", "Marketing"),
        topic_code="marketing",
        hall_id="tent",
        speakers=(),
        language="ar",
        audience="exhibitors",
        starts_at=datetime(2025, 9, 18, 10, tzinfo=UTC),
        ends_at=datetime(2025, 9, 18, 11, tzinfo=UTC),
        seats=None,
        fair_days=FairDays(
            datetime(2025, 9, 16, 23, tzinfo=UTC), datetime(2025, 9, 22, 23, tzinfo=UTC)
        ),
    )
    context = CommandContext(uuid7(), "test:x")
    await scheduling.runtime.desk.execute(programme_stream(fair), gathered, context)
    await eventually(
        lambda: scheduling.all(path),
        lambda found: (
            {one["session_id"] for one in found} == {first, gathered.session_id}
            and {one["last_change"] for one in found} == {"fair_cancelled"}
        ),
    )


async def test_a_fair_that_was_announced_from_the_first_to_the_last_of_all_days_answers(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    always = fair_changed(fair, first_day=date.min, last_day=date.max)
    await scheduling.hear(f"fair-{fair}", always)
    await scheduling.done(f"/fairs/{fair}/halls", hall())

    async def scheduled() -> int:
        body = session("2031-09-17T10:00:00Z", "2031-09-17T11:00:00Z")
        return (await scheduling.post(f"/fairs/{fair}/sessions", body)).status_code

    # It may be refused for as long as the change is not heard of.
    await eventually(scheduled, lambda status: status == 201)
    assert await scheduling.all(f"/fairs/{fair}/sessions", outside="true") == []


async def test_read_tables_are_what_their_events_make_of_them(scheduling: Scheduling) -> None:
    """Runs last: everything that the other tests did is in these tables."""
    assert await compare(scheduling.definition, scheduling.owner_dsn, scheduling.bootstrap) == []
    assert await scheduling.runtime.pool.fetchval("select count(*) from dead_letters") == 0
