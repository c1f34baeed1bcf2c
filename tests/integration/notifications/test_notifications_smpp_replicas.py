"""Two processes and one account at an SMSC: one speaks, and where it dies the other does."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cli.launch import free_port
from servers import Stack
from servers.kafka import some_free_port
from services.notifications.networks.workers import LEASE_SECONDS, RENEW_SECONDS
from tests.integration.notifications.peers import node
from tests.integration.notifications.received import announced, assigned
from tests.integration.notifications.test_notifications_kills import CLAIMS_LAPSE, contacts_of
from tests.running_service import ServiceProcess, connected, process_of, uid
from tests.waiting import eventually

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

CROWD, A_SECOND = 240, 40
BEGUN = 60
"""The holder is killed when so many texts are at the SMSC."""
FATES = """
select m.arguments ->> 'booth' as booth, m.status, s.waits_for
  from read.messages as m left join own.sending as s using (message_id) where m.fair_id = $1
"""
REQUESTED = "select count(*) from read.messages where fair_id = $1"
NOT_TAKEN = "select count(*) from own.attempts where fair_id = $1 and outcome = 'not_taken'"


async def test_one_process_speaks_with_the_smsc_and_the_other_when_it_is_killed(
    stack: Stack, tmp_path: Path
) -> None:
    port, control = some_free_port(), some_free_port()

    async def look() -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"http://127.0.0.1:{control}/look")).json()

    async def sessions() -> int:
        return (await look())["sessions"]

    async def booths() -> Counter[str]:
        """How often the text about each booth came."""
        words = (part["text"].split() for part in (await look())["submitted"])
        return Counter(word.rstrip(".") for each in words for word in each if "B-" in word)

    settings = {
        "MAARID_NETWORKS": f"smpp@{A_SECOND}",
        "MAARID_SMPP_ADDRESS": f"127.0.0.1:{port}",
        "MAARID_SMPP_SYSTEM_ID": "maarid",
        "MAARID_SMPP_PASSWORD": "secret-7",
        "MAARID_SMPP_SENDER": "Maarid",
    }
    with node(control, "smsc.mjs", str(port), str(control)):
        async with process_of(ServiceProcess, "notifications", stack) as running:
            first = running.system
            second = replace(
                first, home=tmp_path, ports={"notifications": free_port()}, processes={}
            )
            await first.stop_services()
            holder = await first.start_service("notifications", **settings)
            await first.wait_ready("notifications")
            await eventually(sessions, lambda count: count == 1)
            await second.start_service("notifications", **settings)
            try:
                await second.wait_ready("notifications")
                fair = f"ouarzazate-{uid()[:8]}"
                await running.hear(f"fair-{fair}", announced(fair))
                contacts = await contacts_of(running, CROWD)
                for number, contact in enumerate(contacts):
                    fact = assigned(fair, contact, f"B-{number:03}")
                    now = datetime.now(UTC)
                    await running.hear(f"floor-{fair}-{contact}", fact, occurred_at=now)
                came = await eventually(booths, lambda came: len(came) >= BEGUN)
                assert len(came) < CROWD
                assert await sessions() == 1
                async with connected(running.owner_dsn) as db:
                    await eventually(
                        lambda: db.fetchval(REQUESTED, fair), lambda count: count == CROWD
                    )
                    # The other process has not tried what it could not send.
                    assert await db.fetchval(NOT_TAKEN, fair) == 0
                    assert holder.pid is not None
                    psutil.Process(holder.pid).kill()
                    killed = time.monotonic()
                    await eventually(sessions, lambda count: count == 0)
                    await eventually(sessions, lambda count: count == 1)
                    assert time.monotonic() - killed < LEASE_SECONDS + RENEW_SECONDS + 5
                    await db.execute(CLAIMS_LAPSE)

                    async def fates() -> dict[str, str]:
                        """What became of each: `sent`, or what it waits for."""
                        rows = await db.fetch(FATES, fair)
                        return {row["booth"]: row["waits_for"] or row["status"] for row in rows}

                    told = await eventually(
                        fates, lambda told: set(told.values()) <= {"sent", "unknown"}
                    )
                came = await booths()
                assert set(came.values()) == {1}, "a text was sent twice"
                assert {booth for booth, fate in told.items() if fate == "sent"} <= set(came)
                # Of those that were on their way nobody knows; they are few, and none is forgotten.
                unknown = {booth for booth, fate in told.items() if fate == "unknown"}
                assert len(told) == CROWD
                assert set(told) - unknown == set(came) - unknown
                assert len(unknown) < CROWD // 4
                assert len(came) > CROWD - len(unknown) - 1
                assert await asyncio.wait_for(sessions(), 10) == 1
            finally:
                await second.stop_services()
