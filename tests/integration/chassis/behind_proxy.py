"""A counter behind HTTP in this process, whose servers are reached through proxies that fail."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import httpx
from fastapi import APIRouter

from chaos.proxy import FaultProxy, postgres_proxy
from chassis.api.requests import Caller, ContextDep, Role, RuntimeDep, allow, public
from chassis.process.settings import DEVELOPMENT_ISSUER, ServiceSettings
from chassis.running.service import create, running
from cli.issuer import Issuer, issuer_in
from tests.counter import COUNT, Add, definition
from tests.integration.chassis.conftest import Served

LIMIT = 6.0
"""Seconds within which every caller hears, whatever is silent."""


def router() -> APIRouter:
    """A route that decides and one that reads."""
    routes = APIRouter()

    @routes.post("/counts/{name}")
    async def add(
        name: str,
        runtime: RuntimeDep,
        caller: Annotated[Caller, allow(Role.ORGANISER)],
        context: ContextDep,
    ) -> int:
        outcome = await runtime.desk.execute(COUNT.stream(name), Add(1), context)
        return outcome.facts[0].version

    @routes.get("/counts/{name}", dependencies=[public()])
    async def show(name: str, runtime: RuntimeDep) -> int | None:
        stream = f"count-{name}"
        return await runtime.pool.fetchval("select total from counts where stream = $1", stream)

    return routes


@dataclass
class Asking:
    """Callers of one replica, and what they have heard."""

    http: httpx.AsyncClient
    issuer: Issuer
    slowest: float = 0.0
    statuses: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    added: dict[str, int] = field(default_factory=dict[str, int])
    """Keys of what was acknowledged, and the version that was told."""

    async def ask(self, method: str, path: str, key: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.issuer.token('organiser')}"}
        if key is not None:
            headers["idempotency-key"] = key
        began = time.monotonic()
        response = await self.http.request(method, path, headers=headers)
        self.slowest = max(self.slowest, time.monotonic() - began)
        kind = method if path.startswith("/counts") else path
        self.statuses.setdefault(kind, set()).add(response.status_code)
        assert response.status_code in (200, 503), response.text
        return response

    async def add(self, name: str) -> None:
        """Add one, under the same key until it is acknowledged."""
        key = str(uuid4())
        while True:
            response = await self.ask("POST", f"/counts/{name}", key)
            if response.status_code == 200:
                self.added[key] = response.json()
                return

    async def is_ready(self) -> bool:
        return (await self.ask("GET", "/health/ready")).status_code == 200


@asynccontextmanager
async def behind_proxy(served: Served, home: Path) -> AsyncGenerator[tuple[FaultProxy, Asking]]:
    """A served counter whose database is behind a proxy."""
    issuer = issuer_in(home)
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(postgres_proxy(served.dsn))
        settings = ServiceSettings(
            database_url=proxy.dsn(served.dsn),
            bootstrap_servers=served.bootstrap,
            issuer=DEVELOPMENT_ISSUER,
            jwks_url=issuer.jwks_url,
        )
        made = definition(
            topic=served.topic, subscriptions=served.definition.subscriptions, routers=(router(),)
        )
        app = create(made, settings)
        await stack.enter_async_context(running(made, settings, app))
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://counter", timeout=60
        )
        yield proxy, Asking(await stack.enter_async_context(http), issuer)
