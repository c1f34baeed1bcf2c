"""The system under chaos: real servers, two replicas of each service, and between each replica and
each server a proxy that fails as networks do."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from chaos.proxy import FaultProxy, kafka_proxy, postgres_proxy
from cli.issuer import issuer_in
from cli.launch import END, System, free_port, migrate_all
from servers import EmbeddedStack, StackError, StackSettings, start
from servers.process import ServerProcess
from services import SERVICES

REPLICAS = 2
SESSION_SECONDS = "6"
"""Consumers lose their partitions soon, for a run has minutes and not hours."""
STUCK_SECONDS = "30"


@dataclass
class Replica:
    """One process of a service, and its two ways to the servers."""

    service: str
    number: int
    port: int
    process: ServerProcess
    postgres: FaultProxy
    kafka: FaultProxy
    environment: dict[str, str]
    restarts: int = 0
    """How often it was started again after it had ended, by its watchdog or by us."""

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process.start(
            [sys.executable, "-m", f"services.{self.service}"],
            environment=self.environment,
            on_parent_death=signal.SIGTERM,
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if the process lives."""
        if self.process.pid is not None:
            os.kill(self.process.pid, number)


@dataclass
class World:
    """Everything that runs."""

    system: System
    stack: EmbeddedStack
    replicas: list[Replica]
    http: httpx.AsyncClient

    @property
    def urls(self) -> dict[str, list[str]]:
        return {
            service: [each.url for each in self.replicas if each.service == service]
            for service in SERVICES
        }

    def token(self) -> str:
        return self.system.token("organiser")

    async def supervise(self) -> None:
        """Start again what has ended, for ever, as the supervisor of a real system does."""
        while True:
            for replica in self.replicas:
                if replica.process.pid is None:
                    replica.restarts += 1
                    replica.start()
            await asyncio.sleep(0.3)

    async def ready(self) -> list[str]:
        """The names of replicas that do not say that they are ready."""
        answers = await asyncio.gather(*(self._is_ready(each) for each in self.replicas))
        return [one.name for one, ready in zip(self.replicas, answers, strict=True) if not ready]

    async def all_ready(self, seconds: float) -> bool:
        """Wait until all replicas say that they are ready; False where they do not in time."""
        deadline = time.monotonic() + seconds
        while await self.ready():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.1)
        return True

    async def _is_ready(self, replica: Replica) -> bool:
        try:
            answer = await self.http.get(f"{replica.url}/health/ready", timeout=2)
        except httpx.TransportError:
            return False
        return answer.status_code == 200


@asynccontextmanager
async def world(home: Path) -> AsyncGenerator[World]:
    """Start everything; all of it ends with the block."""
    async with AsyncExitStack() as cleanup:
        settings = StackSettings(home=home, stack="embedded", kafka_port=0)
        stack = await start(settings, SERVICES)
        cleanup.push_async_callback(stack.stop)
        assert isinstance(stack, EmbeddedStack), "nobody else's servers are killed"
        system = System(
            stack=stack,
            addresses=stack.addresses,
            issuer=issuer_in(home),
            home=home,
            simulated=False,
            ports={service: free_port() for service in SERVICES},
        )
        await migrate_all(stack.addresses)
        replicas: list[Replica] = []
        for service in SERVICES:
            for number in range(1, REPLICAS + 1):
                replicas.append(await _replica(system, service, number, cleanup))
        cleanup.push_async_callback(_stop, replicas)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        http = await cleanup.enter_async_context(httpx.AsyncClient(limits=limits))
        running = World(system, stack, replicas, http)
        for replica in replicas:
            replica.start()
        if not await running.all_ready(90):
            raise StackError(f"not ready: {await running.ready()}")
        yield running


async def _replica(system: System, service: str, number: int, cleanup: AsyncExitStack) -> Replica:
    dsn = system.addresses.service_dsn[service]
    postgres = await cleanup.enter_async_context(postgres_proxy(dsn))
    kafka = await cleanup.enter_async_context(kafka_proxy(system.addresses.bootstrap))
    port = free_port()
    name = f"{service}-{number}"
    return Replica(
        service,
        number,
        port,
        ServerProcess(name, system.home, [f"services.{service}"]),
        postgres,
        kafka,
        {
            **system.environment(service),
            "MAARID_PORT": str(port),
            "MAARID_DATABASE_URL": postgres.dsn(dsn),
            "MAARID_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "MAARID_SESSION_SECONDS": SESSION_SECONDS,
            "MAARID_STUCK_SECONDS": STUCK_SECONDS,
        },
    )


async def _stop(replicas: list[Replica]) -> None:
    for replica in replicas:
        replica.send(signal.SIGCONT)
    await asyncio.gather(*(replica.process.stop(END) for replica in replicas))
