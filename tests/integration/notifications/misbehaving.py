"""A server that answers HTTP as it is told to, and as networks do on bad days."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

RESET = "reset"
"""The request is taken, and the connection is reset before an answer."""
SILENCE = "silence"
"""The request is taken, and nothing is ever said."""


@dataclass(frozen=True)
class Answer:
    """What is answered: a status, and a body that is JSON unless it is bytes."""

    status: int = 200
    body: Any = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Misbehaving:
    """A port of 127.0.0.1, what it is to answer next, and what it was asked."""

    url: str
    answers: list[Answer | str] = field(default_factory=list[Answer | str])
    """In their order; the last one is given again and again."""
    asked: list[Asked] = field(default_factory=list[Asked])

    def next(self) -> Answer | str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def misbehaving(*answers: Answer | str) -> AsyncGenerator[Misbehaving]:
    """A server for the time of a block."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while await _serve(peer, reader, writer):
                pass
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    peer = Misbehaving(f"http://127.0.0.1:{port}", list(answers))
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(
    peer: Misbehaving, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer one request; returns whether the connection goes on."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    peer.asked.append(Asked(method, target, headers, body))
    match peer.next():
        case Answer(status, said, more):
            sent = said if isinstance(said, bytes) else json.dumps(said).encode()
            lines = [f"HTTP/1.1 {status} X", f"content-length: {len(sent)}"]
            lines += [f"{name}: {value}" for name, value in more.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + sent)
            await writer.drain()
            return True
        case "reset":
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        case _:
            await asyncio.Event().wait()
    return False
