"""How a command finds the servers: those that `maarid up` keeps running, or its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from servers import (
    Addresses,
    StackSettings,
    external_addresses,
    running,
    running_addresses,
)
from services import SERVICES


@asynccontextmanager
async def addresses() -> AsyncGenerator[Addresses]:
    """Addresses of the running stack; where none runs on this home, one for the time of a block.

    Raises StackError with what to do.
    """
    settings = StackSettings()
    if settings.stack == "embedded" and (found := running_addresses(settings)) is not None:
        yield found
        return
    async with running(settings, SERVICES) as own:
        yield own


@asynccontextmanager
async def addresses_as_given() -> AsyncGenerator[Addresses]:
    """As `addresses`, but of an external stack nobody looks whether every server answers."""
    settings = StackSettings()
    if settings.stack == "external":
        yield external_addresses(settings, SERVICES)
        return
    async with addresses() as found:
        yield found
