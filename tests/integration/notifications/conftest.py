"""One notifications service, on a database and topics of its own, for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest_asyncio

from chassis.process.tasks import end
from servers import Stack
from services.notifications.app import definition
from tests.integration.notifications.received import EVE
from tests.integration.notifications.running_notifications import OTHER_WORKERS, Notifications
from tests.running_service import inside


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def notifications(stack: Stack) -> AsyncGenerator[Notifications]:
    without_sender = replace(definition(), workers=OTHER_WORKERS)
    async with inside(Notifications, without_sender, stack, simulated_clock=True) as notifications:
        await notifications.set_clock(EVE)
        yield notifications
        await end(notifications.sender)


@pytest_asyncio.fixture(loop_scope="session")
async def some_days_before(notifications: Notifications) -> Notifications:
    """The clock stands some days before the fairs of the tests."""
    await notifications.set_clock(EVE)
    return notifications
