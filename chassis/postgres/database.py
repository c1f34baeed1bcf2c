"""Connections to a service's own PostgreSQL database, and its migrations."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

SEARCH_PATH = "read, own, log"
LONG_SECONDS = 300
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
    # Of class 25 what others bring about: a server that has become a standby, or that has lost
    # patience with a session.  The rest of the class is a mistake of ours.
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
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


CALLER_SECONDS = 5.0
"""How long all that a request asks of the database may take together."""
PATIENT_SECONDS = 15.0
"""How long one statement may take where no caller waits: consumers, relay, timers, workers."""
CONNECT_SECONDS = 5.0

SESSION = {
    "search_path": SEARCH_PATH,
    "jit": "off",
    # A process that stands still in the middle of a transaction keeps others waiting so long.
    "idle_in_transaction_session_timeout": "3s",
    "lock_timeout": "2s",
    "statement_timeout": "30s",
    # The server soon ends what nobody waits for any more, and what hangs on a silent network.
    "client_connection_check_interval": "1s",
    "tcp_user_timeout": "5s",
    "tcp_keepalives_idle": "5s",
    "tcp_keepalives_interval": "2s",
    "tcp_keepalives_count": "3",
    # Told to chassis/migrations/0007_subscriptions.sql.
    "maarid.knows_subscriptions": "on",
}
"""Settings of each connection.  They come with the connection and not with the role, so that they
hold as soon as this version runs, also on databases that an older one made."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def answer_within(seconds: float) -> None:
    """From now on whatever this task asks of the database is answered within so many seconds, all
    of it together, or raises TimeoutError."""
    _deadline.set(time.monotonic() + seconds)


class one_request:
    """What `answer_within` sets in this block ends with it, and does not concern what the same task
    does afterwards, nor tasks that it starts then."""

    def __enter__(self) -> None:
        self._token = _deadline.set(None)

    def __exit__(self, *_: object) -> None:
        _deadline.reset(self._token)


def seconds_left(usual: float) -> float:
    """The seconds that are left to this task, and at most the usual ones; never quite zero."""
    deadline = _deadline.get()
    return usual if deadline is None else max(min(usual, deadline - time.monotonic()), 0.001)


class _Bounded(asyncpg.Connection):
    """A connection whose statements end in time, and which is dropped where one does not.

    asyncpg would ask the server, over one more connection, to cancel the statement, and wait for
    both.  Where the network is silent neither is answered.
    """

    __slots__ = ("_on_silence",)

    _on_silence: Callable[[], Any]

    def _cancel_current_command(self, *_: Any) -> None:
        # Called from inside the protocol, which must have left the statement before it is ended.
        self._loop.call_soon(self.terminate)
        self._on_silence()

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        return await super().execute(query, *args, timeout=_bound(timeout))

    async def executemany(self, command: str, args: Any, *, timeout: float | None = None) -> None:
        return await super().executemany(command, args, timeout=_bound(timeout))

    async def fetch(self, query: str, *args: Any, timeout: float | None = None, **more: Any) -> Any:
        return await super().fetch(query, *args, timeout=_bound(timeout), **more)

    async def fetchrow(
        self, query: str, *args: Any, timeout: float | None = None, **more: Any
    ) -> Any:
        return await super().fetchrow(query, *args, timeout=_bound(timeout), **more)

    async def fetchval(
        self, query: str, *args: Any, timeout: float | None = None, **more: Any
    ) -> Any:
        return await super().fetchval(query, *args, timeout=_bound(timeout), **more)


def _bound(timeout: float | None) -> float:
    return seconds_left(PATIENT_SECONDS if timeout is None else timeout)


class _BoundedPool(Pool):
    """A pool that is waited for no longer than for a statement."""

    def expire_soon(self) -> None:
        """Make every connection anew before it is used again."""
        self._expiring = asyncio.ensure_future(self.expire_connections())

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=_bound(timeout))

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:
        # A connection that was dropped in the meantime is not there to be given back; an error
        # would take the place of the cancellation that dropped it.
        with suppress(asyncpg.InternalClientError):
            await super().release(connection, timeout=timeout)


