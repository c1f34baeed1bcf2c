"""Connections to a service's own PostgreSQL database, and its migrations."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

SEARCH_PATH = "read, own, log"
CONNECTIONS = 8
"""The most that one process of a service has open."""

TROUBLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,
)
"""Trouble of the infrastructure: it passes, and the same work is tried again."""

RACE: tuple[type[Exception], ...] = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
"""Somebody else was first: the work is decided again on what they left."""


class MigrationError(Exception):
    """A migration cannot be applied; the message says which and what to do."""


async def _plain_reset(connection: object) -> None:
    """Nothing: we change no session state, so a round trip to undo it would be wasted."""


async def open_pool(dsn: str, *, name: str, size: int = CONNECTIONS) -> Pool:
    """A pool of connections whose queries name tables of all three schemas without a prefix."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        command_timeout=30,
        reset=_plain_reset,
        server_settings={
            "search_path": SEARCH_PATH,
            "application_name": name,
            "jit": "off",
        },
    )


@dataclass(frozen=True)
class Migration:
    """One numbered file of plain SQL."""

    id: str
    sql: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_in(folder: Path, prefix: str) -> list[Migration]:
    """The files `NNNN_*.sql` of a folder, in order, each with an id like `scheduling/0001_read`."""
    return [
        Migration(f"{prefix}/{path.stem}", path.read_text("utf-8"))
        for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]


async def migrate(owner_dsn: str, role: str, migrations: Sequence[Migration]) -> list[str]:
    """Apply what is missing, one transaction a file, and grant the service's role its rights.

    Returns the ids that were applied.  Raises MigrationError where an applied file was changed.
    """
    connection = await asyncpg.connect(owner_dsn, server_settings={"search_path": SEARCH_PATH})
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(7021949219)")
            await connection.execute(
                "create schema if not exists log;"
                "create table if not exists log.migrations"
                " (id text primary key, digest text not null, applied_at timestamptz not null"
                " default clock_timestamp())"
            )
        applied: list[str] = []
        for migration in migrations:
            async with connection.transaction():
                await connection.execute("select pg_advisory_xact_lock(7021949219)")
                digest = await connection.fetchval(
                    "select digest from log.migrations where id = $1", migration.id
                )
                if digest == migration.digest:
                    continue
                if digest is not None:
                    raise MigrationError(
                        f"Migration {migration.id} was changed after it had been applied. "
                        "Restore the file, and put the change into a new one."
                    )
                await connection.execute(migration.sql)
                await connection.execute(
                    "insert into log.migrations (id, digest) values ($1, $2)",
                    migration.id,
                    migration.digest,
                )
                applied.append(migration.id)
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(7021949219)")
            await connection.execute(_grants(role))
        return applied
    finally:
        await connection.close()


def _grants(role: str) -> str:
    """The service may add to the log through `log.append` only, and never change it."""
    quoted = '"' + role.replace('"', '""') + '"'
    return f"""
        revoke all on schema public from public;
        grant usage on schema log, read, own to {quoted};
        grant select on all tables in schema log to {quoted};
        grant insert, update, delete
            on log.relay, log.topics, log.heard, log.dead_letters, log.dropped, log.timers,
               log.clock
            to {quoted};
        grant execute on function log.append to {quoted};
        grant select, insert, update, delete on all tables in schema read, own to {quoted};
        grant usage, select on all sequences in schema log, read, own to {quoted};
        alter default privileges in schema read, own
            grant select, insert, update, delete on tables to {quoted};
    """


async def pending_migrations(pool: Pool, migrations: Sequence[Migration]) -> list[str]:
    """The ids of migrations that the database does not have yet."""
    rows = await pool.fetch("select id from log.migrations")
    known = {row["id"] for row in rows}
    return [migration.id for migration in migrations if migration.id not in known]
