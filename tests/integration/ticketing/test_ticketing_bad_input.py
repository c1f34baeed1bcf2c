"""What is wrong is refused with a code and a sentence, and nothing of it is stored."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.ticketing.running_ticketing import Ticketing
from tests.running_service import refusal, uid


@dataclass
class Place:
    """A fair with a workshop, into which nothing wrong must get."""

    ticketing: Ticketing
    fair: str
    session: str

    async def head(self) -> int:
        return (await self.ticketing.get("/status"))["head"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(ticketing: Ticketing) -> AsyncGenerator[Place]:
    fair = await ticketing.announce()
    yield Place(ticketing, fair, await ticketing.schedule(fair))


SEATS, TICKETS = "/workshops/{session}/seats", "/fairs/{fair}/tickets"
RULES, WALK_INS = "/workshops/{session}/rules", "/workshops/{session}/walk-ins"
TICKET: dict[str, Any] = {"kind": "visitor", "day": "2025-09-17", "party": 2}
UNKNOWN = "0192f5c4-7d3e-7c1a-9a55-ffffffffffff"

WRONG: dict[str, tuple[str, Any, int, str]] = {
    "somebody without an id": (SEATS, {}, 422, "invalid_request"),
    "a name in place of an id": (SEATS, {"attendee_id": "Fatima"}, 422, "invalid_request"),
    "an id with a line break": (SEATS, {"attendee_id": UNKNOWN + "\n"}, 422, "invalid_request"),
    "an id in capitals": (SEATS, {"attendee_id": UNKNOWN.upper()}, 422, "invalid_request"),
    "a field that there is not": (
        SEATS,
        {"attendee_id": UNKNOWN, "name": "made up"},
        422,
        "invalid_request",
    ),
    "a list in place of an object": (SEATS, [UNKNOWN], 422, "invalid_request"),
    "a number in place of an id": (SEATS, {"attendee_id": 7}, 422, "invalid_request"),
    "a workshop that there is not": (
        f"/workshops/{UNKNOWN}/seats",
        {"attendee_id": UNKNOWN},
        404,
        "workshop_unknown",
    ),
    "a workshop whose id is none": (
        "/workshops/marketing/seats",
        {"attendee_id": UNKNOWN},
        422,
        "invalid_request",
    ),
    "a seat that there is not": (f"{SEATS}/{UNKNOWN}/cancel", None, 404, "seat_unknown"),
    "a reason in words": (
        f"{SEATS}/{UNKNOWN}/cancel",
        {"reason": "I am ill."},
        422,
        "invalid_request",
    ),
    "a bound of no places": (RULES, {"places_per_organisation": 0}, 422, "invalid_request"),
    "a bound in words": (RULES, {"places_per_organisation": "4"}, 422, "invalid_request"),
    "a bound of yes": (RULES, {"places_per_organisation": True}, 422, "invalid_request"),
    "a bound of everybody": (RULES, {"places_per_organisation": 10**9}, 422, "invalid_request"),
    "a rule that there is not": (
        RULES,
        {"places_per_organisation": 4, "places": 4},
        422,
        "invalid_request",
    ),
    "seats that are held for ever": (
        RULES,
        {"places_per_organisation": 4, "held": 2},
        422,
        "invalid_request",
    ),
    "an offer of no minutes": (
        RULES,
        {"places_per_organisation": 4, "offer_minutes": 0},
        422,
        "invalid_request",
    ),
    "an opening time without a zone": (
        RULES,
        {"places_per_organisation": 4, "opens_at": "2025-09-18T09:00:00"},
        422,
        "invalid_request",
    ),
    "a group of nobody": (SEATS, {"attendee_id": UNKNOWN, "places": 0}, 422, "invalid_request"),
    "a group of a town": (SEATS, {"attendee_id": UNKNOWN, "places": 61}, 422, "invalid_request"),
    "an answer to nothing": (f"{SEATS}/{UNKNOWN}/accept", None, 404, "seat_unknown"),
    "a scan of nothing": (f"{SEATS}/{UNKNOWN}/attend", None, 404, "seat_unknown"),
    "walk-ins whom nobody counts": (WALK_INS, {"people": "many"}, 422, "invalid_request"),
    "walk-ins to a workshop that there is not": (
        f"/workshops/{UNKNOWN}/walk-ins",
        {"people": 1},
        404,
        "workshop_unknown",
    ),
    "no rules": (RULES, {}, 422, "invalid_request"),
    "rules of a workshop that there is not": (
        f"/workshops/{UNKNOWN}/rules",
        {"places_per_organisation": 4},
        404,
        "workshop_unknown",
    ),
    "a fair that there is not": ("/fairs/nowhere-1999/tickets", TICKET, 404, "fair_unknown"),
    "a fair whose id is none": ("/fairs/../tickets", TICKET, 404, "not_found"),
    "a kind that there is not": (TICKETS, TICKET | {"kind": "vip"}, 422, "invalid_request"),
    "a day that there is not": (TICKETS, TICKET | {"day": "2025-02-30"}, 422, "invalid_request"),
    "a day in the year 1": (TICKETS, TICKET | {"day": "0001-01-01"}, 422, "invalid_request"),
    "a day after all years": (TICKETS, TICKET | {"day": "9999-12-31"}, 422, "invalid_request"),
    "a clock in the year 1": (
        "/clock",
        {"now": "0001-01-01T00:00:00+14:00"},
        422,
        "invalid_request",
    ),
    "a clock after all years": (
        "/clock",
        {"now": "9999-12-31T23:59:59-14:00"},
        422,
        "invalid_request",
    ),
    "a day in seconds": (TICKETS, TICKET | {"day": 1758067200}, 422, "invalid_request"),
    "a party in words": (TICKETS, TICKET | {"party": "2"}, 422, "invalid_request"),
    "a party of yes": (TICKETS, TICKET | {"party": True}, 422, "invalid_request"),
    "a wish to wait in words": (
        SEATS,
        {"attendee_id": UNKNOWN, "wait": "yes"},
        422,
        "invalid_request",
    ),
    "a party of none": (TICKETS, TICKET | {"party": 0}, 422, "invalid_request"),
    "a party of a village": (TICKETS, TICKET | {"party": 61}, 422, "invalid_request"),
    "a party of two and a half": (TICKETS, TICKET | {"party": 2.5}, 422, "invalid_request"),
    "a province that turns text around": (
        TICKETS,
        TICKET | {"province": "zag\u202eora"},
        422,
        "invalid_request",
    ),
    "a province with a null": (TICKETS, TICKET | {"province": "zag\x00"}, 422, "invalid_request"),
    "a ticket that there is not": (
        f"/tickets/{UNKNOWN}/check-in",
        {"gate_id": "gate-north"},
        404,
        "ticket_unknown",
    ),
    "a gate whose id is none": (
        f"/tickets/{UNKNOWN}/check-in",
        {"gate_id": "Gate North"},
        422,
        "invalid_request",
    ),
}


@pytest.mark.parametrize(("path", "body", "status", "code"), WRONG.values(), ids=WRONG)
async def test_a_wrong_request_is_refused_and_not_stored(
    place: Place, path: str, body: Any, status: int, code: str
) -> None:
    before = await place.head()
    path = path.format(session=place.session, fair=place.fair)
    assert refusal(await place.ticketing.post(path, body)) == (status, code)
    assert await place.head() == before


async def test_malformed_and_oversized_bodies_are_refused(place: Place) -> None:
    path = SEATS.format(session=place.session)
    headers = place.ticketing.headers("organiser") | {
        "idempotency-key": uid(),
        "content-type": "application/json",
    }
    before = await place.head()
    for body, expected in (
        (b'{"attendee_id": ', (400, "malformed_json")),
        (b"\xff\xfe", (400, "malformed_json")),
        (b'{"attendee_id": "' + b"a" * 1_100_000 + b'"}', (413, "body_too_large")),
    ):
        answer = await place.ticketing.http.post(path, content=body, headers=headers)
        assert refusal(answer) == expected
    assert await place.head() == before


async def test_a_change_without_an_idempotency_key_is_refused(place: Place) -> None:
    path, who = SEATS.format(session=place.session), {"attendee_id": uid()}
    headers = place.ticketing.headers("organiser")
    answer = await place.ticketing.http.post(path, json=who, headers=headers)
    assert refusal(answer) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    "path",
    ["/fairs/{fair}/figures", SEATS, f"{SEATS}/{UNKNOWN}", f"/tickets/{UNKNOWN}"],
)
async def test_a_caller_without_a_token_sees_only_the_programme(place: Place, path: str) -> None:
    path = path.format(session=place.session, fair=place.fair)
    assert refusal(await place.ticketing.http.get(path)) == (401, "token_missing")
    forged = {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    assert refusal(await place.ticketing.http.get(path, headers=forged)) == (401, "token_invalid")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "day=tomorrow",
        "day=0001-01-01",
        "day=9999-12-31",
        "full=perhaps",
        "after=bm90LWFuLWlk",
        "after=AA%3D%3D",
    ],
)
async def test_lists_refuse_queries_that_they_cannot_read(place: Place, query: str) -> None:
    answer = await place.ticketing.http.get(f"/fairs/{place.fair}/workshops?{query}")
    assert refusal(answer)[0] == 422
