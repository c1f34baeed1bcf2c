"""Halls and sessions, and keys that do one thing once."""

from __future__ import annotations

from typing import Any

from tests.integration.scheduling.forms import booth, hall, session
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import uid


async def test_a_session_has_its_hall_and_speakers_to_itself(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    path = f"/fairs/{fair}/sessions"
    assert (await scheduling.post(f"/fairs/{fair}/halls", hall())).status_code == 201
    assert (await scheduling.post(f"/fairs/{fair}/halls", hall())).status_code == 201
    await scheduling.done(f"/fairs/{fair}/halls", hall("room", 20))
    trainer = uid()
    times = ("2025-09-17T10:00:00+01:00", "2025-09-17T12:00:00+01:00")
    key = uid()
    body = session(*times, speakers=[trainer, trainer], seats=40)
    made = await scheduling.done(path, body, key=key)
    assert made["starts_at"] == "2025-09-17T09:00:00Z"
    assert (made["status"], made["speakers"]) == ("scheduled", [trainer])
    assert await scheduling.done(path, body, key=key) == made
    for wish, code in (
        (session(*times), "hall_taken"),
        (session(*times, hall_id="room", speakers=[trainer]), "speaker_taken"),
        (session(*times, hall_id="room", seats=21), "hall_too_small"),
        (session(*times, hall_id="garden"), "hall_unknown"),
        (session("2025-09-16T23:30:00+01:00", times[0]), "outside_fair"),
        (session(times[1], times[0]), "session_ends_before_it_starts"),
        (session("2025-09-17T00:00:00+01:00", "2025-09-17T12:01:00+01:00"), "session_too_long"),
    ):
        refused = await scheduling.post(path, wish)
        assert refused.json()["code"] == code
        assert refused.headers["content-type"] == "application/problem+json"
    one = f"{path}/{made['session_id']}"
    later = {
        "hall_id": "tent",
        "starts_at": "2025-09-17T11:00:00+01:00",
        "ends_at": "2025-09-17T13:00:00+01:00",
        "reason": "prayer",
    }
    moved = await scheduling.done(f"{one}/reschedule", later)
    assert (moved["starts_at"], moved["last_change"]) == ("2025-09-17T10:00:00Z", "prayer")
    smaller = await scheduling.post(f"{one}/reschedule", {**later, "hall_id": "room"})
    assert smaller.json()["code"] == "hall_too_small"
    assert (await scheduling.done(f"{one}/cancel", {"reason": "rain"}))["status"] == "cancelled"
    assert (await scheduling.get(one, role=None))["last_change"] == "rain"
    refused = await scheduling.post(f"{one}/reschedule", later)
    assert refused.json()["code"] == "session_cancelled"
    await scheduling.done(path, session(*times, speakers=[trainer]))
    assert await scheduling.all_types(f"programme-{fair}") == [
        "HallOpened.v1",
        "HallOpened.v1",
        "SessionScheduled.v1",
        "SessionRescheduled.v1",
        "SessionCancelled.v1",
        "SessionScheduled.v1",
    ]


async def test_the_programme_is_told_by_the_fairs_own_days(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    path = f"/fairs/{fair}/sessions"
    await scheduling.done(f"/fairs/{fair}/halls", hall())
    night = await scheduling.done(
        path, session("2025-09-17T23:00:00Z", "2025-09-18T01:00:00Z", kind="show")
    )
    noon = await scheduling.done(path, session("2025-09-17T12:00:00Z", "2025-09-17T13:00:00Z"))
    noon_later = await scheduling.done(
        path, session("2025-09-18T12:00:00Z", "2025-09-18T13:00:00Z", topic_code="investment")
    )
    off = await scheduling.done(path, session("2025-09-17T10:00:00Z", "2025-09-17T11:00:00Z"))
    await scheduling.done(f"{path}/{off['session_id']}/cancel", {"reason": "rain"})

    async def ids(**query: Any) -> list[str]:
        return [one["session_id"] for one in await scheduling.all(path, limit=2, **query)]

    assert await ids(cancelled="false") == [one["session_id"] for one in (noon, night, noon_later)]
    assert await ids() == [one["session_id"] for one in (off, noon, night, noon_later)]
    assert await ids(day="2025-09-18") == [night["session_id"], noon_later["session_id"]]
    assert await ids(kind="show") == [night["session_id"]]
    assert await ids(topic_code="investment") == [noon_later["session_id"]]
    assert await ids(hall_id="room") == []
    figures = await scheduling.get(f"/fairs/{fair}/figures")
    assert figures["sessions"] == 3
    assert figures["sessions_by_kind"] == {"show": 1, "workshop": 2}
    assert figures["sessions_by_day"] == {"2025-09-17": 1, "2025-09-18": 2}
    assert figures["halls"] == 1
    assert len(await scheduling.all(f"/fairs/{fair}/halls")) == 1


async def test_an_idempotency_key_does_one_thing_once(scheduling: Scheduling) -> None:
    fair = await scheduling.fair()
    path, key = f"/fairs/{fair}/floor-plan", uid()
    assert (await scheduling.done(path, {"booths": [booth(1)]}, key=key))["revision"] == 1
    assert (await scheduling.done(path, {"booths": [booth(1)]}, key=key))["revision"] == 1
    other = await scheduling.post(path, {"booths": [booth(2)]}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    without = await scheduling.http.post(
        path, json={"booths": [booth(2)]}, headers=scheduling.headers("organiser")
    )
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")
    assert await scheduling.events(f"floor-{fair}") == 1
