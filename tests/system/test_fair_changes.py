"""A fair that moves and then is called off, through all four services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from cli import launch
from servers import EmbeddedStack
from tests.running_service import text, uid
from tests.system.breakable_system import BreakableSystem
from tests.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


async def test_everybody_hears_that_a_fair_moves_and_that_it_does_not_take_place(
    system: launch.System,
) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        breakable = BreakableSystem(system, cast(EmbeddedStack, system.stack), http)
        fair = await breakable.fair()
        path = f"/fairs/{fair.fair_id}"
        session = await breakable.workshop(fair, seats=1)
        wanted = {"attendee_id": uid(), "contact_id": fair.contacts[0]}
        await breakable.made("ticketing", f"/workshops/{session}/seats", wanted)
        first = fair.first_day.date()
        ticket = {"kind": "visitor", "day": first.isoformat(), "party": 1}
        given = await breakable.made("ticketing", f"{path}/tickets", ticket)

        # Somebody applies, and is accepted.
        person = {
            "name": "شخص مختلق",
            "phone": "0661234599",
            "role": "chair",
            "language": "fr",
            "consent": True,
        }
        organisation = {
            "kind": "cooperative",
            "name": text("Coopérative"),
            "province": "azilal",
            "region": "beni-mellal-khenifra",
            "contact": person,
        }
        enrolled = await breakable.made("registration", "/organisations", organisation)
        deadline = {"closes_at": fair.first_day.isoformat()}
        opened = await breakable.ask("registration", f"{path}/call/open", deadline)
        assert opened.status_code == 200, opened.text
        wish = {"organisation_id": enrolled["organisation_id"], "pole_id": "products", "people": 1}
        applied = await breakable.made("registration", f"{path}/applications", wish)
        accept = f"{path}/applications/{applied['application_id']}/accept"
        assert (await breakable.ask("registration", accept, {"reason": "selected"})).is_success

        async def got(service: str, path: str) -> Any:
            return (await breakable.ask(service, path, method="GET")).json()

        async def told() -> list[str]:
            found = await got("notifications", f"/messages?contact_id={enrolled['contact_id']}")
            return [each["template"] for each in found["items"]]

        # It moves: the session is left outside, the ticket's day falls away, people are told.
        week = timedelta(days=21)
        move = {
            "reason": "bad_weather",
            "first_day": (first + week).isoformat(),
            "last_day": (first + week + timedelta(days=2)).isoformat(),
        }
        assert (await breakable.ask("registration", f"{path}/change", move)).is_success
        outside = await eventually(
            lambda: got("scheduling", f"{path}/sessions?outside=true"),
            lambda found: found["items"],
        )
        assert [(each["session_id"], each["outside"]) for each in outside["items"]] == [
            (session, "days")
        ]

        async def too_early() -> Any:
            gate = {"gate_id": "gate-north"}
            return await breakable.ask("ticketing", f"/tickets/{given['ticket_id']}/check-in", gate)

        await eventually(too_early, lambda answer: answer.json()["code"] == "fair_not_on")
        received = ["application_received", "application_accepted"]
        await eventually(told, lambda found: found == [*received, "fair_changed"])

        # It is called off: its session, its workshop and its seats end with it.
        assert (
            await breakable.ask("registration", f"{path}/cancel", {"reason": "floods"})
        ).is_success
        await eventually(
            lambda: got("scheduling", f"{path}/sessions/{session}"),
            lambda found: found["last_change"] == "fair_cancelled",
        )
        await eventually(
            lambda: got("ticketing", f"/workshops/{session}"),
            lambda found: found["status"] == "cancelled",
        )
        # The end of the session may have been heard before that of its fair.
        await eventually(
            lambda: breakable.ask("ticketing", f"{path}/tickets", ticket),
            lambda answer: answer.json()["code"] == "fair_cancelled",
        )
        await eventually(told, lambda found: found == [*received, "fair_changed", "fair_cancelled"])
        await eventually(
            lambda: got("notifications", f"/messages?contact_id={fair.contacts[0]}"),
            lambda found: (
                [each["template"] for each in found["items"]]
                == ["seat_reserved", "session_cancelled"]
            ),
        )
        await breakable.audited()
