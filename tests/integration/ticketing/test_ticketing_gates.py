"""Tickets: given out for a day of the fair, let in once, and counted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.ticketing.running_ticketing import FIRST, LAST, Ticketing
from tests.running_service import refusal, uid

NOON = datetime(2025, 9, 17, 11, 0, tzinfo=UTC)


async def test_a_ticket_lets_its_party_in_once_and_says_when_and_where(
    ticketing: Ticketing,
) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST, party=4, province="zagora")
    await ticketing.set_clock(NOON)
    key = uid()
    entered = await ticketing.check_in(ticket, "gate-north", key=key)
    assert entered.status_code == 200
    assert entered.json()["gate_id"] == "gate-north"
    assert entered.json()["checked_in_at"] == "2025-09-17T11:00:00Z"

    retried = await ticketing.check_in(ticket, "gate-north", key=key)
    assert (retried.status_code, retried.json()) == (200, entered.json())
    for gate in ("gate-north", "gate-south"):
        again = await ticketing.check_in(ticket, gate)
        assert refusal(again) == (409, "already_checked_in")
        assert (again.json()["gate"], again.json()["at"]) == (
            "gate-north",
            "2025-09-17T11:00:00+00:00",
        )
    assert (await ticketing.get(f"/fairs/{fair}/figures"))["people_in"] == 4


async def test_scanned_at_four_gates_at_once_it_opens_one(ticketing: Ticketing) -> None:
    ticket = await ticketing.issue(await ticketing.announce(), FIRST)
    await ticketing.set_clock(NOON)
    answers = await asyncio.gather(*(ticketing.check_in(ticket, f"gate-{n}") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_the_day_is_that_of_the_town(ticketing: Ticketing) -> None:
    """Casablanca was at UTC+1: the day of a ticket ends at 23:00 UTC."""
    fair = await ticketing.announce()
    today, tomorrow = [await ticketing.issue(fair, FIRST + timedelta(days=n)) for n in range(2)]
    await ticketing.set_clock(datetime(2025, 9, 17, 22, 59, tzinfo=UTC))
    assert refusal(await ticketing.check_in(tomorrow)) == (409, "wrong_day")
    await ticketing.set_clock(datetime(2025, 9, 17, 23, 0, tzinfo=UTC))
    late = await ticketing.check_in(today)
    assert refusal(late) == (409, "wrong_day")
    assert (late.json()["day"], late.json()["today"]) == ("2025-09-17", "2025-09-18")
    assert (await ticketing.check_in(tomorrow)).status_code == 200


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
async def test_tickets_are_for_days_of_the_fair(ticketing: Ticketing, day: datetime) -> None:
    fair = await ticketing.announce()
    body = {"kind": "guest", "day": day.isoformat(), "party": 1}
    refused = await ticketing.post(f"/fairs/{fair}/tickets", body)
    assert refusal(refused) == (409, "outside_fair")
    assert (await ticketing.get(f"/fairs/{fair}/figures"))["tickets"] == 0


async def test_people_are_counted_by_day_gate_and_province(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    second = FIRST + timedelta(days=1)
    visits = [
        (FIRST, 30, "zagora", "gate-north"),
        (FIRST, 2, "tinghir", "gate-south"),
        (FIRST, 5, None, "gate-north"),
        (second, 7, "zagora", "gate-south"),
    ]
    tickets = [await ticketing.issue(fair, day, n, place) for day, n, place, _ in visits]
    never_came = await ticketing.issue(fair, second, 60, "zagora")
    for ticket, (day, _, _, gate) in zip(tickets, visits, strict=True):
        await ticketing.set_clock(NOON + timedelta(days=(day - FIRST).days))
        assert (await ticketing.check_in(ticket, gate)).status_code == 200
    session = await ticketing.schedule(fair, seats=1, starts_at=NOON + timedelta(days=3))
    await ticketing.schedule(fair, seats=9, starts_at=NOON + timedelta(days=4))
    for _ in range(3):
        await ticketing.reserve(session)
    assert await ticketing.get(f"/fairs/{fair}/figures") == {
        "workshops": 2,
        "workshops_full": 1,
        "seats": 10,
        "seats_reserved": 1,
        "seats_waitlisted": 2,
        **dict.fromkeys(("seats_offered", "seat_offers", "seat_offers_taken"), 0),
        **dict.fromkeys(("seat_offers_lapsed", "no_shows", "attended"), 0),
        **dict.fromkeys(("walk_ins", "over_capacity"), 0),
        "tickets": 5,
        "people_expected": 104,
        "people_expected_by_day": {"2025-09-17": 37, "2025-09-18": 67},
        "people_in": 44,
        "people_in_by_day": {"2025-09-17": 37, "2025-09-18": 7},
        "people_in_by_gate": {"gate-north": 35, "gate-south": 9},
        "people_in_by_province": {"not_said": 5, "tinghir": 2, "zagora": 37},
    }
    assert (await ticketing.get(f"/tickets/{never_came}"))["checked_in_at"] is None


async def test_a_steward_opens_the_gates_of_one_fair(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST)
    await ticketing.set_clock(NOON)
    stranger, steward = "steward fair_id=agadir-2025", f"steward fair_id={fair}"
    assert refusal(await ticketing.check_in(ticket, role=stranger)) == (404, "ticket_unknown")
    assert refusal(await ticketing.look(f"/tickets/{ticket}", stranger)) == (404, "ticket_unknown")
    assert refusal(await ticketing.look(f"/fairs/{fair}/figures", stranger)) == (
        404,
        "fair_unknown",
    )
    body = {"kind": "visitor", "day": FIRST.isoformat(), "party": 1}
    sold = await ticketing.post(f"/fairs/{fair}/tickets", body, role=stranger)
    assert refusal(sold) == (404, "fair_unknown")
    assert (await ticketing.post(f"/fairs/{fair}/tickets", body, role=steward)).status_code == 201
    assert (await ticketing.check_in(ticket, role=steward)).status_code == 200
    for role in ("auditor", "service"):
        assert (await ticketing.get(f"/tickets/{ticket}", role))["party"] == 1
        refused = await ticketing.check_in(ticket, role=role)
        assert refusal(refused) == (403, "role_missing")
