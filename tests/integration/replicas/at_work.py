"""Two replicas of a service in this process, on one database: their HTTP edge and their desks.

Nothing is published or heard, so a test says in the tables what others would have said.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from chassis.definition.runtime import Deciding, Runtime
from chassis.definition.timers import Timers
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import SEARCH_PATH, migrate, open_pool
from chassis.process.ids import command_id_of
from chassis.process.settings import DEVELOPMENT_ISSUER
from chassis.running.service import create
from cli.definitions import definition_of
from cli.issuer import Issuer, issuer_in
from cli.launch import role_of
from tests.conftest import Databases


@dataclass(frozen=True)
class Replica:
    """One of them: its edge and its desk."""

    http: httpx.AsyncClient
    desk: Desk


@dataclass(frozen=True)
class Replicas:
    """Both, and what is asked of them."""

    both: tuple[Replica, Replica]
    issuer: Issuer
    owner: Any
    """A connection of the database's owner."""

    async def send(
        self,
        at: int,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str,
        role: str = "organiser",
        **claims: str,
    ) -> httpx.Response:
        """Ask one of them."""
        token = self.issuer.token(role, **claims)  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
        return await self.both[at].http.request(method, path, json=body, headers=headers)

    async def at_once(
        self, path: str, body: object, keys: tuple[str, str]
    ) -> tuple[httpx.Response, httpx.Response]:
        """Ask both for the same at the same moment."""
        first, second = await asyncio.gather(
            *(self.send(at, "POST", path, body, key=keys[at]) for at in (0, 1))
        )
        return first, second

    async def kept(self, key: str, role: str = "organiser") -> Any:
        """The row of what became of a key."""
        return await self.owner.fetchrow(
            "select * from log.outcomes where command_id = $1", command_of(key, role)
        )


def command_of(key: str, role: str = "organiser") -> UUID:
    return command_id_of(f"{role}:development-{role}", key)


@asynccontextmanager
async def two_of(service: str, database: Databases, home: Path) -> AsyncGenerator[Replicas]:
    """Two replicas of a service on a database of their own."""
    made = definition_of(service)
    owner_dsn, dsn = await database(service)
    await migrate(owner_dsn, role_of(dsn), made.migrations)
    issuer = issuer_in(home)
    settings = made.settings(
        database_url=dsn,
        bootstrap_servers="127.0.0.1:1",
        issuer=DEVELOPMENT_ISSUER,
        jwks_url=issuer.jwks_url,
        environment="development",
    )
    async with AsyncExitStack() as stack:
        owner = await asyncpg.connect(owner_dsn, server_settings={"search_path": SEARCH_PATH})
        stack.push_async_callback(owner.close)

        async def replica() -> Replica:
            pool = await open_pool(dsn, name=service)
            stack.push_async_callback(pool.close)
            clock = Clock(simulated=False)
            desk = made.desk(pool, clock)
            await desk.start()
            stack.push_async_callback(desk.stop)
            app = create(made, settings)
            deciding = Deciding(desk, Timers(made.name, pool, clock))
            app.state.runtime = Runtime(settings, pool, clock, deciding)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            http = httpx.AsyncClient(transport=transport, base_url=f"http://{service}")
            return Replica(await stack.enter_async_context(http), desk)

        yield Replicas((await replica(), await replica()), issuer, owner)
