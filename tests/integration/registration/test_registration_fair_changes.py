"""Fairs that are corrected, moved and called off, and those that are refused at the edge."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.registration.forms import fair_form
from tests.integration.registration.running_registration import DEADLINE, Registration
from tests.running_service import refusal, text, uid

MOVE = {"reason": "bad_weather", "first_day": "2025-09-24", "last_day": "2025-09-29"}
OFF = {"reason": "bad_weather"}


async def head(registration: Registration) -> int:
    return (await registration.get("/status"))["head"]


async def test_a_fair_moves_and_says_what_is_new(registration: Registration) -> None:
    fair_id = await registration.call()
    path, key = f"/fairs/{fair_id}", uid()
    before = await registration.get(path)
    moved = await registration.done(f"{path}/change", MOVE, key=key)
    assert moved == before | {"first_day": "2025-09-24", "last_day": "2025-09-29"}
    assert await registration.get(path, role=None) == moved
    assert await registration.done(f"{path}/change", MOVE, key=key) == moved
    stored = await head(registration)
    assert await registration.done(f"{path}/change", MOVE) == moved
    assert await head(registration) == stored

    corrected: dict[str, Any] = {
        "reason": "typing_error",
        "edition": 3,
        "name": text("Salon du Drâa"),
        "region": text("Drâa"),
        "city": text("Agdz"),
        "venue": text("Place du marché"),
        "timezone": "Europe/Paris",
        "opens_at": "09:00",
        "closes_at": "21:30",
        "area_m2": 5000,
    }
    changed = await registration.done(f"{path}/change", corrected)
    assert (changed["venue"]["fr"], changed["opens_at"]) == ("Place du marché", "09:00:00")
    assert (changed["area_m2"], changed["timezone"]) == (5000, "Europe/Paris")
    assert changed["first_day"] == "2025-09-24"
    # What was asked for before the change goes on.
    await registration.apply(fair_id)
    said = await registration.said(f"fair-{fair_id}", "ApplicationSubmitted")
    assert [name for name, _ in said] == [
        "FairAnnounced",
        "CallOpened",
        "FairChanged",
        "FairChanged",
        "ApplicationSubmitted",
    ]
    assert said[2][1]["changed"] == ["first_day", "last_day"]
    assert (said[2][1]["first_day"], said[2][1]["reason"]) == ("2025-09-24", "bad_weather")
    assert said[3][1]["changed"] == [name for name in said[3][1] if name in corrected][:-1]


async def test_two_organisers_change_different_things_at_once(registration: Registration) -> None:
    fair_id = await registration.announce()
    path = f"/fairs/{fair_id}/change"
    await asyncio.gather(
        registration.done(path, MOVE),
        registration.done(path, {"reason": "typing_error", "venue": text("Ailleurs")}),
        registration.done(path, {"reason": "longer_days", "closes_at": "23:00"}),
    )
    fair = await registration.get(f"/fairs/{fair_id}")
    assert (fair["first_day"], fair["venue"]["fr"], fair["closes_at"]) == (
        "2025-09-24",
        "Ailleurs",
        "23:00:00",
    )


async def test_a_fair_is_called_off_with_its_call_and_nothing_becomes_of_it_any_more(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    path = f"/fairs/{fair_id}"
    exhibitor, pending = await registration.apply(fair_id), await registration.apply(fair_id)
    await registration.decide(fair_id, exhibitor, "accept")
    assert (await registration.get(path))["status"] == "announced"

    answers = await asyncio.gather(*(registration.post(f"{path}/cancel", OFF) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    fair = await registration.get(path, role=None)
    assert (fair["status"], fair["cancelled_because"]) == ("cancelled", "bad_weather")
    assert (fair["call_status"], fair["call_closed_because"]) == ("closed", "fair_cancelled")
    assert (await registration.done(f"{path}/cancel", {"reason": "other"})) == fair

    before = await head(registration)
    one = f"{path}/applications/{pending}"
    application = {
        "organisation_id": await registration.enrol(),
        "pole_id": "products",
        "people": 2,
    }
    deadline = {"closes_at": DEADLINE.isoformat()}
    enrolled = await head(registration)
    for where, body in (
        (f"{path}/change", MOVE),
        (f"{path}/call/open", deadline),
        (f"{path}/applications", application),
        (f"{one}/accept", {"reason": "selected"}),
        (f"{one}/waitlist", {"reason": "no_place"}),
        (f"{one}/reject", {"reason": "incomplete"}),
        (f"{one}/withdraw", {"reason": "ill"}),
        ("/fairs", fair_form(fair_id)),
    ):
        assert refusal(await registration.post(where, body)) == (409, "fair_cancelled"), where
    assert await head(registration) == enrolled == before + 1
    statuses = {
        item["application_id"]: item["status"]
        for item in (await registration.get(f"{path}/applications"))["items"]
    }
    assert statuses == {exhibitor: "accepted", pending: "submitted"}
    said = await registration.said(f"fair-{fair_id}", "FairCancelled")
    assert [name for name, _ in said][-2:] == ["CallClosed", "FairCancelled"]
    assert [name for name, _ in said].count("FairCancelled") == 1


async def test_a_fair_is_not_moved_to_before_the_deadline_of_its_call(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    path = f"/fairs/{fair_id}"
    earlier = {"reason": "earlier", "first_day": "2025-06-10", "last_day": "2025-06-12"}
    response = await registration.post(f"{path}/change", earlier)
    assert refusal(response) == (409, "call_outlives_fair")
    await registration.done(f"{path}/call/close", {"reason": "by_hand"})
    assert (await registration.done(f"{path}/change", earlier))["last_day"] == "2025-06-12"


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "in the year 1": ({"first_day": "0001-09-17", "last_day": "0001-09-22"}, "year_out_of_range"),
    "in the year 9999": ({"last_day": "9999-12-31"}, "year_out_of_range"),
    "for nine years": ({"last_day": "2034-09-22"}, "fair_too_long"),
    "at an hour that is leapt over": (
        {
            "first_day": "2025-03-28",
            "last_day": "2025-03-31",
            "timezone": "Europe/Paris",
            "opens_at": "02:30",
        },
        "hour_not_told",
    ),
}


@pytest.mark.parametrize(("wrong", "code"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
async def test_a_fair_that_nobody_could_come_to_is_refused_in_three_languages_and_not_stored(
    registration: Registration, wrong: dict[str, Any], code: str
) -> None:
    fair_id, new = await registration.announce(), f"zagora-{uid()[:8]}"
    before, stored = await registration.get(f"/fairs/{fair_id}"), await head(registration)
    for path, body in (
        ("/fairs", fair_form(new) | wrong),
        (f"/fairs/{fair_id}/change", {"reason": "typing_error"} | wrong),
    ):
        details: set[str] = set()
        for language in ("ar", "fr", "en"):
            headers = registration.headers("organiser") | {"idempotency-key": uid()}
            headers["accept-language"] = language
            response = await registration.http.post(path, json=body, headers=headers)
            assert refusal(response) == (422, code)
            assert response.headers["content-language"] == language
            details.add(response.json()["detail"])
        assert len(details) == 3
    assert await head(registration) == stored
    assert await registration.get(f"/fairs/{fair_id}") == before
    assert refusal(await registration.look(f"/fairs/{new}")) == (404, "fair_unknown")


BAD_CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {"reason": "typing_error"},
    "nothing but no values": {"reason": "typing_error", "venue": None},
    "no reason": {"edition": 3},
    "a reason in words": {"reason": "It rains.", "edition": 3},
    "its id": {"reason": "typing_error", "fair_id": "zagora-2026"},
    "its poles": {"reason": "typing_error", "poles": []},
    "a zone that there is not": {"reason": "typing_error", "timezone": "Africa/Atlantis"},
    "a zone that is nobody's": {"reason": "typing_error", "timezone": "Factory"},
    "a day that is a number": {"reason": "typing_error", "first_day": 1758067200},
    "a venue in one language": {"reason": "typing_error", "venue": {"fr": "Ici"}},
}


@pytest.mark.parametrize("wrong", BAD_CHANGES.values(), ids=BAD_CHANGES.keys())
async def test_a_change_with_a_mistake_is_refused_and_not_stored(
    registration: Registration, wrong: dict[str, Any]
) -> None:
    fair_id = await registration.announce()
    before = await head(registration)
    response = await registration.post(f"/fairs/{fair_id}/change", wrong)
    assert refusal(response) == (422, "invalid_request")
    assert await head(registration) == before


async def test_only_organisers_change_and_call_off_and_only_fairs_that_there_are(
    registration: Registration,
) -> None:
    fair_id = await registration.announce()
    for what, body in (("change", MOVE), ("cancel", OFF)):
        unknown = await registration.post(f"/fairs/atlantis/{what}", body)
        assert refusal(unknown) == (404, "fair_unknown")
        for role in ("auditor", "service", f"steward fair_id={fair_id}"):
            refused = await registration.post(f"/fairs/{fair_id}/{what}", body, role=role)
            assert refusal(refused) == (403, "role_missing")
    assert (await registration.get(f"/fairs/{fair_id}"))["status"] == "announced"
