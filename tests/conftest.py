"""Real servers for the tests that need them, started once a run."""

from __future__ import annotations

import gc
import re
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from servers import Stack, StackSettings, create_database, drop_database, start
from services import SERVICES

Databases = Callable[[str], Awaitable[tuple[str, str]]]

# A busy machine is slow, which says nothing about what holds; hence no deadline.
settings.register_profile("maarid", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make check` asks for this one: few examples, to find what is plainly wrong at once.
settings.register_profile(
    "quick", settings.get_profile("maarid"), max_examples=10, derandomize=True
)
settings.load_profile("maarid")

TOLD_SECONDS = 60
"""Folders whose tests take less are not named at the end of a run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that no worker ends long after the others."""
    first = {"system": 0, "integration": 1}
    folder = Path(__file__).parent
    items.sort(key=lambda item: first.get(item.path.relative_to(folder).parts[0], 2))


def pytest_sessionstart() -> None:
    """Look for no garbage while modules are loaded, which stay to the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not among what was loaded."""
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where minutes went: the seconds of each folder's tests, those side by side added up."""
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[str(Path(report.nodeid.partition("::")[0]).parent)] += report.duration
    for folder, took in sorted(seconds.items(), key=lambda each: -each[1]):
        if took >= TOLD_SECONDS:
            terminalreporter.write_line(f"{took:7.0f} s in {folder}")


@contextmanager
def temporary_home() -> Generator[Path]:
    """A directory for an embedded stack.

    Not one of pytest's: each pytest that starts closes their parent to other accounts, and under
    root PostgreSQL runs as another account.
    """
    with tempfile.TemporaryDirectory(prefix="maarid-") as directory:
        yield Path(directory)


@pytest.fixture
def home() -> Generator[Path]:
    """A home for one test's own stack."""
    with temporary_home() as directory:
        yield directory


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncGenerator[Stack]:
    """PostgreSQL with the four services' databases, and Kafka; MAARID_STACK says which."""
    with temporary_home() as directory:
        running = await start(StackSettings(home=directory, kafka_port=0), SERVICES)
        yield running
        await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def database(stack: Stack) -> AsyncGenerator[Databases]:
    """`await database("counter")` makes a database nobody else uses: (owner DSN, service DSN).

    Its roles are `<unique name>_owner` and `<unique name>`; all is dropped after the test.
    """
    async with databases_of(stack) as create:
        yield create


@asynccontextmanager
async def databases_of(stack: Stack) -> AsyncGenerator[Databases]:
    """What makes databases that nobody else uses, and drops them in the end."""
    admin = stack.admin_dsn
    if admin is None:
        pytest.fail("An external stack needs MAARID_ADMIN_DATABASE_URL for these tests.")
    made: list[str] = []

    async def create(name: str) -> tuple[str, str]:
        unique = f"{re.sub(r'[^a-z0-9]', '_', name.lower())[:40]}_{uuid4().hex[:8]}"
        made.append(unique)
        return await create_database(admin, unique, password=stack_password(admin))

    yield create
    for unique in made:
        await drop_database(admin, unique)


def stack_password(admin_dsn: str) -> str | None:
    """A password where the server asks for one; over the embedded one's socket nobody is asked."""
    return None if "?host=" in admin_dsn else uuid4().hex
