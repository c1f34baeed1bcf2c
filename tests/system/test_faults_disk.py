"""Disks that are full: the servers' own, while people work."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from cli import launch
from servers import EmbeddedStack, StackSettings
from tests.running_service import uid
from tests.system.breakable_system import BreakableSystem
from tests.system.load import load
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

DISK_MB = 700
LEFT_BYTES = 256 * 1024


@contextmanager
def small_disk(directory: Path) -> Generator[None]:
    """Mount a small file system on a directory; skip where nobody may."""
    directory.mkdir(exist_ok=True)
    options = f"size={DISK_MB}m,mode=0755"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "maarid-test", str(directory)])
    if mounted.returncode:
        pytest.skip("only root may mount a small file system here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


@contextmanager
def filled(directory: Path) -> Generator[None]:
    """A disk on which next to nothing is free, for the time of a block."""
    filler = directory / "filler"
    free = os.statvfs(directory).f_bavail * os.statvfs(directory).f_frsize
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free - LEFT_BYTES, 1))
    try:
        yield
    finally:
        filler.unlink()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def on_small_disks() -> AsyncGenerator[tuple[BreakableSystem, Path, Path]]:
    """A system with PostgreSQL and Kafka on a small disk each: (it, the one's, the other's)."""
    with tempfile.TemporaryDirectory(prefix="maarid-disk-") as directory:
        home = Path(directory) / "home"
        kafka = home / "kafka"
        settings = StackSettings(home=home, stack="embedded", kafka_port=0)
        with small_disk(home), small_disk(kafka):
            async with (
                launch.system(home, simulated=False, settings=settings) as running,
                httpx.AsyncClient(timeout=30) as http,
            ):
                stack = running.stack
                assert isinstance(stack, EmbeddedStack), "nobody else's servers are killed"
                yield BreakableSystem(running, stack, http), home, kafka


async def test_a_full_disk_of_kafka_stops_no_decision_and_loses_no_event(
    on_small_disks: tuple[BreakableSystem, Path, Path],
) -> None:
    breakable, _, kafka = on_small_disks
    async with load(breakable) as people:
        await people.are_told()
        with filled(kafka):
            # A broker without a log directory ends.
            await until(lambda: breakable.stack.kafka_pid is None, "Kafka ends")
            await people.grows()
        await breakable.stack.start_kafka()
        await people.are_told()
    await breakable.audited()
    await people.kept()


async def test_a_full_disk_of_postgresql_is_answered_with_503_and_loses_no_seat(
    on_small_disks: tuple[BreakableSystem, Path, Path],
) -> None:
    breakable, home, _ = on_small_disks
    headers = {"authorization": f"Bearer {breakable.system.token('organiser')}"}

    async def refused() -> bool:
        person = {"kind": "cooperative", "name": {"ar": "نص" * 40, "fr": "x" * 100}}
        body = {**person, "province": "azilal", "region": "beni-mellal-khenifra"}
        url = breakable.system.urls["registration"] + "/organisations"
        answer = await breakable.http.post(
            url, json=body, headers={**headers, "idempotency-key": uid()}
        )
        assert answer.status_code in (201, 503), answer.text
        return answer.status_code == 503

    async with load(breakable) as people:
        await people.are_told()
        with filled(home):
            await until(refused, "a decision that cannot be stored is refused")
        if breakable.stack.postgres_pid is None:
            await breakable.stack.start_postgres()
        await people.are_told()
    await breakable.audited()
    await people.kept()
