"""One running scheduling service a module."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from servers import Stack
from services.scheduling.app import definition
from tests.integration.scheduling.running_scheduling import Scheduling
from tests.running_service import inside


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scheduling(stack: Stack) -> AsyncGenerator[Scheduling]:
    """The whole service on a database and topics of its own."""
    async with inside(Scheduling, definition(), stack) as scheduling:
        yield scheduling
