"""A counter with a database of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest_asyncio

from chassis.blueprint import Blueprint, Hears
from chassis.clock import Clock
from chassis.database import Pool, migrate, open_pool
from chassis.desk import Desk
from chassis.intent import Intent
from chassis.runtime import Runtime
from chassis.service import create, running
from chassis.settings import ServiceSettings
from chassis.stack import Stack
from chassis.topics import make_topics
from cli.launch import role_of
from tests.conftest import Databases
from tests.counter import DECIDERS, NAMES, PROJECTION, AddedV1, Refused, blueprint, echo


@dataclass(frozen=True)
class Counter:
    """A migrated database and the way to make desks on it."""

    owner_dsn: str
    dsn: str
    pool: Pool
    desk: Callable[[], Awaitable[Desk]]


def intent(actor: str = "organiser:test", **values: object) -> Intent:
    """A wish of its own."""
    return Intent(uuid4(), actor, **values)  # type: ignore[arg-type]


@pytest_asyncio.fixture(loop_scope="session")
async def counter(database: Databases) -> AsyncGenerator[Counter]:
    owner_dsn, dsn = await database("counter")
    role = role_of(dsn)
    await migrate(owner_dsn, role, blueprint().migrations)
    async with AsyncExitStack() as stack:
        pool = await open_pool(dsn, name="counter-test")
        stack.push_async_callback(pool.close)

        async def desk() -> Desk:
            made = Desk(
                service="counter",
                pool=pool,
                names=NAMES,
                deciders=DECIDERS,
                refused=Refused,
                projection=PROJECTION,
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
    blueprint: Blueprint

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
        async with running(self.blueprint, settings, create(self.blueprint, settings)) as runtime:
            yield runtime


@pytest_asyncio.fixture(loop_scope="session")
async def served(counter: Counter, stack: Stack) -> Served:
    topic = f"counter-{uuid4().hex[:8]}.events.v1"
    bootstrap = stack.addresses.bootstrap
    await make_topics(bootstrap, events=[topic], compacted=[], partitions=3)
    hears = Hears(topic, (AddedV1,), {AddedV1: (echo,)})
    return Served(
        counter.owner_dsn,
        counter.dsn,
        counter.pool,
        counter.desk,
        bootstrap,
        topic,
        blueprint(topic=topic, hears=(hears,)),
    )
