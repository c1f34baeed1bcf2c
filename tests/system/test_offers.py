"""A place given back is offered along the waiting list, through registration and notifications."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import pytest

from cli import launch
from servers import EmbeddedStack
from tests.system.breakable_system import BreakableSystem
from tests.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

HOURS = 48


class Team:
    """The organising team, at one fair with two places."""

    def __init__(self, breakable: BreakableSystem, fair_id: str) -> None:
        self._breakable = breakable
        self.path = f"/fairs/{fair_id}"
        self.contacts: dict[str, str] = {}
        """Whom to tell of each application."""

    async def done(self, path: str, body: object = None) -> Any:
        answer = await self._breakable.ask("registration", self.path + path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def apply(self, number: int, *, consent: bool = True) -> str:
        phone = f"06612346{number:02}"
        organisation_id, contact_id = await self._breakable.enrol(phone, consent=consent)
        wish = {"organisation_id": organisation_id, "pole_id": "products", "people": 2}
        application_id = (await self.done("/applications", wish))["application_id"]
        self.contacts[application_id] = contact_id
        return application_id

    async def answers(self, application_id: str, text: str) -> Any:
        """The contact of an application answers the last question on its phone."""
        path = f"/phones/{self.contacts[application_id]}/answers"
        answer = await self._breakable.ask("notifications", path, {"text": text})
        assert answer.status_code == 200, answer.text
        return answer.json()["answer"]

    async def decide(self, application_id: str, what: str) -> Any:
        return await self.done(f"/applications/{application_id}/{what}", {"reason": "selected"})

    async def offers(self) -> list[Any]:
        answer = await self._breakable.ask("registration", f"{self.path}/offers", method="GET")
        return answer.json()["items"]

    async def offer(self, application_id: str, state: str) -> Any:
        """The offer to an application, once it has come so far."""

        async def made() -> list[Any]:
            found = await self.offers()
            return [each for each in found if each["application_id"] == application_id]

        return (await eventually(made, lambda found: [o["state"] for o in found] == [state]))[0]

    async def clock(self, now: datetime) -> None:
        for service in self._breakable.system.urls:
            answer = await self._breakable.ask(service, "/clock", {"now": now.isoformat()})
            assert answer.is_success, answer.text


async def test_an_offer_runs_from_its_delivery_lapses_and_goes_to_the_next(
    system: launch.System,
) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        breakable = BreakableSystem(system, cast(EmbeddedStack, system.stack), http)
        fair_id, first = await breakable.announce(places=2)
        # At noon: at night texts wait for the morning.
        now = (first - timedelta(days=20)).replace(hour=12)
        team = Team(breakable, fair_id)
        await team.clock(now)
        deadline = {"closes_at": (now + timedelta(days=1)).isoformat()}
        await team.done("/call/open", deadline)
        await team.done("/selection/rules", {"terms": [], "offer_hours": HOURS})
        in_, also_in = await team.apply(1), await team.apply(2)
        slow, silent, unwilling = (
            await team.apply(3),
            await team.apply(4, consent=False),
            await team.apply(5),
        )
        for application in (in_, also_in):
            await team.decide(application, "accept")
        for application in (slow, silent, unwilling):
            await team.decide(application, "waitlist")

        # Offered, told, and not answered in time.
        given_back = await team.decide(in_, "withdraw")
        assert (given_back["moved_up"], given_back["offered"]) == ([], [slow])
        offer = await team.offer(slow, "running")
        assert offer["told_by"] == "delivered"
        began, lapses = (datetime.fromisoformat(offer[n]) for n in ("began_at", "lapses_at"))
        assert lapses - began == timedelta(hours=HOURS)
        await team.clock(lapses - timedelta(minutes=1))
        assert [each["state"] for each in await team.offers()] == ["running"]
        await team.clock(lapses)

        # The next agreed to no messages: the team tells it, and it takes the place.
        offer = await team.offer(silent, "unreached")
        assert offer["unreached_because"] == "no_consent"
        told = await team.done(f"/offers/{offer['offer_id']}/told")
        assert (told["state"], told["told_by"]) == ("running", "told")
        accepted = await team.done(f"/offers/{offer['offer_id']}/accept")
        assert accepted["state"] == "accepted"

        # The last one does not want it, and says so on the phone.
        await team.decide(also_in, "withdraw")
        await team.offer(unwilling, "running")
        assert await team.answers(unwilling, "Non merci") == "decline"
        declined = await team.offer(unwilling, "declined")
        assert declined["reason"] == "declined_by_message"
        # Whose time is over is told that it may no longer answer, and the answer changes nothing.
        assert await team.answers(slow, "oui") == "accept"
        states = {each["state"] for each in await team.offers()}
        assert states == {"lapsed", "accepted", "declined"}

        async def templates() -> list[str]:
            path = f"/messages?fair_id={fair_id}&limit=200"
            answer = await breakable.ask("notifications", path, method="GET")
            return [each["template"] for each in answer.json()["items"]]

        wanted = {"place_offered": 3, "offer_lapsed": 1}
        await eventually(
            templates, lambda found: {name: found.count(name) for name in wanted} == wanted
        )
        await breakable.audited()
