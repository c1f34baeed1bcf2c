"""One notifications service, on a database and topics of its own, for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import pytest_asyncio
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS

from chassis.kafka.topics import make_topics
from chassis.postgres.database import migrate
from chassis.process.settings import DEVELOPMENT_ISSUER, ServiceSettings
from cli.issuer import issuer_in
from servers import Stack, create_database, drop_database
from services.notifications.app import definition
from tests.conftest import stack_password, temporary_home
from tests.integration.notifications.at_work import Notifications, at_work, with_topics
from tests.integration.notifications.received import EVE


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def notifications(stack: Stack) -> AsyncGenerator[Notifications]:
    admin, bootstrap = stack.admin_dsn, stack.addresses.bootstrap
    if admin is None:
        pytest.fail("An external stack needs MAARID_ADMIN_DATABASE_URL for these tests.")
    unique = f"notifications_{uuid4().hex[:8]}"
    topics = {topic: f"{unique}.{topic}" for topic in (*EVENT_TOPICS, *COMPACTED_TOPICS)}
    made = with_topics(definition(), topics)
    async with AsyncExitStack() as ends:
        owner_dsn, dsn = await create_database(admin, unique, password=stack_password(admin))
        ends.push_async_callback(drop_database, admin, unique)
        await migrate(owner_dsn, unique, made.migrations)
        await make_topics(
            bootstrap,
            events=[topics[topic] for topic in EVENT_TOPICS],
            compacted=[topics[topic] for topic in COMPACTED_TOPICS],
            partitions=3,
        )
        issuer = issuer_in(ends.enter_context(temporary_home()))
        settings = ServiceSettings(
            database_url=dsn,
            bootstrap_servers=bootstrap,
            environment="development",
            simulated_clock=True,
            issuer=DEVELOPMENT_ISSUER,
            jwks_url=issuer.jwks_url,
        )
        working = at_work(made, settings, owner_dsn, issuer, topics)
        notifications = await ends.enter_async_context(working)
        await notifications.set_clock(EVE)
        yield notifications


@pytest_asyncio.fixture(loop_scope="session")
async def some_days_before(notifications: Notifications) -> Notifications:
    """The clock stands some days before the fairs of the tests."""
    await notifications.set_clock(EVE)
    return notifications
