"""One registration process for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest_asyncio

from chassis.database import migrate
from chassis.stack import Stack
from chassis.topics import make_topics
from cli.issuer import issuer_in
from cli.launch import System, free_port, role_of
from services.registration.app import blueprint
from tests.conftest import temporary_home
from tests.integration.registration.at_work import Registration


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def at_work(stack: Stack) -> AsyncGenerator[Registration]:
    addresses = stack.addresses
    await make_topics(addresses.bootstrap)
    await migrate(
        addresses.owner_dsn["registration"],
        role_of(addresses.service_dsn["registration"]),
        blueprint().migrations,
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
