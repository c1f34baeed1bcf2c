"""Servers that somebody else runs: the environment says where, and we look whether they answer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import asyncpg

from chassis.stack.metadata import answers_metadata
from chassis.stack.settings import Addresses, StackError, StackSettings


class ExternalStack:
    """Addresses from MAARID_BOOTSTRAP and MAARID_<SERVICE>_[OWNER_]DATABASE_URL."""

    def __init__(self, addresses: Addresses, admin_dsn: str | None) -> None:
        self.addresses = addresses
        self.admin_dsn = admin_dsn

    async def stop(self) -> None:
        """Nothing of ours runs."""


async def start_external(settings: StackSettings, services: Sequence[str]) -> ExternalStack:
    """Check that every address is given and answers; StackError names the first that does not."""
    if not settings.bootstrap:
        raise StackError("MAARID_STACK=external needs MAARID_BOOTSTRAP (host:port of your Kafka).")
    owner = {service: _given(f"{_key(service)}_OWNER_DATABASE_URL") for service in services}
    login = {service: _given(f"{_key(service)}_DATABASE_URL") for service in services}
    if not await answers_metadata(settings.bootstrap):
        raise StackError(f"No Kafka answers at MAARID_BOOTSTRAP ({settings.bootstrap}).")
    for service in services:
        await _check(f"{_key(service)}_OWNER_DATABASE_URL", owner[service])
        await _check(f"{_key(service)}_DATABASE_URL", login[service])
    addresses = Addresses(settings.bootstrap, owner, login, None)
    return ExternalStack(addresses, os.environ.get("MAARID_ADMIN_DATABASE_URL"))


def _key(service: str) -> str:
    return f"MAARID_{service.upper().replace('-', '_')}"


def _given(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise StackError(f"MAARID_STACK=external needs {variable} (postgresql://…).")
    return value


async def _check(variable: str, dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
        # The address may hold a password, so that only the variable's name is told.
        raise StackError(f"The database of {variable} does not let us in: {error}") from error
    await asyncio.wait_for(connection.close(), 10)
