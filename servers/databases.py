"""One database a service: an owner role for migrations, a login role that may only connect."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

_ROLE_SETTINGS = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "5s",
}
"""For whoever logs in as a service; services themselves are stricter
(chassis/postgres/database.py).  They are set again at each `maarid migrate --databases` and at each
start of an embedded stack."""


async def create_database(
    admin_dsn: str,
    service: str,
    *,
    database: str | None = None,
    password: str | None = None,
    owner_password: str | None = None,
) -> tuple[str, str]:
    """Create a service's database and its two roles where missing; answer (owner DSN, service DSN).

    The roles are `<service>_owner`, owner of the database and of everything in it, and `<service>`,
    which may connect and nothing else until a migration grants more. The database is
    `maarid_<service>` unless named. Both roles get the password, where one is given,
    and the owner its own where that is given too.
    """
    owner_password = owner_password or password
    name = database or f"maarid_{service}"
    owner = f"{service}_owner"
    admin = await asyncpg.connect(admin_dsn)
    try:
        await _create_role(admin, owner, owner_password)
        await _create_role(admin, service, password)
        for setting, value in _ROLE_SETTINGS.items():
            await admin.execute(f"alter role {_name(service)} set {setting} = {_text(value)}")
        if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
            # A built-in collation sorts the same on every machine and in every container.
            await admin.execute(
                f"create database {_name(name)} owner {_name(owner)} template template0"
                " encoding 'UTF8' locale 'C' locale_provider builtin builtin_locale 'C.UTF-8'"
            )
        await admin.execute(
            f"revoke all on database {_name(name)} from public;"
            f"grant connect on database {_name(name)} to {_name(service)}"
        )
    finally:
        await admin.close()
    await _let_purge(_in_database(admin_dsn, name), owner)
    return (
        dsn_for(admin_dsn, owner, owner_password, name),
        dsn_for(admin_dsn, service, password, name),
    )


async def _let_purge(dsn: str, owner: str) -> None:
    """Let the owner turn over the server's log (`maarid purge`).

    An administrator who is no superuser may not give that; then a purge says who has to.
    """
    admin = await asyncpg.connect(dsn)
    try:
        with suppress(asyncpg.InsufficientPrivilegeError):
            await admin.execute(
                f"grant pg_checkpoint to {_name(owner)};"
                f"grant execute on function pg_switch_wal(), pg_ls_waldir() to {_name(owner)}"
            )
    finally:
        await admin.close()


async def drop_database(admin_dsn: str, service: str, *, database: str | None = None) -> None:
    """Drop what `create_database` made, cutting the connections that are still open to it."""
    admin = await asyncpg.connect(admin_dsn)
    try:
        name = database or f"maarid_{service}"
        await admin.execute(f"drop database if exists {_name(name)} with (force)")
        for role in (service, f"{service}_owner"):
            await admin.execute(f"drop role if exists {_name(role)}")
    finally:
        await admin.close()


async def _create_role(admin: asyncpg.Connection, role: str, password: str | None) -> None:
    if not await admin.fetchval("select 1 from pg_roles where rolname = $1", role):
        await admin.execute(f"create role {_name(role)} login")
    if password is not None:
        await admin.execute(f"alter role {_name(role)} password {_text(password)}")


def dsn_for(dsn: str, role: str, password: str | None, database: str) -> str:
    """The same server as `dsn`, for another role and database."""
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    secret = f":{quote(password, safe='')}" if password is not None else ""
    netloc = f"{quote(role, safe='')}{secret}@{host}"
    return urlunsplit(("postgresql", netloc, f"/{quote(database, safe='')}", parts.query, ""))


def _in_database(dsn: str, database: str) -> str:
    """The same server and role as `dsn`, for another database."""
    parts = urlsplit(dsn)
    return urlunsplit((*parts[:2], f"/{quote(database, safe='')}", *parts[3:]))


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
