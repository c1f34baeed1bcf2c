"""Bad rules, ids and roles: refused with a code in three languages, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.registration.running_registration import Registration
from tests.running_service import connected, refusal, uid

LANGUAGES = ("ar", "fr", "en")
RULES = {"terms": [{"of": "women_led", "points": 5}]}
STORED = """
select (select count(*) from log.events), (select count(*) from log.jobs),
       (select count(*) from own.told_apart),
       (select count(*) from read.documents), (select count(*) from read.marks),
       (select count(*) from read.selections)
"""

Case = tuple[str, str, Any, str | None, int, str]
FAIR, APPLICATION, ORGANISATION = "/fairs/{fair}", "{application}", "/organisations/{organisation}"
OF_APPLICATION = f"{FAIR}/applications/{APPLICATION}"
CASES: dict[str, Case] = {
    "a term that is none": (
        "POST", f"{FAIR}/selection/rules", {"terms": [{"of": "beauty", "points": 1}]},
        "organiser", 422, "invalid_request",
    ),
    "points that are no whole number": (
        "POST", f"{FAIR}/selection/rules", {"terms": [{"of": "women_led", "points": 1.5}]},
        "organiser", 422, "invalid_request",
    ),
    "a share over a hundred": (
        "POST", f"{FAIR}/selection/rules",
        {"terms": [], "quotas": [{"of": "women_led", "at_least": 101}]},
        "organiser", 422, "invalid_request",
    ),
    "shares that cannot hold": (
        "POST", f"{FAIR}/selection/rules",
        {
            "terms": [],
            "quotas": [
                {"of": "province", "value": each, "at_least": 60} for each in ("zagora", "tata")
            ],
        },
        "organiser", 422, "shares_over_hundred",
    ),
    "a quota of marks": (
        "POST", f"{FAIR}/selection/rules",
        {"terms": [], "quotas": [{"of": "mark", "value": "quality", "at_least": 1}]},
        "organiser", 422, "quota_impossible",
    ),
    "rules of a fair that there is not": (
        "POST", "/fairs/nowhere/selection/rules", RULES, "organiser", 404, "fair_unknown",
    ),
    "rules by an auditor": (
        "POST", f"{FAIR}/selection/rules", RULES, "auditor", 403, "role_missing",
    ),
    "rules by nobody": ("POST", f"{FAIR}/selection/rules", RULES, None, 401, "token_missing"),
    "a word that is two": (
        "POST", f"{FAIR}/selection/draw", {"word": "two words"},
        "organiser", 422, "invalid_request",
    ),
    "a draw while the call is open": (
        "POST", f"{FAIR}/selection/draw", {"word": "olive"}, "organiser", 409, "call_not_closed",
    ),
    "a run before the draw": (
        "POST", f"{FAIR}/selection/runs", {}, "organiser", 409, "draw_not_held",
    ),
    "a run by an exhibitor": (
        "POST", f"{FAIR}/selection/runs", {}, "exhibitor", 403, "role_missing",
    ),
    "a run that there is not": (
        "POST", f"{FAIR}/selection/publish", {"job_id": "{unknown}"},
        "organiser", 409, "run_unknown",
    ),
    "a run whose id is none": (
        "POST", f"{FAIR}/selection/publish", {"job_id": "7"}, "organiser", 422, "invalid_request",
    ),
    "an adjustment without a reason": (
        "POST", f"{FAIR}/selection/publish",
        {
            "job_id": "{unknown}",
            "adjustments": [{"application_id": "{application}", "chosen": "accepted"}],
        },
        "organiser", 422, "invalid_request",
    ),
    "the cost of an application before the draw": (
        "POST", f"{OF_APPLICATION}/why/cost", None, "organiser", 409, "draw_not_held",
    ),
    "the cost of an application that there is not": (
        "POST", f"{FAIR}/applications/{{unknown}}/why/cost", None,
        "organiser", 404, "application_unknown",
    ),
    "a mark over a hundred": (
        "POST", f"{OF_APPLICATION}/marks", {"criterion": "quality", "mark": 101},
        "organiser", 422, "invalid_request",
    ),
    "a mark on an application that there is not": (
        "POST", f"{FAIR}/applications/{{unknown}}/marks", {"criterion": "quality", "mark": 1},
        "organiser", 404, "application_unknown",
    ),
    "a mark by a steward": (
        "POST", f"{OF_APPLICATION}/marks", {"criterion": "quality", "mark": 1},
        "steward", 403, "role_missing",
    ),
    "a document that is none": (
        "POST", f"{OF_APPLICATION}/documents", {"document": "love_letter", "found": "seen"},
        "organiser", 422, "invalid_request",
    ),
    "a number that may be a person's": (
        "POST", f"{OF_APPLICATION}/documents",
        {"document": "id_card", "found": "seen", "number": "AB.1234"},
        "organiser", 409, "document_number_not_kept",
    ),
    "a document seen on a day to come": (
        "POST", f"{OF_APPLICATION}/documents",
        {"document": "statutes", "found": "seen", "seen_on": "2099-01-01"},
        "organiser", 409, "seen_in_future",
    ),
    "the day of a document that is missing": (
        "POST", f"{OF_APPLICATION}/documents",
        {"document": "statutes", "found": "missing", "seen_on": "2025-05-01"},
        "organiser", 409, "document_not_seen",
    ),
    "a document of an application that there is not": (
        "POST", f"{FAIR}/applications/{{unknown}}/documents",
        {"document": "statutes", "found": "seen"},
        "organiser", 404, "application_unknown",
    ),
    "a document by an exhibitor": (
        "POST", f"{OF_APPLICATION}/documents", {"document": "statutes", "found": "seen"},
        "exhibitor", 403, "role_missing",
    ),
    "documents of a fair that there is not": (
        "GET", "/fairs/nowhere/documents", None, "organiser", 404, "fair_unknown",
    ),
    "documents in a state that is none": (
        "GET", f"{FAIR}/documents?state=lost", None, "organiser", 422, "invalid_request",
    ),
    "told apart from itself": (
        "POST", f"{ORGANISATION}/apart", {"other_id": "{organisation}", "reason": "two_branches"},
        "organiser", 409, "same_organisation",
    ),
    "told apart from nobody": (
        "POST", f"{ORGANISATION}/apart", {"other_id": "{unknown}", "reason": "two_branches"},
        "organiser", 404, "organisation_unknown",
    ),
    "told apart for no reason": (
        "POST", f"{ORGANISATION}/apart", {"other_id": "{unknown}"},
        "organiser", 422, "invalid_request",
    ),
    "told apart by an exhibitor": (
        "POST", f"{ORGANISATION}/apart", {"other_id": "{unknown}", "reason": "two_branches"},
        "exhibitor", 403, "role_missing",
    ),
    "together again, by an auditor": (
        "DELETE", f"{ORGANISATION}/apart/{{unknown}}", None, "auditor", 403, "role_missing",
    ),
}  # fmt: skip


def filled(told: Any, ids: dict[str, str]) -> Any:
    match told:
        case str():
            for name, value in ids.items():
                told = told.replace(f"{{{name}}}", value)
            return told
        case dict():
            return {name: filled(value, ids) for name, value in told.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [filled(value, ids) for value in told]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return told


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The ids of a fair with rules and one application, once they are made."""
    return {}


