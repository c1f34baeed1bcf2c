"""A service with a few routes, served on a real socket without database and broker."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import uvicorn
from fastapi import APIRouter, FastAPI, Path as InPath, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from chassis.api.requests import (
    CleanText,
    ContextDep,
    Problem,
    Role,
    SecretContextDep,
    allow,
    public,
)
from chassis.edge import middleware as edge
from chassis.edge.connections import Limits
from chassis.process.settings import DEVELOPMENT_ISSUER, ServiceSettings
from chassis.running.service import create, server_config
from cli.issuer import issuer_in
from tests.counter import definition
from tests.waiting import until


class NoteForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: CleanText
    stars: Annotated[int, Field(strict=True, ge=1, le=5)] = 3


class Note(BaseModel):
    text: str
    size: int


def routes(busy: asyncio.Event) -> APIRouter:
    """`/held` answers when `busy` is set; `/large` answers with 20 MB."""
    router = APIRouter()

    @router.post("/notes", status_code=201, dependencies=[allow(Role.ORGANISER)])
    async def write(form: NoteForm, context: ContextDep) -> Note:
        return Note(text=form.text, size=len(form.text))

    @router.post("/notes/{number}/stars", dependencies=[allow(Role.ORGANISER)])
    async def star(
        number: Annotated[int, InPath(ge=1)], form: NoteForm, key: SecretContextDep
    ) -> Note:
        if form.text == "refused":
            raise Problem(422, "cursor_invalid")
        if form.text == "broken":
            raise RuntimeError("broken")
        return Note(text=f"{form.text}, {key.request_hash!r}", size=number)

    @router.post("/notes/{number}/copies", response_model=Note, dependencies=[public()])
    async def copy(number: int, form: NoteForm) -> Response:
        return JSONResponse({"text": form.text, "size": number}, 202, {"location": "/notes"})

    @router.delete("/notes", status_code=204, dependencies=[allow(Role.ORGANISER)])
    async def forget(context: ContextDep) -> None: ...

    @router.get("/notes", dependencies=[public()])
    async def notes(
        kind: Literal["a", "b"] | None = None, limit: Annotated[int, Query(ge=1, le=9)] = 5
    ) -> list[str]:
        return [kind or "all"] * limit

    @router.get("/notes/{number}", dependencies=[public()])
    async def note(number: int) -> Note:
        if number == 404:
            raise Problem(404, "not_found")
        return Note(text="x" * number, size=number)

    @router.get("/mine", dependencies=[allow(Role.ORGANISER)])
    async def mine() -> list[str]:
        return ["secret"]

    @router.get("/held", dependencies=[public()])
    async def held() -> str:
        await busy.wait()
        return "done"

    @router.get("/large", dependencies=[public()])
    async def large() -> str:
        return "x" * 20_000_000

    assert all(map(callable, (write, star, copy, forget, notes, note, mine, held, large)))
    return router


@dataclass
class Served:
    """The running service; `begun` counts its requests, `taken` the messages that it was given of
    bodies."""

    app: FastAPI
    port: int
    token: str
    busy: asyncio.Event
    connections: set[Any]
    begun: int = 0
    taken: int = 0
    clients: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.clients.append(writer)
        return reader, writer

    def head(self, method: str, path: str, **headers: str) -> bytes:
        lines = {"host": "test", **{k.replace("_", "-"): v for k, v in headers.items()}}
        written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{written}\r\n".encode()

    def posting(self, size: int, **headers: str) -> bytes:
        """The head of a POST whose body has a size in bytes."""
        return self.head(
            "POST",
            "/notes",
            authorization=f"Bearer {self.token}",
            idempotency_key="key",
            content_type="application/json",
            content_length=str(size),
            **headers,
        )


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split()[1]), headers, json.loads(body) if body else None


@asynccontextmanager
async def served(
    home: Path,
    *,
    limits: Limits | None = None,
    body_seconds: float = 20.0,
    settings: dict[str, Any] | None = None,
) -> AsyncGenerator[Served]:
    """The service, on a port of this machine, for the time of a block."""
    issuer = issuer_in(home)
    busy = asyncio.Event()
    chosen = ServiceSettings(
        database_url="postgresql://nobody@nowhere/nothing",
        bootstrap_servers="nowhere:1",
        issuer=DEVELOPMENT_ISSUER,
        jwks_url=issuer.jwks_url,
        environment="development",
        **(settings or {}),
    )
    app = create(definition(routers=(routes(busy),)), chosen)
    for layer in app.user_middleware:
        if cast(Any, layer.cls) is edge.Edge:
            layer.kwargs["body_seconds"] = body_seconds
    made = Served(app, 0, issuer.token("organiser"), busy, set())

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        made.begun += 1

        async def receiving() -> Any:
            made.taken += 1
            return await receive()

        await app(scope, receiving, send)

    config = server_config(app, chosen, limits)
    config.app, config.lifespan = counting, "off"
    server = uvicorn.Server(config)
    made.connections = server.server_state.connections
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.port = listening.getsockname()[1]
        running = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started, "the service is up")
        try:
            yield made
        finally:
            busy.set()
            for client in made.clients:
                client.close()
            server.should_exit = True
            await running
