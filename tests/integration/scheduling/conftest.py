"""One running scheduling service a module."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from chassis.kafka.topics import make_topics
from chassis.postgres.database import migrate
from chassis.process.settings import DEVELOPMENT_ISSUER, ServiceSettings
from chassis.running.service import create, running
from cli.issuer import issuer_in
from servers import Stack, create_database, drop_database
from services.scheduling.app import definition
from tests.conftest import stack_password, temporary_home
from tests.integration.scheduling.at_work import (
    Scheduling,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scheduling(stack: Stack) -> AsyncGenerator[Scheduling]:
    """The whole service on a database and topics of its own."""
    admin, bootstrap = stack.admin_dsn, stack.addresses.bootstrap
    if admin is None:
        pytest.fail("An external stack needs MAARID_ADMIN_DATABASE_URL for these tests.")
    unique = f"scheduling_{uuid4().hex[:8]}"
    plain = definition()
    heard = f"{unique}.registration"
    made = replace(
        plain,
        event_sourced=replace(plain.log, topic=unique),
        subscriptions=(replace(plain.subscriptions[0], topic=heard),),
    )
    async with AsyncExitStack() as ends:
        owner_dsn, dsn = await create_database(admin, unique, password=stack_password(admin))
        ends.push_async_callback(drop_database, admin, unique)
        await migrate(owner_dsn, unique, made.migrations)
        await make_topics(bootstrap, events=[unique, heard], compacted=[], partitions=3)
        issuer = issuer_in(ends.enter_context(temporary_home()))
        settings = ServiceSettings(
            database_url=dsn,
            bootstrap_servers=bootstrap,
            environment="development",
            issuer=DEVELOPMENT_ISSUER,
            jwks_url=issuer.jwks_url,
        )
        app = create(made, settings)
        runtime = await ends.enter_async_context(running(made, settings, app))
        http = await ends.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://scheduling",
            )
        )
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        await producer.start()
        ends.push_async_callback(producer.stop)
        yield Scheduling(made, owner_dsn, bootstrap, runtime, http, issuer, producer)
