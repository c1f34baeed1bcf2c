"""What must not pass: each is answered with a stable code, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.registration.forms import contact_form, fair_form, organisation_form
from tests.integration.registration.running_registration import DEADLINE, Registration
from tests.running_service import refusal, text, uid


async def head(registration: Registration) -> int:
    return (await registration.get("/status"))["head"]


BAD_FAIRS: dict[str, dict[str, Any]] = {
    "no poles": {"poles": []},
    "an id with capitals": {"fair_id": "Zagora"},
    "an edition in words": {"edition": "2"},
    "an edition that is yes or no": {"edition": True},
    "no edition": {"edition": 0},
    "a zone that there is not": {"timezone": "Africa/Atlantis"},
    "a zone that is a path": {"timezone": "../../etc/passwd"},
    "a zone of no town": {"timezone": "localtime"},
    "an hour with a zone": {"opens_at": "10:00+01:00"},
    "an hour that there is not": {"opens_at": "24:00"},
    "a day that is a number": {"first_day": 1758067200},
    "a day that there is not": {"first_day": "2025-02-30"},
    "a name in one language": {"name": {"fr": "Salon"}},
    "a blank name": {"name": text(" ")},
    "a name too long": {"name": text("x" * 401)},
    "a name that grows in normal form": {"name": text("\ufb2c" * 400)},
    "a name with control characters": {"name": text("Salon\u0007")},
    "a name with a null": {"name": text("Salon\u0000")},
    "a name that turns its direction": {"name": text("Salon \u202e lanoigér")},
    "a field that we do not know": {"organiser": "x"},
    "an area of nothing": {"area_m2": 0},
    "places less than none": {
        "poles": [{"pole_id": "products", "name": text("Produits"), "places": -1}]
    },
}


@pytest.mark.parametrize("wrong", BAD_FAIRS.values(), ids=BAD_FAIRS.keys())
async def test_a_fair_with_a_mistake_is_refused(
    registration: Registration, wrong: dict[str, Any]
) -> None:
    before = await head(registration)
    fair_id = f"zagora-{uid()[:8]}"
    response = await registration.post("/fairs", fair_form(fair_id) | wrong)
    assert refusal(response) == (422, "invalid_request")
    assert response.json()["errors"]
    assert await head(registration) == before
    assert refusal(await registration.look(f"/fairs/{fair_id}")) == (404, "fair_unknown")


REFUSED_FAIRS: dict[str, tuple[dict[str, Any], str]] = {
    "days out of order": ({"last_day": "2025-09-16"}, "days_out_of_order"),
    "hours out of order": ({"closes_at": "09:00"}, "hours_out_of_order"),
    "a pole twice": (
        {"poles": [{"pole_id": "products", "name": text("Produits"), "places": 1}] * 2},
        "pole_twice",
    ),
    "a programme twice": (
        {"programmes": [{"programme_id": "mouazara", "name": text("Mouazara")}] * 2},
        "programme_twice",
    ),
}


@pytest.mark.parametrize(("wrong", "code"), REFUSED_FAIRS.values(), ids=REFUSED_FAIRS.keys())
async def test_a_fair_that_cannot_be_is_refused(
    registration: Registration, wrong: dict[str, Any], code: str
) -> None:
    response = await registration.post("/fairs", fair_form(f"zagora-{uid()[:8]}") | wrong)
    assert refusal(response) == (409, code)


async def test_another_fair_under_the_same_id_is_refused_in_the_callers_language(
    registration: Registration,
) -> None:
    fair_id = await registration.announce()
    headers = registration.headers("organiser") | {"idempotency-key": uid()}
    headers["accept-language"] = "ar-MA, fr;q=0.8"
    response = await registration.http.post(
        "/fairs", json=fair_form(fair_id, edition=3), headers=headers
    )
    assert refusal(response) == (409, "fair_already_announced")
    assert response.headers["content-language"] == "ar"
    assert fair_id in response.json()["detail"]


BAD_BODIES: dict[str, bytes] = {
    "not JSON": b"{",
    "not UTF-8": b'{"reason": "\xff"}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_body_that_is_no_json_is_refused(registration: Registration, body: bytes) -> None:
    headers = registration.headers("organiser") | {"idempotency-key": uid()}
    headers["content-type"] = "application/json"
    response = await registration.http.post("/fairs", content=body, headers=headers)
    assert refusal(response) == (400, "malformed_json")


async def test_a_body_too_large_is_refused(registration: Registration) -> None:
    form = fair_form(f"zagora-{uid()[:8]}", venue=text("x" * 1_100_000))
    assert refusal(await registration.post("/fairs", form)) == (413, "body_too_large")


async def test_a_change_without_a_key_is_refused(registration: Registration) -> None:
    response = await registration.http.post(
        "/fairs", json=fair_form("zagora-2025"), headers=registration.headers("organiser")
    )
    assert refusal(response) == (400, "idempotency_key_missing")


BAD_CONTACTS: dict[str, tuple[dict[str, Any], str]] = {
    "a phone in words": ({"phone": "demain matin"}, "phone_invalid"),
    "a phone too short": ({"phone": "0612"}, "phone_invalid"),
    "a phone of no country": ({"phone": "+999612345678"}, "phone_invalid"),
    "a phone with an extension": ({"phone": "0612345678#12"}, "phone_invalid"),
    "a phone that is a number": ({"phone": 612345678}, "invalid_request"),
    "a name too long": ({"name": "x" * 201}, "invalid_request"),
    "a name that turns its direction": ({"name": "\u202eanitaF"}, "invalid_request"),
    "a language that we do not speak": ({"language": "tlh"}, "invalid_request"),
    "a channel that there is not": ({"channel": "pigeon"}, "invalid_request"),
    "consent in words": ({"consent": "yes"}, "invalid_request"),
    "a role with spaces": ({"role": "vice chair"}, "invalid_request"),
}


@pytest.mark.parametrize(("wrong", "code"), BAD_CONTACTS.values(), ids=BAD_CONTACTS.keys())
async def test_a_contact_with_a_mistake_is_refused_and_not_repeated(
    registration: Registration, wrong: dict[str, Any], code: str
) -> None:
    organisation_id = await registration.enrol()
    before = await head(registration)
    path = f"/organisations/{organisation_id}/contacts"
    response = await registration.post(path, contact_form(**wrong))
    assert refusal(response) == (422, code)
    value = str(next(iter(wrong.values())))
    assert value not in response.text
    assert (await registration.get(path))["items"] == []
    response = await registration.post(
        "/organisations", organisation_form(contact=contact_form(**wrong))
    )
    assert refusal(response) == (422, code)
    assert await head(registration) == before


async def test_a_delegation_from_home_is_refused_and_its_contact_is_not_kept(
    registration: Registration,
) -> None:
    form = organisation_form(kind="foreign_delegation", contact=contact_form())
    response = await registration.post("/organisations", form)
    assert refusal(response) == (409, "foreign_delegation_needs_country")
    answer = await registration.done(
        "/organisations", form | {"country": "SN", "province": "dakar"}
    )
    assert answer["contact_id"]


BAD_APPLICATIONS: dict[str, tuple[dict[str, Any], int, str]] = {
    "a pole that there is not": ({"pole_id": "moon"}, 409, "pole_unknown"),
    "a programme that there is not": ({"programmes": ["moon"]}, 409, "programme_unknown"),
    "more booths than there are": ({"booths": 3}, 409, "more_booths_than_pole"),
    "no booth": ({"booths": 0}, 422, "invalid_request"),
    "half a booth": ({"booths": 1.5}, 422, "invalid_request"),
    "people in words": ({"people": "two"}, 422, "invalid_request"),
    "people less than none": ({"people": -1}, 422, "invalid_request"),
    "a way to take part that there is not": ({"participation": "x"}, 422, "invalid_request"),
    "needs that we do not know": ({"needs": {"sea_view": True}}, 422, "invalid_request"),
    "an area that is not a number": ({"needs": {"min_area_m2": "NaN"}}, 422, "invalid_request"),
    "a family with spaces": (
        {"products": [{"family": "olive oil", "name": text("Huile")}]},
        422,
        "invalid_request",
    ),
    "an organisation that there is not": (
        {"organisation_id": "00000000-0000-4000-8000-000000000000"},
        404,
        "organisation_unknown",
    ),
    "an organisation that is no id": ({"organisation_id": "' or 1=1"}, 422, "invalid_request"),
}


@pytest.mark.parametrize(
    ("wrong", "status", "code"), BAD_APPLICATIONS.values(), ids=BAD_APPLICATIONS.keys()
)
async def test_an_application_with_a_mistake_is_refused(
    registration: Registration, wrong: dict[str, Any], status: int, code: str
) -> None:
    fair_id = await registration.call()
    form = {"organisation_id": await registration.enrol(), "pole_id": "products", "people": 2}
    response = await registration.post(f"/fairs/{fair_id}/applications", form | wrong)
    assert refusal(response) == (status, code)
    assert (await registration.get(f"/fairs/{fair_id}/applications"))["items"] == []


BAD_DEADLINES: dict[str, tuple[Any, int, str]] = {
    "without a zone": ("2025-07-01T18:00:00", 422, "invalid_request"),
    "a day alone": ("2025-07-01", 422, "invalid_request"),
    "a number": (1751392800, 422, "invalid_request"),
    "outside the calendar": ("0001-01-01T00:00:00+14:00", 422, "invalid_request"),
    "in the year 9999": ("9999-12-31T23:59:59-14:00", 422, "invalid_request"),
    "in the past": ("2024-07-01T18:00:00Z", 409, "deadline_passed"),
    "after the doors have closed": ("2025-09-22T22:00:01+01:00", 409, "deadline_after_fair"),
    "after the fair": ("2025-10-01T18:00:00+01:00", 409, "deadline_after_fair"),
}


@pytest.mark.parametrize(
    ("deadline", "status", "code"), BAD_DEADLINES.values(), ids=BAD_DEADLINES.keys()
)
async def test_a_deadline_that_cannot_be_is_refused(
    registration: Registration, deadline: Any, status: int, code: str
) -> None:
    fair_id = await registration.announce()
    response = await registration.post(f"/fairs/{fair_id}/call/open", {"closes_at": deadline})
    assert refusal(response) == (status, code)
    assert (await registration.get(f"/fairs/{fair_id}"))["call_status"] == "not_opened"


async def test_unknown_ids_are_not_found(registration: Registration) -> None:
    fair_id, nobody = await registration.call(), uid()
    reason = {"reason": "selected"}
    deadline = {"closes_at": DEADLINE.isoformat()}
    unknown = f"/fairs/{fair_id}/applications/{nobody}"
    for method, path, body, code in (
        ("GET", "/fairs/atlantis", None, "fair_unknown"),
        ("GET", "/fairs/atlantis/figures", None, "fair_unknown"),
        ("GET", "/fairs/atlantis/exhibitors", None, "fair_unknown"),
        ("GET", "/fairs/atlantis/applications", None, "fair_unknown"),
        ("POST", "/fairs/atlantis/call/open", deadline, "fair_unknown"),
        ("POST", "/fairs/atlantis/call/close", reason, "fair_unknown"),
        ("POST", f"/fairs/atlantis/applications/{nobody}/accept", reason, "fair_unknown"),
        ("GET", unknown, None, "application_unknown"),
        ("POST", f"{unknown}/accept", reason, "application_unknown"),
        ("POST", f"{unknown}/waitlist", reason, "application_unknown"),
        ("POST", f"{unknown}/reject", reason, "application_unknown"),
        ("POST", f"{unknown}/withdraw", reason, "application_unknown"),
        ("GET", f"/organisations/{nobody}", None, "organisation_unknown"),
        ("GET", f"/organisations/{nobody}/contacts", None, "organisation_unknown"),
        ("POST", f"/organisations/{nobody}/contacts", contact_form(), "organisation_unknown"),
        ("DELETE", f"/contacts/{nobody}", None, "contact_unknown"),
        ("POST", f"/contacts/{nobody}/consent", {"consent": True}, "contact_unknown"),
    ):
        response = await registration.send(method, path, body)
        assert refusal(response) == (404, code), (method, path)


async def test_filters_and_ids_that_cannot_be_are_refused(registration: Registration) -> None:
    fair_id = await registration.announce()
    for path in (
        "/fairs/Zagora!",
        "/fairs/zagora%00",
        f"/fairs/{fair_id}/applications?status=lost",
        f"/fairs/{fair_id}/applications?pole_id=%00",
        f"/fairs/{fair_id}/applications?organisation_id=x",
        f"/fairs/{fair_id}/applications?limit=0",
        f"/fairs/{fair_id}/applications?limit=201",
        f"/fairs/{fair_id}/exhibitors?kind=guild",
        f"/fairs/{fair_id}/exhibitors?family=%00",
        "/organisations/not-an-id",
        "/organisations?province=%00",
    ):
        assert refusal(await registration.look(path)) == (422, "invalid_request"), path
    for cursor in ("%%%", "x", "AA=="):
        response = await registration.look(f"/fairs/{fair_id}/applications", after=cursor)
        assert refusal(response)[0] == 422, cursor


async def test_an_exhibitor_does_not_find_what_another_organisation_has(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    own, other = await registration.enrol(), await registration.enrol()
    contact_id = await registration.contact(other)
    application_id = await registration.apply(fair_id, other)
    role = f"exhibitor organisation_id={own}"
    path = f"/fairs/{fair_id}/applications"
    application = {"organisation_id": other, "pole_id": "products", "people": 2}
    correction = {"name": "x", "phone": "0612345678", "language": "fr"}
    for method, where, body, code in (
        ("GET", f"/organisations/{other}", None, "organisation_unknown"),
        ("GET", f"/organisations/{other}/contacts", None, "organisation_unknown"),
        ("POST", f"/organisations/{other}/contacts", contact_form(), "organisation_unknown"),
        ("PUT", f"/contacts/{contact_id}", correction, "contact_unknown"),
        ("POST", f"/contacts/{contact_id}/consent", {"consent": False}, "contact_unknown"),
        ("DELETE", f"/contacts/{contact_id}", None, "contact_unknown"),
        ("POST", path, application, "organisation_unknown"),
        ("GET", f"{path}/{application_id}", None, "application_unknown"),
        ("GET", f"{path}?organisation_id={other}", None, "organisation_unknown"),
        ("POST", f"{path}/{application_id}/withdraw", {"reason": "x"}, "application_unknown"),
    ):
        response = await registration.send(method, where, body, role=role)
        assert refusal(response) == (404, code), (method, where)
    assert (await registration.get(path, role=role))["items"] == []
    assert len((await registration.get(f"/organisations/{other}/contacts"))["items"]) == 1


async def test_an_exhibitor_does_what_is_its_own(registration: Registration) -> None:
    fair_id = await registration.call()
    own = await registration.enrol()
    await registration.apply(fair_id)
    role = f"exhibitor organisation_id={own}"
    path = f"/fairs/{fair_id}/applications"
    body = {"organisation_id": own, "pole_id": "products", "people": 2}
    application_id = (await registration.done(path, body, role=role))["application_id"]
    listed = (await registration.get(path, role=role))["items"]
    assert [item["application_id"] for item in listed] == [application_id]
    contacts = f"/organisations/{own}/contacts"
    contact_id = (await registration.done(contacts, contact_form(), role=role))["contact_id"]
    assert (await registration.get(contacts, role=role))["items"][0]["contact_id"] == contact_id
    answer = await registration.done(
        f"{path}/{application_id}/withdraw", {"reason": "ill"}, role=role
    )
    assert answer["status"] == "withdrawn"


async def test_roles_hold(registration: Registration) -> None:
    fair_id = await registration.announce()
    own = await registration.enrol()
    exhibitor, steward = f"exhibitor organisation_id={own}", f"steward fair_id={fair_id}"
    accept = f"/fairs/{fair_id}/applications/{uid()}/accept"
    for method, path, body, role in (
        ("POST", "/fairs", fair_form("zagora-2030"), exhibitor),
        ("POST", "/fairs", fair_form("zagora-2030"), "auditor"),
        ("POST", accept, {"reason": "selected"}, exhibitor),
        ("POST", accept, {"reason": "selected"}, steward),
        ("POST", "/organisations", organisation_form(), exhibitor),
        ("GET", "/organisations", None, exhibitor),
        ("GET", f"/organisations/{own}/contacts", None, "auditor"),
        ("GET", f"/organisations/{own}/contacts", None, steward),
        ("GET", f"/fairs/{fair_id}/figures", None, exhibitor),
    ):
        response = await registration.send(method, path, body, role=role)
        assert refusal(response) == (403, "role_missing"), (method, path, role)
    nameless = await registration.send("POST", "/fairs", fair_form("zagora-2030"), role=None)
    assert refusal(nameless) == (401, "token_missing")
    homeless = await registration.look(f"/fairs/{fair_id}/applications", role="exhibitor")
    assert refusal(homeless) == (404, "organisation_unknown")
