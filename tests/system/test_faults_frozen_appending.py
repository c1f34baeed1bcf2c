"""A replica that stands still in the middle of a commit keeps nobody else waiting for long."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import psutil
import pytest

from tests.running_service import uid
from tests.system.breakable_system import BreakableSystem
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

LIMIT = 6.0
SEATS = 500


async def test_a_replica_frozen_while_it_appends_stops_nobody_for_six_seconds(
    breakable: BreakableSystem,
) -> None:
    fair = await breakable.fair()
    same, other = await breakable.workshop(fair, SEATS), await breakable.workshop(fair, SEATS)
    token = breakable.system.token("organiser")
    sold: dict[str, set[str]] = {same: set(), other: set()}
    slowest = 0.0

    async def buy(at: str, session: str) -> None:
        """A seat, under one key until somebody says yes."""
        nonlocal slowest
        wanted = {"attendee_id": uid(), "wait": False}
        headers = {"authorization": f"Bearer {token}", "idempotency-key": uid()}
        while True:
            began = time.monotonic()
            asked = await breakable.http.post(
                f"{at}/workshops/{session}/seats", json=wanted, headers=headers
            )
            slowest = max(slowest, time.monotonic() - began)
            assert asked.status_code in (201, 503), asked.text
            if asked.status_code == 201:
                sold[session].add(asked.json()["seat_id"])
                return

    awake = breakable.system.urls["ticketing"]
    breaking = {"MAARID_BREAK_AT": "desk.appending:2:stop"}
    async with breakable.replica("ticketing", **breaking) as (sleepy, process):
        await buy(sleepy, same)
        asleep = asyncio.create_task(buy(sleepy, same))
        await until(lambda: is_stopped(process.pid), "the replica stands still")
        began = time.monotonic()
        await asyncio.gather(*(buy(awake, session) for session in (same, other) for _ in range(20)))
        assert time.monotonic() - began < LIMIT
        assert slowest < LIMIT
        os.kill(process.pid, signal.SIGCONT)
        # What it was about is carried out once, by itself or when it is asked again.
        await asleep
    assert len(sold[same]) == 22
    events = await breakable.events("ticketing", "seat_reserved.v1")
    for session, seats in sold.items():
        reserved = [event["seat_id"] for event in events if event["session_id"] == session]
        assert sorted(reserved) == sorted(seats)
    await breakable.audited()


def is_stopped(pid: int | None) -> bool:
    return pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED
