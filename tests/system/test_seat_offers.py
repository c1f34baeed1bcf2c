"""A freed seat is offered by message and answered by message; duty holds from end to end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from cli import launch
from servers import EmbeddedStack
from tests.system.breakable_system import BreakableSystem
from tests.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

MINUTES = 30


async def test_who_waits_is_asked_by_message_and_answers_by_message(system: launch.System) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        breakable = BreakableSystem(system, cast(EmbeddedStack, system.stack), http)
        fair = await breakable.fair()
        # At noon: at night texts wait for the morning.
        now = (fair.first_day - timedelta(days=2)).replace(hour=12)
        for service in system.urls:
            answer = await breakable.ask(service, "/clock", {"now": now.isoformat()})
            assert answer.is_success, answer.text
        session = await breakable.workshop(fair, seats=1)
        path = f"/workshops/{session}"
        rules = {"places_per_organisation": 4, "offer_minutes": MINUTES}
        assert (await breakable.ask("ticketing", f"{path}/rules", rules)).is_success

        async def take(contact: str) -> str:
            body = {"attendee_id": contact, "contact_id": contact}
            return (await breakable.made("ticketing", f"{path}/seats", body))["seat_id"]

        async def shown(seat: str) -> Any:
            answer = await breakable.ask("ticketing", f"{path}/seats/{seat}", method="GET")
            return answer.json()["status"]

        async def becomes(seat: str, status: str) -> None:
            await eventually(lambda: shown(seat), lambda found: found == status)

        async def answered(contact: str, text: str) -> None:
            async def ask() -> httpx.Response:
                body = {"text": text}
                return await breakable.ask("notifications", f"/phones/{contact}/answers", body)

            taken = await eventually(ask, lambda answer: answer.status_code == 200)
            assert taken.json()["answer"] in ("accept", "decline")

        seats = [await take(contact) for contact in fair.contacts[:4]]
        assert (await breakable.ask("ticketing", f"{path}/seats/{seats[0]}/cancel")).is_success
        await becomes(seats[1], "offered")
        await answered(fair.contacts[1], "لا شكرا")
        await becomes(seats[1], "released")

        # The next one has the message and says nothing.
        await becomes(seats[2], "offered")
        started = "select count(*) from log.events where type = 'seat_offer_deadline_set.v1'"
        await eventually(
            lambda: breakable.rows("ticketing", f"{started} and data ->> 'seat_id' = $1", seats[2]),
            lambda rows: rows[0][0] == 1,
        )
        for service in system.urls:
            later = now + timedelta(minutes=MINUTES + 1)
            await breakable.ask(service, "/clock", {"now": later.isoformat()})
        await becomes(seats[2], "released")

        await becomes(seats[3], "offered")
        await answered(fair.contacts[3], "نعم")
        await becomes(seats[3], "reserved")

        async def templates() -> list[str]:
            query = f"/messages?fair_id={fair.fair_id}&limit=200"
            answer = await breakable.ask("notifications", query, method="GET")
            return sorted(each["template"] for each in answer.json()["items"])

        told = sorted(
            [
                *["seat_reserved"] * 2,
                *["seat_waitlisted"] * 3,
                *["seat_offered"] * 3,
                *["seat_released"] * 2,
                "seat_offer_lapsed",
            ]
        )
        await eventually(templates, lambda found: found == told)
        lines = await breakable.audited()
        assert lines["Nobody's stand is left alone, unless a workshop was moved"].holds
