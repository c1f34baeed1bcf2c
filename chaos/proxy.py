"""A proxy between a client and a server that fails as networks do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from servers.kafka import some_free_port

HOST = "127.0.0.1"
PIECE = 64 * 1024
FLUSH_SECONDS = 0.02
"""How long the beginning of an address is held back for the rest of it."""


@dataclass(frozen=True)
class Rewriting:
    """An address in the server's answers that is replaced by the proxy's own, of equal length.

    Kafka's answers tell clients where the brokers are (Metadata, FindCoordinator): a string and a
    32-bit port (Kafka protocol guide, "INT32").  Without this, clients would go round the proxy.
    """

    old: bytes
    new: bytes

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """The rewritten bytes, and what may be the beginning of an address that goes on later."""
        data = data.replace(self.old, self.new)
        for length in range(min(len(self.old) - 1, len(data)), 0, -1):
            if data.endswith(self.old[:length]):
                return data[:-length], data[-length:]
        return data, b""


@dataclass(eq=False)
class _Link:
    """One connection of a client, and its counterpart to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    asks: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while bytes pass from the client to the server."""
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while bytes pass from the server to the client."""

    def abort(self) -> None:
        for writer in (self.client, self.server):
            _reset(writer)


class FaultProxy:
    """A port of 127.0.0.1 that leads to a server.

    Faults concern established connections, new ones, or both.  Nothing that has arrived is lost
    while a connection is silent: it goes on when `heal` is called, as on a network that comes back.
    """

    def __init__(
        self,
        *,
        socket_path: Path | None = None,
        port: int | None = None,
        advertised: str | None = None,
    ) -> None:
        """Leads to a unix socket or to a port of 127.0.0.1.

        `advertised` is the host name under which a Kafka broker names itself to clients, as long
        as 127.0.0.1 is, or ValueError: for only then can it be replaced within an answer.
        """
        if (socket_path is None) == (port is None):
            raise ValueError("name a socket or a port")
        if advertised is not None and len(advertised) != len(HOST):
            raise ValueError(f"{advertised} cannot be replaced by {HOST}: its length is another")
        self._socket_path = socket_path
        self._upstream_port = port
        self._advertised = advertised
        self._port = 0
        self._listener: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._new_asks = True
        self._new_answers = True
        self._delay = 0.0

    @property
    def port(self) -> int:
        return self._port

    @property
    def bootstrap(self) -> str:
        """As a Kafka client names the address."""
        return f"{HOST}:{self._port}"

    @property
    def connections(self) -> int:
        """How many connections stand."""
        return len(self._links)

    def dsn(self, direct: str) -> str:
        """A DSN that leads here instead of to the server."""
        parts = urlsplit(direct)
        login = parts.netloc.rpartition("@")[0]
        kept = {k: v[0] for k, v in parse_qs(parts.query).items() if k != "host"}
        query = urlencode({**kept, "sslmode": "disable"})
        return urlunsplit(parts._replace(netloc=f"{login}@{HOST}:{self._port}", query=query))

    async def __aenter__(self) -> FaultProxy:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close_listener()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Faults

    async def heal(self) -> None:
        """Everything flows, and what was held arrives."""
        self._delay = 0.0
        self._new_asks = self._new_answers = True
        for link in self._links:
            link.asks.set()
            link.answers.set()
        if self._listener is None:
            await self._listen()

    def silence(self, *, new: bool = True) -> None:
        """Established connections pass nothing any more, and nobody is told; `new` ones neither."""
        for link in self._links:
            link.asks.clear()
            link.answers.clear()
        self._new_asks = self._new_answers = not new

    def lose_answers(self, *, new: bool = True) -> None:
        """What clients ask arrives; no answer does."""
        for link in self._links:
            link.answers.clear()
        self._new_answers = not new

    def slow(self, seconds: float) -> None:
        """Each piece of data waits so long, in both directions."""
        self._delay = seconds

    def half_open(self) -> None:
        """The server's side of each connection ends, and the client is not told."""
        for link in self._links:
            link.answers.clear()
            _reset(link.server)

    def cut(self) -> None:
        """Each connection is reset; new ones flow."""
        for link in list(self._links):
            link.abort()

    async def refuse(self) -> None:
        """Each connection is reset, and new ones are refused."""
        await self._close_listener()
        self.cut()

    # Passing on

    async def _listen(self) -> None:
        # The same port each time, for clients know no other; and none that a client's own
        # connection may be given, or one that is refused could connect to itself.
        self._port = self._port or some_free_port()
        self._listener = await asyncio.start_server(self._accept, HOST, self._port)

    async def _close_listener(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._socket_path is not None:
                upstream = await asyncio.open_unix_connection(str(self._socket_path))
            else:
                upstream = await asyncio.open_connection(HOST, self._upstream_port)
        except OSError:
            _reset(writer)
            return
        link = _Link(writer, upstream[1])
        for passes, gate in ((self._new_asks, link.asks), (self._new_answers, link.answers)):
            if passes:
                gate.set()
        self._links.add(link)
        rewriting = self._rewriting()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, link.server, link.asks, None))
                both.create_task(self._pass(upstream[0], link.client, link.answers, rewriting))
        finally:
            self._links.discard(link)
            link.abort()

    def _rewriting(self) -> Rewriting | None:
        if self._advertised is None or self._upstream_port is None:
            return None
        return Rewriting(
            self._advertised.encode() + struct.pack(">i", self._upstream_port),
            HOST.encode() + struct.pack(">i", self._port),
        )

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gate: asyncio.Event,
        rewriting: Rewriting | None,
    ) -> None:
        """Pass one direction on until its end; an end is passed on as well."""
        held = b""
        with contextlib.suppress(OSError):
            while True:
                await gate.wait()
                data = await _read(reader, FLUSH_SECONDS if held else None)
                if data is None:
                    data, held = held, b""
                elif not data:
                    break
                elif rewriting is not None:
                    data, held = rewriting.split(held + data)
                # A fault may have begun while nothing came.
                await gate.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(data)
                await writer.drain()
            await gate.wait()
            writer.write(held)
            writer.write_eof()


async def _read(reader: asyncio.StreamReader, seconds: float | None) -> bytes | None:
    """The next piece; empty at the end, None where nothing came within the seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await reader.read(PIECE)
    except TimeoutError:
        return None
    except ConnectionError:
        # Reset by one side: the other one still gets what was sent before, and then the end.
        return b""


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, as one that nobody is there for any more."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def postgres_proxy(direct_dsn: str) -> FaultProxy:
    """A proxy to the PostgreSQL server of a DSN, over its socket or its port of 127.0.0.1."""
    parts = urlsplit(direct_dsn)
    directory = parse_qs(parts.query).get("host")
    if directory:
        return FaultProxy(socket_path=Path(directory[0]) / f".s.PGSQL.{parts.port or 5432}")
    return FaultProxy(port=parts.port or 5432)


def kafka_proxy(bootstrap: str) -> FaultProxy:
    """A proxy to a broker that advertises itself by the name in `bootstrap`.

    The embedded one is 127.0.0.1, one in a container localhost.
    """
    host, _, port = bootstrap.rpartition(":")
    return FaultProxy(port=int(port), advertised=host)
