"""Documents that the team has seen, or misses, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.replaying.rebuild import compare
from services.registration.app import definition
from tests.integration.registration.running_registration import Registration
from tests.running_service import refusal, uid

LAST_DAY = "2025-09-22"
SEEN = {"document": "onssa_authorisation", "found": "seen", "number": "MIA.7.84.16"}


def path_of(fair_id: str, application_id: str) -> str:
    return f"/fairs/{fair_id}/applications/{application_id}/documents"


async def lacking(registration: Registration, fair_id: str, **query: Any) -> list[tuple[str, str]]:
    found = await registration.all(f"/fairs/{fair_id}/documents", **query)
    return [(each["application_id"], each["document"]) for each in found]


async def test_documents_are_noted_replaced_and_taken_back(registration: Registration) -> None:
    fair_id = await registration.call()
    application_id = await registration.apply(fair_id)
    path = path_of(fair_id, application_id)
    key = uid()
    noted = await registration.done(path, SEEN, key=key)
    (document,) = noted["documents"]
    assert (document["state"], document["seen_on"]) == ("seen", "2025-06-01")
    assert (document["number"], document["expires_on"]) == ("MIA.7.84.16", None)
    assert await registration.done(path, SEEN, key=key) == noted
    head = (await registration.get("/status"))["head"]
    assert await registration.done(path, SEEN) == noted
    assert (await registration.get("/status"))["head"] == head

    missing = await registration.done(path, SEEN | {"found": "missing", "number": None})
    (document,) = missing["documents"]
    assert (document["state"], document["seen_on"], document["number"]) == ("missing", None, None)
    await registration.done(path, {"document": "statutes", "found": "seen"})
    await registration.done(path, {"document": "onssa_authorisation", "found": "unknown"})
    left = await registration.get(path)
    assert [each["document"] for each in left["documents"]] == ["statutes"]
    said = await registration.said(f"application-{application_id}", until="DocumentNoteTakenBack")
    assert [name for name, _ in said] == [
        "DocumentSeen",
        "DocumentFoundMissing",
        "DocumentSeen",
        "DocumentNoteTakenBack",
    ]
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []


async def test_the_team_lists_what_is_missing_or_expires_before_the_fair_ends(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    names = ("missing", "early", "in_time", "endless", "rejected")
    ids = {name: await registration.apply(fair_id) for name in names}
    insurance = {"document": "insurance", "found": "seen"}
    for name, body in {
        "missing": {"document": "insurance", "found": "missing"},
        "early": insurance | {"expires_on": "2025-09-21"},
        "in_time": insurance | {"expires_on": LAST_DAY},
        "endless": insurance,
        "rejected": {"document": "insurance", "found": "missing"},
    }.items():
        await registration.done(path_of(fair_id, ids[name]), body)
    await registration.decide(fair_id, ids["rejected"], "reject", "dossier_incomplete")

    wanted = {(ids[name], "insurance") for name in ("missing", "early")}
    assert set(await lacking(registration, fair_id, state="lacking")) == wanted
    expires = await lacking(registration, fair_id, state="expires")
    assert expires == [(ids["early"], "insurance")]
    assert len(await lacking(registration, fair_id)) == 4
    assert await lacking(registration, fair_id, state="lacking", document="statutes") == []
    page = f"/fairs/{fair_id}/documents"
    counted = await registration.get(page, total=True, limit=1, sort="-noted_at", state="seen")
    assert (counted["total"], len(counted["items"])) == (2, 1)
    # The fair is moved, and what was in time then is not any more.
    change = {"reason": "rain", "first_day": "2025-09-18", "last_day": "2025-09-23"}
    await registration.done(f"/fairs/{fair_id}/change", change)
    assert (ids["in_time"], "insurance") in await lacking(registration, fair_id, state="expires")


async def test_an_organisation_sees_what_was_noted_of_its_own_documents(
    registration: Registration,
) -> None:
    fair_id, organisation_id = await registration.call(), await registration.enrol()
    application_id = await registration.apply(fair_id, organisation_id)
    path = path_of(fair_id, application_id)
    await registration.done(path, {"document": "insurance", "found": "missing"})
    own = await registration.get(path, f"exhibitor organisation_id={organisation_id}")
    assert [each["state"] for each in own["documents"]] == ["missing"]
    other = await registration.look(path, f"exhibitor organisation_id={uid()}")
    assert refusal(other) == (404, "application_unknown")
    denied = await registration.look(
        f"/fairs/{fair_id}/documents", f"exhibitor organisation_id={organisation_id}"
    )
    assert denied.status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**SEEN, "seen_on": "2025-06-02"}, 409, "seen_in_future"),
        (
            {"document": "id_card", "found": "seen", "number": "AB.1234"},
            409,
            "document_number_not_kept",
        ),
        (
            {"document": "insurance", "found": "missing", "expires_on": LAST_DAY},
            409,
            "document_not_seen",
        ),
        ({**SEEN, "number": "0612345678"}, 422, "invalid_request"),
        ({**SEEN, "document": "love_letter"}, 422, "invalid_request"),
    ],
    ids=["a day to come", "a person's number", "a missing one", "a phone", "no such document"],
)
async def test_what_cannot_be_noted_is_refused_and_not_stored(
    registration: Registration, body: Any, status: int, code: str
) -> None:
    fair_id = await registration.call()
    path = path_of(fair_id, await registration.apply(fair_id))
    refused = await registration.post(path, body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await registration.get(path))["documents"] == []
    stranger = await registration.post(path_of(fair_id, uid()), SEEN)
    assert refusal(stranger) == (404, "application_unknown")
