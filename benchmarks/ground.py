"""Where the measurements take place: real servers, and databases that nobody used before."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from chassis.definition.service import ServiceDefinition
from chassis.kafka.topics import make_topics
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import Pool, migrate, open_pool
from servers import StackSettings, create_database, start

TURNS = 5


@dataclass(frozen=True)
class Place:
    """One service's migrated database and a pool on it."""

    definition: ServiceDefinition
    owner_dsn: str
    dsn: str
    role: str
    pool: Pool

    @asynccontextmanager
    async def desk(self) -> AsyncGenerator[Desk]:
        """A running desk of the service."""
        desk = self.definition.desk(self.pool, Clock(simulated=False))
        await desk.start()
        try:
            yield desk
        finally:
            await desk.stop()


@dataclass
class Ground:
    """The servers that both sides of a ratio share, and how much is to be done."""

    short: bool
    admin_dsn: str = ""
    bootstrap: str = ""
    audit: Any = None
    starts: list[Any] = field(default_factory=list[Any])
    """What the lines of the whole system share: each start takes seconds."""

    @property
    def turns(self) -> int:
        return 1 if self.short else TURNS

    def amount(self, usual: int, short: int) -> int:
        """How many of something: the usual number, or the one that shows only the shape."""
        return short if self.short else usual

    async def database(self, name: str) -> tuple[str, str, str]:
        """An empty database: DSN of its owner, DSN of the service, the service's role."""
        unique = f"{name}_{uuid4().hex[:8]}"
        return *await create_database(self.admin_dsn, unique), unique

    @asynccontextmanager
    async def place(self, definition: ServiceDefinition) -> AsyncGenerator[Place]:
        """A migrated database for a service."""
        owner_dsn, dsn, role = await self.database(definition.name)
        await migrate(owner_dsn, role, definition.migrations)
        pool = await open_pool(dsn, name="benchmarks")
        try:
            yield Place(definition, owner_dsn, dsn, role, pool)
        finally:
            await pool.close()

    async def topic(self, name: str, partitions: int = 6) -> str:
        """An empty topic."""
        topic = f"{name}-{uuid4().hex[:8]}.events.v1"
        await make_topics(self.bootstrap, events=[topic], compacted=[], partitions=partitions)
        return topic


@asynccontextmanager
async def servers(ground: Ground) -> AsyncGenerator[None]:
    """PostgreSQL and Kafka for the time of a block, with nothing in them."""
    async with AsyncExitStack() as cleanup:
        home = Path(cleanup.enter_context(TemporaryDirectory(prefix="maarid-bench-")))
        stack = await start(StackSettings(home=home, stack="embedded"), ())
        cleanup.push_async_callback(stack.stop)
        ground.admin_dsn = stack.admin_dsn or ""
        ground.bootstrap = stack.addresses.bootstrap
        yield
