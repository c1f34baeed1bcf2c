"""Ticketing killed between the claim of an exhibitor's time and the seat that it is for."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.ticketing.duty.workers import LAPSE_SECONDS
from tests.running_service import refusal, uid
from tests.system.breakable_system import BreakableSystem, Fair
from tests.waiting import eventually, until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]


class Exhibitor:
    """An organisation with two people at its stand, and what it asks of ticketing."""

    def __init__(self, breakable: BreakableSystem, organisation_id: str, contact_id: str) -> None:
        self._breakable = breakable
        self.organisation_id, self._contact_id = organisation_id, contact_id
        token = breakable.system.token("exhibitor", organisation_id=organisation_id)
        self._headers = {"authorization": f"Bearer {token}"}

    async def ask(self, session_id: str, key: str) -> httpx.Response:
        body = {"attendee_id": self._contact_id, "contact_id": self._contact_id}
        headers = self._headers | {"idempotency-key": key}
        url = f"{self._breakable.system.urls['ticketing']}/workshops/{session_id}/seats"
        return await self._breakable.http.post(url, json=body, headers=headers)

    async def claims(self) -> int:
        query = "select count(*) from duty where organisation_id = $1"
        rows = await self._breakable.rows("ticketing", query, self.organisation_id)
        return rows[0][0]

    async def events(self) -> list[str]:
        query = "select type from log.events where stream like 'duty-%' || $1 order by version"
        rows = await self._breakable.rows("ticketing", query, self.organisation_id)
        return [row["type"] for row in rows]


async def exhibitor(breakable: BreakableSystem, fair: Fair, number: int) -> Exhibitor:
    organisation_id, contact_id = await breakable.enrol(f"06812345{number:02}")
    path = f"/fairs/{fair.fair_id}"
    wish = {"organisation_id": organisation_id, "pole_id": "products", "people": 2}
    made = await breakable.made("registration", f"{path}/applications", wish)
    accept = f"{path}/applications/{made['application_id']}/accept"
    accepted = await breakable.ask("registration", accept, {"reason": "selected"})
    assert accepted.is_success, accepted.text

    async def known() -> list[Any]:
        query = "select 1 from stands join contacts using (organisation_id) where contact_id = $1"
        return await breakable.rows("ticketing", query, contact_id)

    await eventually(known, lambda rows: len(rows) == 1)
    return Exhibitor(breakable, organisation_id, contact_id)


async def test_a_claim_whose_process_was_killed_is_taken_up_by_its_retry_or_lapses(
    breakable: BreakableSystem,
) -> None:
    fair = await breakable.fair()
    closes = {"closes_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    opened = await breakable.ask("registration", f"/fairs/{fair.fair_id}/call/open", closes)
    assert opened.is_success, opened.text
    # Two halls at the same time.
    first, second = await breakable.workshop(fair, 20), await breakable.workshop(fair, 20)
    retrying, silent = [await exhibitor(breakable, fair, number) for number in range(2)]
    keys = {retrying: uid(), silent: uid()}

    async def killed(who: Exhibitor) -> None:
        """Its claim is made, and nothing more; ticketing runs again."""
        await breakable.restart("ticketing", MAARID_BREAK_AT="duty.claimed:1")
        process = breakable.system.processes["ticketing"]
        with pytest.raises(httpx.TransportError):
            await who.ask(first, keys[who])
        await until(lambda: process.pid is None, "ticketing is killed")
        assert process.exit_code == -signal.SIGKILL
        assert await who.claims() == 1
        await breakable.start("ticketing")
        await breakable.system.wait_ready("ticketing")

    # Whoever asks again under the same key gets the seat that the claim is for.
    await killed(retrying)
    seat = await retrying.ask(first, keys[retrying])
    assert seat.status_code == 201, seat.text
    assert (await retrying.events(), await retrying.claims()) == (["duty_claimed.v1"], 1)
    await killed(silent)
    # Whoever does not is free again, and its key is used up.
    await eventually(silent.claims, lambda claims: claims == 0, 3 * LAPSE_SECONDS)
    assert await silent.events() == ["duty_claimed.v1", "duty_released.v1"]
    assert refusal(await silent.ask(first, keys[silent])) == (409, "reservation_lapsed")
    assert (await silent.ask(second, uid())).status_code == 201
    assert refusal(await silent.ask(first, uid())) == (409, "stand_unattended")
    await breakable.audited()


async def test_a_process_frozen_between_claim_and_seat_gets_no_seat_once_its_claim_has_lapsed(
    breakable: BreakableSystem,
) -> None:
    fair = await breakable.fair()
    closes = {"closes_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    await breakable.ask("registration", f"/fairs/{fair.fair_id}/call/open", closes)
    first, second = await breakable.workshop(fair, 20), await breakable.workshop(fair, 20)
    us = await exhibitor(breakable, fair, 10)
    await breakable.restart("ticketing", MAARID_BREAK_AT="duty.claimed:1:stop")
    frozen = breakable.system.processes["ticketing"]
    async with breakable.replica("ticketing"):
        key = uid()
        asking = asyncio.create_task(us.ask(first, key), name="asking")
        await eventually(us.claims, lambda claims: claims == 1)
        await eventually(us.claims, lambda claims: claims == 0, 3 * LAPSE_SECONDS)
        assert frozen.pid is not None
        os.kill(frozen.pid, signal.SIGCONT)
        answer = await asking
        if answer.status_code == 503:
            # The process stood still for longer than its request may take: ask again.
            answer = await us.ask(first, key)
        assert refusal(answer) == (409, "reservation_lapsed")
        assert (await us.ask(second, uid())).status_code == 201
    query = "select count(*) from seats where session_id = $1"
    assert (await breakable.rows("ticketing", query, first))[0][0] == 0
    await breakable.whole()
    await breakable.audited()
