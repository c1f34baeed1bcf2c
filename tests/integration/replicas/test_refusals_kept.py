"""What was refused under a key is refused under it again, whatever has come about since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Databases
from tests.integration.registration.forms import contact_form, fair_form, organisation_form
from tests.integration.replicas.two_replicas import Replicas, two_of
from tests.running_service import text, uid

ID = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
WHY = {"reason": "selected"}
PERSON = {name: value for name, value in contact_form().items() if name not in ("role", "consent")}
PEOPLE = f"/fairs/nowhere/exhibitors/{ID}/people"
WEARER = {"name": "Nom inventé", "role": "seller"}
BOOTH = {
    "booth_id": "P-001",
    "pole_id": "products",
    "x_m": 0,
    "y_m": 0,
    "width_m": 3,
    "depth_m": 3,
}
SESSION = {
    "kind": "workshop",
    "title": text("Atelier"),
    "topic_code": "marketing",
    "hall_id": "hall",
    "language": "ar",
    "audience": "exhibitors",
    "starts_at": "2090-09-18T10:00:00Z",
    "ends_at": "2090-09-18T11:00:00Z",
    "seats": 10,
}
MOVE = {key: SESSION[key] for key in ("hall_id", "starts_at", "ends_at")} | {"reason": "moved"}
PLACE = {key: SESSION[key] for key in ("hall_id", "starts_at")}
DRAFT = f"/fairs/nowhere/assignments/{ID}"
OF_DRAFT = {"exhibitor_id": ID, "expected_version": 1}
APPLICATION = {"organisation_id": ID, "pole_id": "products", "people": 2}

CAMPAIGN = {"fair_id": "nowhere", "code": "badges", "texts": text("Badges")}

# A change of what nobody knows, for every route that may be refused so: a fair can always be
# announced and an organisation enrolled.
ROUTES: dict[str, list[tuple[str, str, Any]]] = {
    "registration": [
        ("POST", "/fairs/nowhere/call/open", {"closes_at": "2090-07-31T18:00:00Z"}),
        ("POST", "/fairs/nowhere/call/close", WHY),
        ("POST", "/fairs/nowhere/change", {**WHY, "edition": 2}),
        ("POST", "/fairs/nowhere/cancel", WHY),
        ("POST", "/fairs/nowhere/applications", APPLICATION),
        *(
            ("POST", f"/fairs/nowhere/applications/{ID}/{what}", WHY)
            for what in ("accept", "waitlist", "reject", "withdraw")
        ),
        ("POST", f"/fairs/nowhere/applications/{ID}/change", {**WHY, "people": 3}),
        ("POST", f"/organisations/{ID}/correct", {**WHY, "founded": 2012}),
        ("POST", f"/organisations/{ID}/merge", {**WHY, "into": ID}),
        ("POST", f"/organisations/{ID}/unmerge", WHY),
        ("POST", f"/organisations/{ID}/apart", {**WHY, "other_id": uid()}),
        (
            "POST",
            f"/fairs/nowhere/applications/{ID}/marks",
            {"criterion": "quality", "mark": 1},
        ),
        (
            "POST",
            f"/fairs/nowhere/applications/{ID}/documents",
            {"document": "statutes", "found": "seen"},
        ),
        ("POST", f"/fairs/nowhere/applications/{ID}/why/cost", None),
        ("POST", "/fairs/nowhere/selection/rules", {"terms": []}),
        ("POST", "/fairs/nowhere/selection/draw", {"word": "olive"}),
        ("POST", "/fairs/nowhere/selection/runs", {}),
        ("POST", "/fairs/nowhere/selection/publish", {"job_id": ID}),
        ("POST", f"/fairs/nowhere/offers/{ID}/accept", None),
        ("POST", f"/fairs/nowhere/offers/{ID}/decline", WHY),
        ("POST", f"/fairs/nowhere/offers/{ID}/told", None),
        ("POST", f"/organisations/{ID}/contacts", contact_form()),
        ("PUT", f"/contacts/{ID}", PERSON),
        ("POST", f"/contacts/{ID}/consent", {"consent": True}),
        ("DELETE", f"/contacts/{ID}", None),
        ("POST", "/fairs/nowhere/intakes", "Nom;Province"),
        ("POST", f"/fairs/nowhere/intakes/{ID}/import", {}),
        ("DELETE", f"/fairs/nowhere/intakes/{ID}", None),
        ("POST", PEOPLE, WEARER),
        ("PUT", f"{PEOPLE}/{ID}", {"name": "Nom inventé"}),
        ("POST", f"{PEOPLE}/{ID}/replace", WEARER),
        ("POST", f"{PEOPLE}/{ID}/remove", {"reason": "ill"}),
        ("DELETE", f"{PEOPLE}/{ID}", None),
    ],
    "scheduling": [
        ("POST", "/fairs/nowhere/floor-plan", {"booths": [BOOTH]}),
        ("POST", "/fairs/nowhere/drawings", "rows = []"),
        ("POST", "/fairs/nowhere/booths/swap", {"first": "P-001", "second": "P-002"}),
        ("POST", "/fairs/nowhere/booths/first-fit", {}),
        ("POST", "/fairs/nowhere/booths/P-001/assign", {"exhibitor_id": ID}),
        ("POST", "/fairs/nowhere/booths/P-001/release", {"reason": "by_hand"}),
        ("POST", "/fairs/nowhere/assignment/rules", {}),
        ("POST", "/fairs/nowhere/assignment/rules.toml", None),
        ("POST", "/fairs/nowhere/assignments", {}),
        ("POST", f"{DRAFT}/stop", None),
        ("POST", f"{DRAFT}/place", {**OF_DRAFT, "booths": ["P-001"]}),
        ("POST", f"{DRAFT}/free", OF_DRAFT),
        ("POST", f"{DRAFT}/lock", OF_DRAFT),
        ("POST", f"{DRAFT}/adopt", None),
        ("DELETE", DRAFT, None),
        ("POST", "/fairs/nowhere/swaps", {"booth_id": "P-001", "for_booth_id": "P-002"}),
        ("POST", f"/fairs/nowhere/swaps/{ID}/agree", None),
        ("POST", f"/fairs/nowhere/swaps/{ID}/withdraw", None),
        ("POST", "/fairs/nowhere/booths/P-001/set-up", None),
        ("POST", "/fairs/nowhere/booths/P-001/set-up/take-back", {}),
        ("POST", "/fairs/nowhere/halls", {"hall_id": "tent", "name": text("Salle"), "capacity": 4}),
        ("POST", "/fairs/nowhere/sessions", SESSION),
        ("POST", f"/fairs/nowhere/sessions/{ID}/reschedule", MOVE),
        ("POST", f"/fairs/nowhere/sessions/{ID}/cancel", WHY),
        ("POST", "/fairs/nowhere/programme/rules", {}),
        ("POST", "/fairs/nowhere/timetables", {}),
        ("POST", f"/fairs/nowhere/timetables/{ID}/runs", {}),
        ("POST", f"/fairs/nowhere/timetables/{ID}/sessions/{ID}/place", PLACE),
        ("POST", f"/fairs/nowhere/timetables/{ID}/sessions/{ID}/free", None),
        ("POST", f"/fairs/nowhere/timetables/{ID}/publish", None),
        ("DELETE", f"/fairs/nowhere/timetables/{ID}", None),
    ],
    "ticketing": [
        (
            "POST",
            "/fairs/nowhere/tickets",
            {"kind": "pupils", "day": "2090-09-18", "party": 28},
        ),
        ("POST", f"/tickets/{ID}/check-in", {"gate_id": "gate-north"}),
        ("POST", f"/workshops/{ID}/rules", {"places_per_organisation": 4}),
        ("POST", f"/workshops/{ID}/seats", {"attendee_id": ID}),
        ("POST", f"/workshops/{ID}/seats/{ID}/cancel", WHY),
        ("POST", f"/workshops/{ID}/seats/{ID}/accept", None),
        ("POST", f"/workshops/{ID}/seats/{ID}/decline", WHY),
        ("POST", f"/workshops/{ID}/seats/{ID}/attend", None),
        ("POST", f"/workshops/{ID}/walk-ins", {"people": 2}),
    ],
    "notifications": [
        ("POST", "/campaigns", CAMPAIGN),
        ("POST", f"/campaigns/{ID}/preview", {"contact_id": ID}),
        *(
            ("POST", f"/campaigns/{ID}/{what}", None)
            for what in ("start", "pause", "resume", "stop")
        ),
        ("POST", f"/fairs/nowhere/calls/{ID}", {"outcome": "reached"}),
        ("POST", f"/fairs/nowhere/answers/{ID}", {}),
        ("POST", f"/phones/{ID}/answers", {"text": "call me"}),
        ("POST", f"/phones/{ID}/answers", {"text": "STOP"}),
    ],
}


@pytest.mark.parametrize("service", ROUTES)
async def test_every_refusal_is_kept_under_its_key(
    database: Databases, home: Path, service: str
) -> None:
    async with two_of(service, database, home) as replicas:
        for method, path, body in ROUTES[service]:
            key = uid()
            # Exhibitors alone change places with each other.
            role = f"exhibitor organisation_id={ID}" if "/swaps" in path else "organiser"
            first = await replicas.send(0, method, path, body, key=key, role=role)
            assert first.status_code == 404, first.text
            row = await replicas.kept(key, role.partition(" ")[0])
            assert row is not None, f"{path} has kept nothing"
            assert row["refusal"] == first.json()["code"]
            again = await replicas.send(1, method, path, body, key=key, role=role)
            assert (again.status_code, again.json()) == (404, first.json())
            # The key stands for this request alone.
            elsewhere = path.replace("nowhere", "elsewhere").replace(ID, uid())
            said = {**body, "fair_id": "elsewhere"} if elsewhere == path else body
            other = await replicas.send(0, method, elsewhere, said, key=key, role=role)
            assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_is_refused_alike_when_the_exhibitor_has_come(
    database: Databases, home: Path
) -> None:
    async with two_of("scheduling", database, home) as replicas:
        await replicas.owner.execute(
            "insert into fairs (fair_id, timezone, first_day, last_day, poles) values"
            " ('zagora', 'Africa/Casablanca', '2090-09-17', '2090-09-22', '{products}')"
        )
        plan = await replicas.send(
            0, "POST", "/fairs/zagora/floor-plan", {"booths": [BOOTH]}, key=uid()
        )
        assert plan.is_success, plan.text
        path, body, key = "/fairs/zagora/booths/P-001/assign", {"exhibitor_id": ID}, uid()
        refused = await replicas.send(0, "POST", path, body, key=key)
        assert (refused.status_code, refused.json()["code"]) == (404, "exhibitor_unknown")
        await replicas.owner.execute(
            "insert into exhibitors (exhibitor_id, fair_id, organisation_id, partner, pole_id,"
            " booths, families, electricity, water, corner, step_free, min_area_m2, programmes)"
            " values ($1, 'zagora', $1, false, 'products', 1, '{}', false, false, false, false, 0,"
            " '{}')",
            ID,
        )
        for at in (0, 1):
            again = await replicas.send(at, "POST", path, body, key=key)
            assert (again.status_code, again.json()) == (404, refused.json())
        assert await holder(replicas) is None
        anew = await replicas.send(1, "POST", path, body, key=uid())
        assert anew.status_code == 200, anew.text
        assert await holder(replicas) == ID


async def holder(replicas: Replicas) -> str | None:
    return await replicas.owner.fetchval("select exhibitor_id from booths")


async def test_a_contact_that_was_unknown_is_not_erased_later(
    database: Databases, home: Path
) -> None:
    async with two_of("registration", database, home) as replicas:
        body = organisation_form(contact=contact_form())
        enrolled = (await replicas.send(0, "POST", "/organisations", body, key=uid())).json()
        path, key = f"/contacts/{enrolled['contact_id']}", uid()
        stranger = f"exhibitor organisation_id={ID}"
        refused = await replicas.send(0, "DELETE", path, key=key, role=stranger)
        assert refused.status_code == 404
        # By the time of the retry the same person speaks for the organisation.
        owner = f"exhibitor organisation_id={enrolled['organisation_id']}"
        again = await replicas.send(1, "DELETE", path, key=key, role=owner)
        assert (again.status_code, again.json()) == (404, refused.json())
        assert await replicas.owner.fetchval("select name from own.contacts") is not None
        assert (await replicas.send(1, "DELETE", path, key=uid(), role=owner)).status_code == 204
        assert await replicas.owner.fetchval("select name from own.contacts") is None


async def test_an_invalid_or_forbidden_request_keeps_no_key(
    database: Databases, home: Path
) -> None:
    async with two_of("registration", database, home) as replicas:
        key = uid()
        wrong = contact_form(phone="0612")
        body = organisation_form(contact=wrong)
        invalid = await replicas.send(0, "POST", "/organisations", body, key=key)
        assert (invalid.status_code, invalid.json()["code"]) == (422, "phone_invalid")
        forbidden = await replicas.send(0, "POST", "/organisations", body, key=key, role="auditor")
        assert forbidden.status_code == 403
        assert await replicas.owner.fetchval("select count(*) from log.outcomes") == 0
        mended = await replicas.send(0, "POST", "/organisations", organisation_form(), key=key)
        assert mended.status_code == 201


async def test_a_refusal_that_cannot_be_kept_is_not_given(database: Databases, home: Path) -> None:
    async with two_of("registration", database, home) as replicas:
        path, body, key = "/fairs/later/call/open", {"closes_at": "2090-07-31T18:00:00Z"}, uid()
        await replicas.both[0].desk.stop()
        away = await replicas.send(0, "POST", path, body, key=key)
        assert away.status_code == 503
        made = await replicas.send(1, "POST", "/fairs", later(), key=uid())
        assert made.status_code == 201, made.text
        assert (await replicas.send(1, "POST", path, body, key=key)).status_code == 200


def later() -> dict[str, Any]:
    return fair_form("later", first_day="2090-09-17", last_day="2090-09-22")
