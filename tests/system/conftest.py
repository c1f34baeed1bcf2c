"""The whole system, started once for all tests of this folder: servers and four services."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest_asyncio

from cli import launch
from servers import StackSettings
from tests.system.breakable_system import BreakableSystem, breakable_system


# A system that nobody needs any more ends with the last test of this folder, not with the run: four
# services and two servers that wait for work take an eighth of a core.
@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def system() -> AsyncGenerator[launch.System]:
    """A system on an empty home, whose clock is moved by the test that plays on it."""
    with tempfile.TemporaryDirectory(prefix="maarid-system-") as directory:
        home = Path(directory)
        settings = StackSettings(home=home, kafka_port=0)
        async with launch.system(home, simulated=True, settings=settings) as running:
            yield running


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def broken() -> AsyncGenerator[BreakableSystem]:
    """A system that all fault tests break, each of which leaves it whole and audits it.

    A file whose tests leave what others would trip over has one of its own.
    """
    async with breakable_system() as breakable:
        yield breakable


@pytest_asyncio.fixture(loop_scope="session")
async def breakable(broken: BreakableSystem) -> AsyncGenerator[BreakableSystem]:
    """The system that tests break, whole at the beginning of a test and after it."""
    yield broken
    await broken.whole()
