"""One registration process for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from servers import Stack
from tests.integration.registration.running_registration import Registration
from tests.running_service import process_of


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def registration(stack: Stack) -> AsyncGenerator[Registration]:
    async with process_of(Registration, "registration", stack) as registration:
        yield registration
