"""One registration process for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest_asyncio

from chassis.kafka.topics import make_topics
from chassis.postgres.database import migrate
from cli.issuer import issuer_in
from cli.launch import System, free_port, role_of
from servers import Stack
from services.registration.app import definition
from tests.conftest import temporary_home
from tests.integration.registration.at_work import Registration


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def at_work(stack: Stack) -> AsyncGenerator[Registration]:
    addresses = stack.addresses
    await make_topics(addresses.bootstrap)
    await migrate(
        addresses.owner_dsn["registration"],
        role_of(addresses.service_dsn["registration"]),
        definition().migrations,
    )
    with temporary_home() as home:
        system = System(
            stack=stack,
            addresses=addresses,
            issuer=issuer_in(home),
            home=home,
            simulated=True,
            ports={"registration": free_port()},
        )
        try:
            await system.start_service("registration")
            await system.wait_ready("registration")
            async with httpx.AsyncClient(base_url=system.urls["registration"], timeout=30) as http:
                yield Registration(system, http)
        finally:
            await system.stop_services()
