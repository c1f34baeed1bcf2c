"""The whole system, started once a run: servers and the four services as processes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest_asyncio

from cli import launch
from servers import EmbeddedStack, StackSettings
from tests.system.breakable_system import BreakableSystem


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system() -> AsyncGenerator[launch.System]:
    """A system on an empty home, whose clock is moved by the test that plays on it."""
    with tempfile.TemporaryDirectory(prefix="maarid-system-") as directory:
        home = Path(directory)
        settings = StackSettings(home=home, kafka_port=0)
        async with launch.system(home, simulated=True, settings=settings) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broken() -> AsyncGenerator[BreakableSystem]:
    """A system that one module's tests break as they like; its clock is the wall's."""
    with tempfile.TemporaryDirectory(prefix="maarid-faults-") as directory:
        home = Path(directory)
        settings = StackSettings(home=home, stack="embedded", kafka_port=0)
        limits = httpx.Limits(max_connections=None)
        async with (
            launch.system(home, simulated=False, settings=settings) as running,
            httpx.AsyncClient(timeout=30, limits=limits) as http,
        ):
            stack = running.stack
            assert isinstance(stack, EmbeddedStack), "nobody else's servers are killed"
            yield BreakableSystem(running, stack, http)


@pytest_asyncio.fixture(loop_scope="session")
async def breakable(broken: BreakableSystem) -> AsyncGenerator[BreakableSystem]:
    """The system that tests break, whole at the beginning of a test and after it."""
    yield broken
    await broken.whole()
