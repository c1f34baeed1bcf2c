"""A timetable from its draft to the programme, over HTTP, with the solver in its child process."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from icalendar import Calendar

from chassis.replaying.rebuild import compare
from services.scheduling.timetable import rows
from tests.integration.scheduling.forms import hall, session
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import refusal, uid
from tests.waiting import eventually

DAYS = [f"2025-09-{day}" for day in range(17, 23)]


def times(day: str, begins: str, ends: str, **more: Any) -> dict[str, Any]:
    return {"day": day, "begins": begins, "ends": ends, **more}


RULES = {
    "hours": [times(day, "10:00", "19:00") for day in DAYS],
    "breaks": [times(day, "12:30", "14:00", reason="prayer") for day in DAYS],
    "halls": [{"hall_id": "tent", "equipment": ["projector"], "neighbours": ["room"]}],
}


def wanted(topic: str = "marketing", **more: Any) -> dict[str, Any]:
    """A session that is to be placed."""
    of_a_session = session("", "")
    plain = {key: of_a_session[key] for key in ("kind", "title", "language", "audience")}
    return {**plain, "topic_code": topic, "minutes": 90, "seats": 20, **more}


async def planned(scheduling: Scheduling) -> str:
    """A fair with two halls and rules."""
    fair = await scheduling.fair()
    await scheduling.done(f"/fairs/{fair}/halls", hall())
    await scheduling.done(f"/fairs/{fair}/halls", hall("room", 20))
    await scheduling.done(f"/fairs/{fair}/programme/rules", RULES)
    return fair


async def ended(scheduling: Scheduling, job_id: str) -> Any:
    path = f"/jobs/{job_id}"
    return await eventually(lambda: scheduling.get(path), lambda job: job["ended_at"] is not None)


async def run(scheduling: Scheduling, draft: str, **more: Any) -> Any:
    """The draft after a run."""
    answer = await scheduling.done(f"{draft}/runs", {"seconds": 3, **more})
    job = await ended(scheduling, answer["job_id"])
    assert job["state"] == "done", job
    return await scheduling.get(draft)


async def drafted(scheduling: Scheduling, fair: str, **body: Any) -> tuple[str, Any]:
    made = await scheduling.done(f"/fairs/{fair}/timetables", body)
    return f"/fairs/{fair}/timetables/{made['timetable_id']}", made


SIX = [wanted(topic, days=[DAYS[0]]) for topic in ("marketing", "investment", "quality") * 2]


async def test_a_draft_is_run_published_and_only_its_differences_are_told(
    scheduling: Scheduling,
) -> None:
    fair = await planned(scheduling)
    speaker = uid()
    sessions = [
        *({**each, "speakers": [speaker]} for each in SIX[:2]),
        *SIX[2:],
        wanted("opening", silences="everywhere", requires=["projector"], seats=None),
    ]
    wishes = [{"topics": ["marketing", "quality"], "exhibitors": 10}]
    draft, made = await drafted(scheduling, fair, sessions=sessions, wishes=wishes)
    assert {each["code"] for each in made["faults"]} == {"timetable_incomplete"}
    early = await scheduling.post(f"{draft}/publish")
    assert refusal(early) == (409, "timetable_incomplete")
    done = await run(scheduling, draft)
    assert done["faults"] == []
    assert done["worth"]["seats"] == 1000
    computed = done["computed"]
    assert done["worth"]["points"] == computed["objective"] <= computed["bound"]
    # No session is public, and nobody has been told anything.
    assert await scheduling.all(f"/fairs/{fair}/sessions") == []
    key = uid()
    published = await scheduling.done(f"{draft}/publish", key=key)
    assert (published["version"], published["scheduled"]) == (1, 7)
    assert published["solver"] == computed["solver"]
    assert await scheduling.done(f"{draft}/publish", key=key) == published
    shown = await scheduling.all(f"/fairs/{fair}/sessions")
    assert {each["session_id"]: each["starts_at"] for each in shown} == {
        each["session_id"]: each["place"]["starts_at"] for each in done["sessions"]
    }
    assert not await scheduling.all(f"/fairs/{fair}/sessions", outside="true")
    # A draft that moves three of seven tells of three.
    ids = [each["session_id"] for each in shown]
    second, _ = await drafted(scheduling, fair, moving=ids[:4])
    before = await scheduling.events(f"programme-{fair}")
    for number, session_id in enumerate(ids[:3]):
        place = {"hall_id": "tent", "starts_at": f"2025-09-2{number}T10:00:00+01:00"}
        await scheduling.done(f"{second}/sessions/{session_id}/place", place)
    published = await scheduling.done(f"{second}/publish")
    assert (published["version"], published["rescheduled"]) == (2, 3)
    types = await scheduling.all_types(f"programme-{fair}")
    assert types[before:] == [*["SessionRescheduled.v1"] * 3, "ProgrammePublished.v1"]
    said = await scheduling.published(f"programme-{fair}")
    assert {data["session_id"] for _, data in said[before:-1]} == set(ids[:3])
    again = await scheduling.done(f"{second}/publish")
    assert again["version"] == 2
    assert await scheduling.events(f"programme-{fair}") == before + 4
    assert await compare(scheduling.definition, scheduling.owner_dsn, scheduling.bootstrap) == []


async def test_what_came_between_is_named_and_nothing_is_published(
    scheduling: Scheduling,
) -> None:
    fair = await planned(scheduling)
    draft, _ = await drafted(scheduling, fair, sessions=SIX[:1])
    done = await run(scheduling, draft)
    place = done["sessions"][0]["place"]
    body = session(place["starts_at"], place["ends_at"], hall_id=place["hall_id"])
    quicker = await scheduling.done(f"/fairs/{fair}/sessions", body)
    refused = await scheduling.post(f"{draft}/publish")
    assert refusal(refused) == (409, "hall_taken")
    assert refused.json()["session"] == quicker["session_id"]
    faults = (await scheduling.get(draft))["faults"]
    assert [each["code"] for each in faults] == ["hall_taken"]
    # Somebody moves, and then calls off, what another draft would move.
    path = f"/fairs/{fair}/sessions/{quicker['session_id']}"
    second, _ = await drafted(scheduling, fair, moving=[quicker["session_id"]])
    moved = {"hall_id": "tent", "reason": "rain"} | {
        "starts_at": "2025-09-22T10:00:00+01:00",
        "ends_at": "2025-09-22T11:00:00+01:00",
    }
    await scheduling.done(f"{path}/reschedule", moved)
    assert refusal(await scheduling.post(f"{second}/publish")) == (409, "session_changed")
    await scheduling.done(f"{path}/cancel", {"reason": "rain"})
    assert refusal(await scheduling.post(f"{second}/publish")) == (409, "session_cancelled")
    assert (await scheduling.get(f"/fairs/{fair}/programme", role=None))["version"] == 0


async def test_two_who_publish_at_once_publish_once(scheduling: Scheduling) -> None:
    fair = await planned(scheduling)
    draft, _ = await drafted(scheduling, fair, sessions=SIX)
    rival, _ = await drafted(scheduling, fair, sessions=SIX[:3])
    await run(scheduling, draft)
    await run(scheduling, rival)
    paths = [f"{draft}/publish", f"{draft}/publish", f"{rival}/publish"]
    answers = await asyncio.gather(*(scheduling.post(path) for path in paths))
    assert sorted(answer.status_code for answer in answers) in ([200, 200, 409], [200, 409, 409])
    assert (await scheduling.get(f"/fairs/{fair}/programme", role=None))["version"] == 1


async def test_changes_by_hand_tell_their_cost_or_why_they_may_not_be(
    scheduling: Scheduling,
) -> None:
    fair = await planned(scheduling)
    preferring = wanted(
        requires=["projector"], preferred=[times(DAYS[1], "10:00", "12:30")], weight=3
    )
    draft, made = await drafted(scheduling, fair, sessions=[preferring, wanted("quality")])
    await run(scheduling, draft)
    path = f"{draft}/sessions/{made['sessions'][0]['session_id']}"

    def at(hour: str, day: str = DAYS[1], hall_id: str = "tent", **more: Any) -> dict[str, Any]:
        return {"hall_id": hall_id, "starts_at": f"{day}T{hour}:00+01:00", **more}

    for body, code in (
        (at("12:00"), "in_a_break"),
        (at("09:00"), "outside_programme_hours"),
        (at("10:00", hall_id="room"), "equipment_missing"),
        (at("10:00", hall_id="garden"), "hall_unknown"),
        (at("10:00", "2025-09-25"), "outside_fair"),
    ):
        refused = await scheduling.post(f"{path}/place", body)
        assert refusal(refused)[1] == code
        assert (await scheduling.get(draft))["revision"] == 2
    shown = await scheduling.done(f"{path}/place", at("15:00", only_show=True))
    assert shown["cost"] == 30
    assert (await scheduling.get(draft))["revision"] == 2
    done = await scheduling.done(f"{path}/place", at("15:00"))
    assert (done["cost"], done["timetable"]["revision"]) == (30, 3)
    assert done["timetable"]["sessions"][0]["locked"]
    # What is locked, a run leaves where it is.
    after = await run(scheduling, draft)
    assert after["sessions"][0]["place"]["starts_at"] == "2025-09-18T14:00:00Z"
    freed = await scheduling.done(f"{path}/free")
    assert freed["timetable"]["sessions"][0]["place"] is None
    again = await run(scheduling, draft)
    assert again["worth"]["preferences"] == 30
    gone = await scheduling.send("DELETE", draft)
    assert gone.status_code == 204
    assert refusal(await scheduling.look(draft)) == (404, "timetable_unknown")


async def test_an_impossible_draft_names_a_few_sessions_and_what_would_help(
    scheduling: Scheduling,
) -> None:
    fair = await planned(scheduling)
    busy = uid()
    # One speaker for four sessions of 150 minutes on one day, of which two hold before the break.
    long = [wanted(minutes=150, days=[DAYS[0]], speakers=[busy]) for _ in range(4)]
    draft, _ = await drafted(scheduling, fair, sessions=[*long, wanted("quality")])
    answer = await scheduling.done(f"{draft}/runs", {"seconds": 3})
    job = await ended(scheduling, answer["job_id"])
    conflict = (await scheduling.get(draft))["conflict"]
    assert conflict == job["result"]["conflict"]
    assert len(conflict["sessions"]) == 4
    assert {"speakers", "allowed_days"} <= set(conflict["reasons"])
    alone, made = await drafted(scheduling, fair, sessions=[wanted(minutes=400)])
    await run(scheduling, alone)
    conflict = (await scheduling.get(alone))["conflict"]
    assert conflict["sessions"] == [made["sessions"][0]["session_id"]]
    assert "in_a_break" in conflict["reasons"]


async def test_a_run_that_is_stopped_keeps_the_best(scheduling: Scheduling) -> None:
    fair = await planned(scheduling)
    topics = [f"topic_{number}" for number in range(10)]
    sessions = [wanted(topic, minutes=60) for topic in topics for _ in range(6)]
    pairs = list(combinations(topics, 2))
    wishes = [{"topics": pair, "exhibitors": 3 + at % 7} for at, pair in enumerate(pairs)]
    draft, _ = await drafted(scheduling, fair, sessions=sessions, wishes=wishes)
    answer = await scheduling.done(f"{draft}/runs", {"seconds": 100})
    path = f"/jobs/{answer['job_id']}"
    await eventually(
        lambda: scheduling.get(path), lambda job: job["progress_code"].startswith("searching:")
    )
    await scheduling.done(f"{path}/stop")
    job = await ended(scheduling, answer["job_id"])
    assert job["state"] == "done"
    done = await scheduling.get(draft)
    assert (done["faults"], done["revision"]) == ([], 2)
    assert done["computed"]["proven"] is False


async def test_a_draft_that_was_changed_meanwhile_is_not_overwritten(
    scheduling: Scheduling,
) -> None:
    fair = await planned(scheduling)
    draft, made = await drafted(scheduling, fair, sessions=SIX[:2])
    key = made["sessions"][0]["session_id"]
    answer = await scheduling.done(f"{draft}/runs", {"seconds": 1})
    body = {"hall_id": "tent", "starts_at": f"{DAYS[0]}T17:00:00+01:00"}
    await scheduling.done(f"{draft}/sessions/{key}/place", body)
    job = await ended(scheduling, answer["job_id"])
    assert job["state"] == "done"
    shown = await scheduling.get(draft)
    assert shown["sessions"][0]["place"]["starts_at"] == "2025-09-17T16:00:00Z"
    assert shown["sessions"][1]["place"] is None


async def test_rules_published_later_list_what_does_not_keep_them(
    scheduling: Scheduling,
) -> None:
    fair = await scheduling.fair()
    path, speaker = f"/fairs/{fair}/sessions", uid()
    await scheduling.done(f"/fairs/{fair}/halls", hall())
    at = (f"{DAYS[0]}T12:00:00+01:00", f"{DAYS[0]}T13:00:00+01:00")
    body = session(*at, speakers=[speaker])
    made = await scheduling.done(path, body)
    rules = f"/fairs/{fair}/programme/rules"
    other = [times(DAYS[1], "10:00", "12:00")]
    for number, (shrunken, outside, code) in enumerate(
        (
            ({"hours": other}, "programme_hours", "outside_programme_hours"),
            ({"breaks": [times(DAYS[0], "12:30", "14:00", reason="meal")]}, "break", "in_a_break"),
            ({"halls": [{"hall_id": "tent", "available": other}]}, "hall", "hall_unavailable"),
            (
                {"speakers": [{"speaker": speaker, "available": other}]},
                "speaker",
                "speaker_unavailable",
            ),
        ),
        1,
    ):
        assert (await scheduling.done(rules, shrunken))["rules_revision"] == number
        [listed] = await scheduling.all(path, outside="true")
        assert (listed["session_id"], listed["outside"]) == (made["session_id"], outside)
        refused = await scheduling.post(path, body | {"topic_code": "again"})
        assert refusal(refused) == (409, code)
    await scheduling.done(rules, {})
    assert await scheduling.all(path, outside="true") == []
    for wrong, code in (
        ({"breaks": [times(DAYS[0], "14:00", "12:30", reason="meal")]}, "window_ends_"),
        ({"halls": [{"hall_id": "garden"}]}, "hall_unknown"),
        ({"halls": [{"hall_id": "tent"}] * 2}, "named_twice"),
        ({"hours": [times("2025-02-30", "10:00", "12:00")]}, "invalid_request"),
    ):
        refused = await scheduling.post(rules, wrong)
        assert refusal(refused)[1].startswith(code)
    assert (await scheduling.get(rules))["rules_revision"] == 5


async def test_a_telephone_that_subscribes_sees_what_moves_and_what_is_called_off(
    scheduling: Scheduling,
) -> None:
    fair = await planned(scheduling)
    trainer, colleague, elsewhere = [
        await scheduling.register(fair, organisation_id=organisation_id)
        for organisation_id in (2 * [uid()] + [uid()])
    ]
    assert trainer.contact_id is not None
    speaker, path = trainer.contact_id, f"/fairs/{fair}/sessions"
    at = (f"{DAYS[0]}T10:00:00+01:00", f"{DAYS[0]}T11:00:00+01:00")
    one = await scheduling.done(path, session(*at, speakers=[speaker]))
    await scheduling.done(path, session(*at, hall_id="room", topic_code="export"))
    calendar = f"/fairs/{fair}/programme.ics"

    async def events(**query: str) -> list[dict[str, str]]:
        answer = await scheduling.http.get(calendar, params=query)
        assert answer.headers["content-type"].startswith("text/calendar")
        parsed = Calendar.from_ical(answer.content)
        names = ("UID", "STATUS", "SEQUENCE", "LOCATION")
        return [{name: str(each[name]) for name in names} for each in parsed.walk("VEVENT")]

    uids = {f"{one['session_id']}@maarid"}
    assert len(await events()) == 2
    for query in (
        {"hall_id": "tent"},
        {"speaker": speaker},
        {"topic_code": "marketing"},
        {"exhibitor_id": trainer.exhibitor_id},
        {"exhibitor_id": colleague.exhibitor_id},
    ):
        [found] = await events(**query)
        assert ({found["UID"]}, found["SEQUENCE"]) == (uids, "0")
    assert await events(audience="women") == []
    assert await events(exhibitor_id=elsewhere.exhibitor_id) == []
    first = await scheduling.look(calendar, None)
    same = await scheduling.http.get(calendar, headers={"if-none-match": first.headers["etag"]})
    assert same.status_code == 304
    move = {"hall_id": "tent", "reason": "rain"} | {
        "starts_at": f"{DAYS[1]}T10:00:00+01:00",
        "ends_at": f"{DAYS[1]}T11:00:00+01:00",
    }
    await scheduling.done(f"{path}/{one['session_id']}/reschedule", move)
    [found] = await events(speaker=speaker, language="fr")
    assert (found["SEQUENCE"], found["LOCATION"]) == ("1", "Tente")
    await scheduling.done(f"{path}/{one['session_id']}/cancel", {"reason": "rain"})
    [found] = await events(speaker=speaker)
    assert (found["SEQUENCE"], found["STATUS"]) == ("2", "CANCELLED")
    changed = await scheduling.http.get(calendar, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


BAD: list[tuple[dict[str, Any], str]] = [
    ({"sessions": [{"kind": "workshop"}]}, "invalid_request"),
    ({"sessions": [wanted(minutes=721)]}, "invalid_request"),
    ({"sessions": [wanted(kind="circus")]}, "invalid_request"),
    ({"sessions": [wanted(halls=["garden"])]}, "hall_unknown"),
    ({"sessions": [wanted()] * 201}, "invalid_request"),
    ({"moving": ["0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"]}, "session_unknown"),
    ({"dropping": ["0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"]}, "session_unknown"),
    ({"wishes": [{"topics": []}]}, "invalid_request"),
    ({"wishes": [{"topics": ["marketing"], "people": 0}]}, "invalid_request"),
    ({"step_minutes": 7}, "invalid_request"),
    ({"names": ["Amina"]}, "invalid_request"),
]


@pytest.mark.parametrize(
    ("body", "code"), BAD, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_draft_that_nobody_could_place_is_refused_and_not_kept(
    scheduling: Scheduling, body: dict[str, Any], code: str
) -> None:
    fair = await planned(scheduling)
    refused = await scheduling.post(f"/fairs/{fair}/timetables", body)
    assert refusal(refused)[1] == code
    assert await scheduling.all(f"/fairs/{fair}/timetables", "organiser") == []


async def test_drafts_are_listed_counted_and_asked_for_once(scheduling: Scheduling) -> None:
    fair = await planned(scheduling)
    path, key = f"/fairs/{fair}/timetables", uid()
    made = await scheduling.done(path, {"sessions": SIX[:2]}, key=key)
    assert (await scheduling.done(path, {"sessions": SIX[:2]}, key=key)) == made
    other = await scheduling.post(path, {"sessions": SIX[:1]}, key=key)
    assert refusal(other) == (422, "idempotency_key_reused")
    await scheduling.done(path, {"sessions": SIX})
    page = await scheduling.get(path, sort="-created_at", total="true", limit=1)
    assert (page["total"], page["items"][0]["sessions"], page["items"][0]["placed"]) == (2, 6, 0)
    listed = await scheduling.all(path, "organiser", limit=1)
    assert {each["timetable_id"] for each in listed} >= {made["timetable_id"]}
    run = f"{path}/{made['timetable_id']}/runs"
    assert refusal(await scheduling.post(run, {"seconds": 121}))[1] == "invalid_request"
    for role in ("exhibitor organisation_id=x", "steward fair_id=x", "auditor"):
        assert refusal(await scheduling.post(path, {}, role=role)) == (403, "role_missing")


async def test_a_draft_is_kept_for_thirty_days(scheduling: Scheduling) -> None:
    fair = await planned(scheduling)
    path, made = await drafted(scheduling, fair, sessions=SIX[:1])
    begun = datetime.fromisoformat(made["created_at"])
    await rows.prune(scheduling.runtime.pool, begun + rows.KEPT)
    assert (await scheduling.look(path)).status_code == 200
    await rows.prune(scheduling.runtime.pool, begun + rows.KEPT + timedelta(seconds=1))
    assert refusal(await scheduling.look(path)) == (404, "timetable_unknown")
