"""A counter with a database of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest_asyncio

from chassis.definition.runtime import Runtime
from chassis.definition.service import ServiceDefinition
from chassis.kafka.topics import make_topics
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import Pool, migrate, open_pool
from chassis.process.settings import ServiceSettings
from chassis.running.service import create, running
from cli.launch import role_of
from servers import Stack
from tests.conftest import Databases
from tests.counter import DECIDERS, EVENT_TYPES, PROJECTION, definition


@dataclass(frozen=True)
class Counter:
    """A migrated database and the way to make desks on it."""

    owner_dsn: str
    dsn: str
    pool: Pool
    desk: Callable[[], Awaitable[Desk]]


def context(actor: str = "organiser:test", **values: object) -> CommandContext:
    """A wish of its own."""
    return CommandContext(uuid4(), actor, **values)  # type: ignore[arg-type]


@pytest_asyncio.fixture(loop_scope="session")
async def counter(database: Databases) -> AsyncGenerator[Counter]:
    owner_dsn, dsn = await database("counter")
    role = role_of(dsn)
    await migrate(owner_dsn, role, definition().migrations)
    async with AsyncExitStack() as stack:
        pool = await open_pool(dsn, name="counter-test")
        stack.push_async_callback(pool.close)

        async def desk() -> Desk:
            made = Desk(
                service="counter",
                pool=pool,
                event_types=EVENT_TYPES,
                deciders=DECIDERS,
                project=PROJECTION.own,
                clock=Clock(simulated=False),
            )
            await made.start()
            stack.push_async_callback(made.stop)
            return made

        yield Counter(owner_dsn, dsn, pool, desk)


@dataclass(frozen=True)
class Served(Counter):
    """A counter with a topic of its own, which can be served and hears itself."""

    bootstrap: str
    topic: str
    definition: ServiceDefinition

    @asynccontextmanager
    async def serve(self, *, trust_log: bool = True, **more: Any) -> AsyncGenerator[Runtime]:
        """The whole service but its HTTP port, for the time of a block.

        It trusts its log, since tests write on its topic what its log never held.
        """
        settings = ServiceSettings(
            database_url=self.dsn,
            bootstrap_servers=self.bootstrap,
            issuer="https://issuer.example",
            jwks_url="https://issuer.example/keys",
            trust_log=trust_log,
            **more,
        )
        async with running(self.definition, settings, create(self.definition, settings)) as runtime:
            yield runtime


@pytest_asyncio.fixture(loop_scope="session")
async def served(counter: Counter, stack: Stack) -> Served:
    topic = f"counter-{uuid4().hex[:8]}.events.v1"
    bootstrap = stack.addresses.bootstrap
    await make_topics(bootstrap, events=[topic], compacted=[], partitions=3)
    return Served(
        counter.owner_dsn,
        counter.dsn,
        counter.pool,
        counter.desk,
        bootstrap,
        topic,
        definition(topic),
    )
