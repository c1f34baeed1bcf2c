"""The audit keeps a few bytes of an event, however many there are."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import history
from cli.launch import migrate_all
from servers import StackSettings, start
from services import SERVICES

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

FEW, MORE = 6_000, 18_000
"""Events before the first audit, and between the two."""
GROWTH_MB = 25
"""All events that were added take three times as much as objects."""


def audited(home: Path) -> float:
    """`maarid audit` in a process of its own; returns the most memory that it had, in MB."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from cli.main import app; app()", "audit"],
        env={**os.environ, "MAARID_STACK": "embedded", "MAARID_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1000


TICKETS = (3_000, 12_000)
"""Tickets before the first audit, and between the two; each is scanned three times."""
TICKETS_GROWTH_MB = 25
"""Of 100,000 tickets that would be 210 MB, a fifth of what the audit may take."""


async def test_tickets_that_are_scanned_several_times_take_a_few_bytes_each(home: Path) -> None:
    stack = await start(StackSettings(home=home, stack="embedded", kafka_port=0), SERVICES)
    try:
        await migrate_all(stack.addresses)
        peaks: list[float] = []
        for tickets in TICKETS:
            await history.write(stack.addresses, 1000, tickets=tickets)
            peaks.append(await asyncio.to_thread(audited, home))
    finally:
        await stack.stop()
    assert peaks[1] - peaks[0] < TICKETS_GROWTH_MB, peaks


async def test_four_times_the_events_take_about_the_same_memory(home: Path) -> None:
    stack = await start(StackSettings(home=home, stack="embedded", kafka_port=0), SERVICES)
    try:
        await migrate_all(stack.addresses)
        peaks: list[float] = []
        for events in (FEW, MORE):
            await history.write(stack.addresses, events)
            peaks.append(await asyncio.to_thread(audited, home))
    finally:
        await stack.stop()
    assert peaks[1] - peaks[0] < GROWTH_MB, peaks