async def ids_of(registration: Registration, made: dict[str, str]) -> dict[str, str]:
    if not made:
        organisation_id = await registration.enrol()
        fair_id = await registration.call()
        await registration.done(f"/fairs/{fair_id}/selection/rules", RULES)
        made |= {
            "fair": fair_id,
            "organisation": organisation_id,
            "application": await registration.apply(fair_id, organisation_id),
            "unknown": uid(),
        }
    return made


@pytest.mark.parametrize(
    ("method", "path", "body", "role", "status", "code"), CASES.values(), ids=CASES.keys()
)
async def test_it_is_refused_in_three_languages_and_nothing_is_stored(
    registration: Registration,
    made: dict[str, str],
    method: str,
    path: str,
    body: Any,
    role: str | None,
    status: int,
    code: str,
) -> None:
    ids = await ids_of(registration, made)
    told: set[str] = set()
    async with connected(registration.owner_dsn) as db:
        before = await db.fetchrow(STORED)
        for language in LANGUAGES:
            headers = registration.headers(role) | {"accept-language": language}
            if method != "GET":
                headers["idempotency-key"] = uid()
            answer = await registration.http.request(
                method, filled(path, ids), json=filled(body, ids), headers=headers
            )
            assert refusal(answer) == (status, code)
            assert answer.headers["content-language"] == language
            told.add(answer.json()["detail"])
        assert len(told) == len(LANGUAGES)
        assert await db.fetchrow(STORED) == before