async def _plain_reset(connection: Connection) -> None:
    """End a connection to a server that takes no writes (any more), so that the next one asks for
    the server anew; a failover may leave the old one standing.

    Otherwise nothing: we change no session state, so a round trip to undo it would be wasted, and
    the server tells by itself when these settings change.
    """
    settings = connection.get_settings()
    takes_none = ("in_hot_standby", "default_transaction_read_only")
    if any(getattr(settings, name, "off") == "on" for name in takes_none):
        connection.terminate()


async def open_pool(dsn: str, *, name: str) -> Pool:
    """A pool of connections whose queries name tables of all three schemas without a prefix.

    Each statement ends in time: see `answer_within`.  Where one does not, all connections are
    taken for silent, and each is made anew before it is used again.
    """

    async def init(connection: Any) -> None:
        connection._on_silence = pool.expire_soon

    pool = _BoundedPool(
        dsn,
        min_size=1,
        max_size=CONNECTIONS,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=_Bounded,
        record_class=asyncpg.Record,
        timeout=CONNECT_SECONDS,
        command_timeout=PATIENT_SECONDS,
        # A statement is not forgotten for its age: closing it would wait without bound.
        max_cached_statement_lifetime=0,
        init=init,
        reset=_plain_reset,
        server_settings={**SESSION, "application_name": name},
    )
    return await pool


async def execute_long(pool: Pool, statement: str, *values: object) -> None:
    """Carry out one statement on so many rows that it may take longer than others are given."""
    async with pool.acquire() as db, db.transaction():
        await db.execute(f"set local statement_timeout = '{LONG_SECONDS}s'")
        await db.execute(statement, *values, timeout=LONG_SECONDS)


def columns(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """Rows turned into the arrays that `unnest` makes rows of again."""
    return [list(column) for column in zip(*rows, strict=True)]


@asynccontextmanager
async def connected(owner_dsn: str) -> AsyncGenerator[Connection]:
    """A connection of the database's owner, for the time of a block."""
    db = await asyncpg.connect(owner_dsn, server_settings={"search_path": SEARCH_PATH})
    try:
        yield db
    finally:
        await db.close()


MEMORY = """
create schema if not exists log;
create table if not exists log.migrations (
    id text primary key, digest text not null, applied_at timestamptz not null
    default clock_timestamp())
"""


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
    applied: list[str] = []
    async with connected(owner_dsn) as db:
        async with _alone(db):
            await db.execute(MEMORY)
        for migration in migrations:
            async with _alone(db):
                digest = await db.fetchval(
                    "select digest from log.migrations where id = $1", migration.id
                )
                if digest == migration.digest:
                    continue
                if digest is not None:
                    raise MigrationError(
                        f"Migration {migration.id} was changed after it had been applied. "
                        "Restore the file, and put the change into a new one."
                    )
                await db.execute(migration.sql)
                await db.execute(
                    "insert into log.migrations (id, digest) values ($1, $2)",
                    migration.id,
                    migration.digest,
                )
                applied.append(migration.id)
        async with _alone(db):
            await db.execute(_grants(role))
    return applied


@asynccontextmanager
async def _alone(db: Connection) -> AsyncGenerator[None]:
    """A transaction beside which nobody else migrates."""
    async with db.transaction():
        await db.execute("select pg_advisory_xact_lock(7021949219)")
        yield


def _grants(role: str) -> str:
    """The service may add to the log through `log.append` only, and never change it."""
    quoted = '"' + role.replace('"', '""') + '"'
    return f"""
        revoke all on schema public from public;
        grant usage on schema log, read, own to {quoted};
        grant select on all tables in schema log to {quoted};
        grant insert, update, delete
            on log.relay, log.topics, log.heard, log.dead_letters, log.dropped, log.timers,
               log.clock, log.jobs
            to {quoted};
        grant insert on log.subscriptions to {quoted};
        grant execute on function log.append, log.prune_outcomes to {quoted};
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
