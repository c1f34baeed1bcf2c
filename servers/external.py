"""Servers that somebody else runs: the environment says where, and we look whether they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import asyncpg

from chassis.process.settings import SettingsError, given
from servers.databases import create_database
from servers.metadata import answers_metadata
from servers.settings import Addresses, StackError, StackSettings


class ExternalStack:
    """Addresses from MAARID_BOOTSTRAP and MAARID_<SERVICE>_[OWNER_]DATABASE_URL[_FILE]."""

    def __init__(self, addresses: Addresses, admin_dsn: str | None) -> None:
        self.addresses = addresses
        self.admin_dsn = admin_dsn

    async def stop(self) -> None:
        """Nothing of ours runs."""


async def start_external(settings: StackSettings, services: Sequence[str]) -> ExternalStack:
    """Check that every address is given and answers; StackError names the first that does not."""
    addresses = external_addresses(settings, services)
    if not await answers_metadata(settings.bootstrap):
        raise StackError(f"No Kafka answers at MAARID_BOOTSTRAP ({settings.bootstrap}).")
    for service in services:
        await _check(f"{_key(service)}_OWNER_DATABASE_URL", addresses.owner_dsn[service])
        await _check(f"{_key(service)}_DATABASE_URL", addresses.service_dsn[service])
    return ExternalStack(addresses, _read(_ADMIN))


def external_addresses(settings: StackSettings, services: Sequence[str]) -> Addresses:
    """The addresses that the environment gives, whether they answer or not; StackError names the
    first that it does not give."""
    if not settings.bootstrap:
        raise StackError("MAARID_STACK=external needs MAARID_BOOTSTRAP (host:port of your Kafka).")
    owner = {service: _given(f"{_key(service)}_OWNER_DATABASE_URL") for service in services}
    login = {service: _given(f"{_key(service)}_DATABASE_URL") for service in services}
    return Addresses(settings.bootstrap, owner, login, None)


async def create_databases(services: Sequence[str]) -> None:
    """Make what databases and roles are missing, as MAARID_ADMIN_DATABASE_URL may.

    The passwords are set to those of the addresses.  Raises StackError where an address names
    another role or database than ours.
    """
    admin = _given(_ADMIN)
    for service in services:
        owner = _given(f"{_key(service)}_OWNER_DATABASE_URL")
        login = _given(f"{_key(service)}_DATABASE_URL")
        for dsn, role in ((owner, f"{service}_owner"), (login, service)):
            parts = urlsplit(dsn)
            if (parts.username, parts.path) != (role, f"/maarid_{service}"):
                raise StackError(
                    f"To be made here, the databases of {service} must be addressed as "
                    f"postgresql://{role}:…@…/maarid_{service}."
                )
        try:
            await create_database(
                admin, service, password=_password(login), owner_password=_password(owner)
            )
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
            raise StackError(f"{_ADMIN} cannot make {service}'s database: {error}") from error


_ADMIN = "MAARID_ADMIN_DATABASE_URL"


def _password(dsn: str) -> str | None:
    password = urlsplit(dsn).password
    return None if password is None else unquote(password)


def _key(service: str) -> str:
    return f"MAARID_{service.upper().replace('-', '_')}"


def _given(variable: str) -> str:
    value = _read(variable)
    if not value:
        raise StackError(f"MAARID_STACK=external needs {variable} (postgresql://…).")
    return value


def _read(variable: str) -> str | None:
    try:
        return given(variable)
    except SettingsError as error:
        raise StackError(str(error)) from None


async def _check(variable: str, dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
        # The address may hold a password, so that only the variable's name is told.
        raise StackError(f"The database of {variable} does not let us in: {error}") from error
    async with asyncio.timeout(10):
        await connection.close()
