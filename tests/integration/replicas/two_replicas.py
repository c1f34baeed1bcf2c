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

import httpx

from chassis.definition.runtime import Runtime
from chassis.log.desk import Desk
from chassis.process.ids import command_id_of
from chassis.running.service import create
from cli.definitions import definition_of
from cli.issuer import issuer_in
from tests.conftest import Databases
from tests.running_service import Asked, client_of, connected, migrated, replica_on, settings_for


@dataclass(kw_only=True)
class Replica(Asked):
    """One of them: its edge, its desk, and what its workers are given."""

    desk: Desk
    runtime: Runtime


@dataclass(frozen=True)
class Replicas:
    """Both, and what is asked of them."""

    both: tuple[Replica, Replica]
    owner: Any
    """A connection of the database's owner."""

    async def send(
        self, at: int, method: str, path: str, body: object = None, **more: Any
    ) -> httpx.Response:
        """Ask one of them."""
        return await self.both[at].send(method, path, body, **more)

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
    definition, issuer = definition_of(service), issuer_in(home)
    owner_dsn, dsn = await migrated(database, definition)
    settings = settings_for(definition, dsn, issuer)
    async with AsyncExitStack() as ends:
        owner = await ends.enter_async_context(connected(owner_dsn))

        async def replica() -> Replica:
            app = create(definition, settings)
            runtime = await ends.enter_async_context(replica_on(definition, dsn, settings))
            app.state.runtime = runtime
            http = await ends.enter_async_context(client_of(app))
            return Replica(http=http, issuer=issuer, desk=runtime.desk, runtime=runtime)

        yield Replicas((await replica(), await replica()), owner)
