"""One ticketing process for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from chassis.kafka.topics import make_topics
from chassis.postgres.database import migrate
from cli.issuer import issuer_in
from cli.launch import System, free_port, role_of
from servers import Stack
from services.ticketing.app import definition
from tests.integration.ticketing.at_work import Ticketing, Topics


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def at_work(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Ticketing]:
    addresses = stack.addresses
    await make_topics(addresses.bootstrap)
    await migrate(
        addresses.owner_dsn["ticketing"],
        role_of(addresses.service_dsn["ticketing"]),
        definition().migrations,
    )
    home = tmp_path_factory.mktemp("ticketing")
    system = System(
        stack=stack,
        addresses=addresses,
        issuer=issuer_in(home),
        home=home,
        simulated=True,
        ports={"ticketing": free_port()},
    )
    producer = AIOKafkaProducer(bootstrap_servers=addresses.bootstrap, acks="all")
    await producer.start()
    try:
        await system.start_service("ticketing")
        await system.wait_ready("ticketing")
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(
            base_url=system.urls["ticketing"], timeout=30, limits=limits
        ) as http:
            yield Ticketing(system, http, Topics(producer))
    finally:
        await producer.stop()
        await system.stop_services()
