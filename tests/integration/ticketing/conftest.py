"""One ticketing process for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from servers import Stack
from tests.integration.ticketing.running_ticketing import Ticketing
from tests.running_service import process_of


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def ticketing(stack: Stack) -> AsyncGenerator[Ticketing]:
    async with process_of(Ticketing, "ticketing", stack) as ticketing:
        yield ticketing
