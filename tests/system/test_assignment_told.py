"""A plan that moves three exhibitors rings three telephones."""

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

EXHIBITORS = 4


async def exhibitor(breakable: BreakableSystem, fair: str, number: int) -> tuple[str, str]:
    """An exhibitor of an organisation of its own: (its id, its contact)."""
    organisation_id, contact_id = await breakable.enrol(f"06612347{number:02}")
    wish = {"organisation_id": organisation_id, "pole_id": "products", "people": 1}
    path = f"/fairs/{fair}/applications"
    applied = (await breakable.made("registration", path, wish))["application_id"]
    accept = await breakable.ask("registration", f"{path}/{applied}/accept", {"reason": "selected"})
    assert accept.is_success, accept.text
    return applied, contact_id


async def test_a_plan_that_moves_three_tells_three_and_nobody_of_a_release(
    system: launch.System,
) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        breakable = BreakableSystem(system, cast(EmbeddedStack, system.stack), http)
        fair, first = await breakable.announce()
        path = f"/fairs/{fair}"

        async def got(service: str, path: str) -> Any:
            answer = await breakable.ask(service, path, method="GET")
            assert answer.is_success, answer.text
            return answer.json()

        async def done(what: str, body: object = None) -> Any:
            answer = await breakable.ask("scheduling", path + what, body)
            assert answer.is_success, answer.text
            return answer.json()

        async def draft() -> Any:
            asked = await done("/assignments", {"seconds": 5})
            where = f"{path}/assignments/{asked['draft_id']}"
            return await eventually(
                lambda: got("scheduling", where), lambda found: found["state"] == "done"
            )

        deadline = {"closes_at": (first - timedelta(days=1)).isoformat()}
        opened = await breakable.ask("registration", f"{path}/call/open", deadline)
        assert opened.is_success, opened.text
        contacts = dict([await exhibitor(breakable, fair, each) for each in range(EXHIBITORS)])
        await eventually(
            lambda: breakable.ask("scheduling", f"{path}/exhibitors", method="GET"),
            # Scheduling may not have heard of the fair yet.
            lambda found: found.is_success and len(found.json()["items"]) == EXHIBITORS,
        )
        size = {"pole_id": "products", "y_m": 0.0, "width_m": 3.0, "depth_m": 3.0}
        booths = [
            {"booth_id": f"P-{number:03}", "x_m": 3.0 * number, **size}
            for number in range(1, EXHIBITORS + 1)
        ]
        await done("/floor-plan", {"booths": booths})
        before = await draft()
        await done(f"/assignments/{before['draft_id']}/adopt")

        async def booth_texts() -> dict[str, list[str]]:
            """What stands on each phone about booths, as its holder reads it."""
            found: dict[str, list[str]] = {}
            for contact in contacts.values():
                phone = await breakable.ask("notifications", f"/phones/{contact}", method="GET")
                # Until something was sent, nobody knows the phone.
                items: list[Any] = phone.json()["items"] if phone.is_success else []
                found[contact] = [
                    f"{each['template']}: {each['text']}"
                    for each in items
                    if each["template"].startswith("booth_")
                ]
            return found

        told = await eventually(
            booth_texts, lambda found: all(len(each) == 1 for each in found.values())
        )

        # Three go round, by hand; the fourth stays.
        new = await draft()
        stands = {each["exhibitor_id"]: each["booths"] for each in new["placement"]}
        *three, fourth = sorted(contacts)
        turned = dict(zip(three, [stands[each] for each in (*three[1:], three[0])], strict=True))
        shown: Any = new
        where, version = f"/assignments/{new['draft_id']}", 1
        for who in three:
            body = {"exhibitor_id": who, "expected_version": version}
            await done(f"{where}/free", body)
            version += 1
        for who, held in turned.items():
            body = {"exhibitor_id": who, "booths": held, "expected_version": version}
            shown = await done(f"{where}/place", body)
            version += 1
        assert shown["judged"]["moves"] == 3
        await done(f"{where}/adopt")

        # What is told of the fourth afterwards comes after all that is told of the plan.
        await done(f"/booths/{stands[fourth][0]}/release", {"reason": "by_hand"})
        found = await eventually(
            booth_texts,
            lambda found: len(found[contacts[fourth]]) == len(told[contacts[fourth]]) + 1,
        )
        found = await eventually(
            booth_texts, lambda found: all(len(each) >= 2 for each in found.values())
        )
        for who, held in turned.items():
            _, *more = found[contacts[who]]
            assert [each.partition(":")[0] for each in more] == ["booth_assigned"]
            assert held[0] in more[0]
        assert found[contacts[fourth]][1].startswith("booth_released")
        messages = await got("notifications", f"/messages?fair_id={fair}&limit=200")
        templates = [each["template"] for each in messages["items"]]
        assert templates.count("booth_assigned") == EXHIBITORS + 3
        assert templates.count("booth_released") == 1
        await breakable.audited()
