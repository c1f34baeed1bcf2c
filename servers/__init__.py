"""PostgreSQL and Kafka for one machine: embedded, in containers, or somebody else's.

The embedded servers come from Python wheels and jars: no root, no Docker, no Java needed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from servers.databases import create_database, drop_database
from servers.embedded import EmbeddedStack, running_addresses
from servers.external import create_databases, external_addresses, start_external
from servers.settings import Addresses, Stack, StackError, StackSettings

__all__ = [
    "Addresses",
    "EmbeddedStack",
    "Stack",
    "StackError",
    "StackSettings",
    "create_database",
    "create_databases",
    "drop_database",
    "external_addresses",
    "running",
    "running_addresses",
    "start",
]


async def start(settings: StackSettings, services: Sequence[str]) -> Stack:
    """Start (or find) both servers with a database for each service; StackError if it cannot be."""
    match settings.stack:
        case "embedded":
            stack = EmbeddedStack(settings)
            await stack.start(services)
            return stack
        case "containers":
            # Only tests and tryouts install what containers need.
            try:
                from servers.containers import start_containers
            except ImportError as error:
                raise StackError(
                    f"MAARID_STACK=containers needs {error.name}: run `make setup`."
                ) from error
            return await start_containers(settings, services)
        case "external":
            return await start_external(settings, services)


@asynccontextmanager
async def running(settings: StackSettings, services: Sequence[str]) -> AsyncGenerator[Addresses]:
    """The servers for the time of a block; StackError if they cannot be had."""
    stack = await start(settings, services)
    try:
        yield stack.addresses
    finally:
        await stack.stop()
