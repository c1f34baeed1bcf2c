"""Deadlines and a bound for connections, which uvicorn has only where a connection is idle.

Whoever connects gets some seconds to send the head of a request, some more for its body, and some
to take the answer.  Beyond the bound the connection that has been quiet for longest is closed;
where none is quiet, the new one is marked as crowded, and its requests are refused
(`chassis/edge/middleware.py`) unless they ask how the service is.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, cast

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CROWDED = "crowded"
"""The name in a request's state that tells that there are too many connections."""


@dataclass(frozen=True)
class Limits:
    """Seconds for each part of an exchange, how many connections, and how many bytes a head has."""

    connections: int = 800
    head_seconds: float = 10.0
    body_seconds: float = 25.0
    idle_seconds: float = 30.0
    answer_seconds: float = 30.0
    head_bytes: int = 65_536

    @property
    def shortest(self) -> float:
        """The shortest time that anything may take."""
        return min(self.head_seconds, self.body_seconds, self.idle_seconds, self.answer_seconds)


class Gathered:
    """Where the answers of a connection are written: head and body leave as one piece.

    uvicorn writes one after the other, each with a call of the system and a packet of its own.
    What is held here leaves when the answer is whole, has grown large, or by the next turn of the
    loop, where an answer comes bit by bit.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = bytearray()
        self._turn: asyncio.Handle | None = None

    def write(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > HIGH_WATER_LIMIT:
            self.flush()
        elif self._turn is None:
            self._turn = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        if self._held:
            held, self._held = self._held, bytearray()
            self._transport.write(held)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, *args: Any, limits: Limits, **named: Any) -> None:
        super().__init__(*args, **named)
        self._limits = limits
        self._in_head = True
        self._whole = False
        self._head_size = 0
        self._deadline = inf
        self._writes_by = inf
        self.quiet_since = self.loop.time()
        self._crowded = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def quiet(self) -> bool:
        """Whether no request waits for its answer here, and no answer for its reader."""
        cycle = cast(Any, self.cycle)
        return (cycle is None or bool(cycle.response_complete)) and (
            self.transport.get_write_buffer_size() == 0
        )

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._answers = Gathered(transport, self.loop)
        self._wait(self._limits.head_seconds)
        self._look()
        if len(self.connections) > self._limits.connections:
            self._crowded = not self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            self._head_size += len(data)
            if self._head_size > self._limits.head_bytes and not self.transport.is_closing():
                self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._whole, self._head_size = True, False, 0
        self._wait(self._limits.head_seconds)
        if self._crowded:
            cast(dict[str, Any], self.scope)["state"][CROWDED] = True

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait(self._limits.body_seconds)
        super().on_headers_complete()
        cast(Any, self.cycle).transport = self._answers

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body.

        uvicorn wakes the application for each part, and a body may come byte by byte; ours is
        woken when the body is whole, or has grown so much that it has to be taken.
        """
        if self.cycle.response_complete:
            return
        self.cycle.body += body
        if len(self.cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
            self.cycle.message_event.set()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._whole = True
        self._settle()

    def on_response_complete(self) -> None:
        self._answers.flush()
        super().on_response_complete()
        self.quiet_since = self.loop.time()
        self._settle()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._writes_by = self.loop.time() + self._limits.answer_seconds

    def resume_writing(self) -> None:
        super().resume_writing()
        self._writes_by = inf

    def _wait(self, seconds: float) -> None:
        self._deadline = self.loop.time() + seconds

    def _settle(self) -> None:
        """A request that is here as a whole is our own business until it is answered."""
        if self._whole:
            self._deadline = inf
            if self.cycle.response_complete:
                self._wait(self._limits.idle_seconds)

    def _look(self) -> None:
        """Close what is over its time; looks again in time for every deadline that may be set."""
        now = self.loop.time()
        ends = min(self._deadline, self._writes_by)
        if self.transport.is_closing():
            # Closing waits for a client that does not take its answer, and that without end.
            ends = self._writes_by = min(self._writes_by, now + self._limits.answer_seconds)
        if now >= ends:
            self.transport.abort()
            return
        self._timer = self.loop.call_later(min(ends - now, self._limits.shortest), self._look)

    def _make_room(self) -> bool:
        """Close the connection that has been quiet for longest; False where none is."""
        all_of_ours = cast(set[Connection], self.connections)
        found = [other for other in all_of_ours if other is not self and other.quiet]
        if not found:
            return False
        oldest = min(found, key=lambda other: other.quiet_since)
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True


def connections(limits: Limits) -> Callable[..., Connection]:
    """What uvicorn makes a protocol with."""
    return functools.partial(Connection, limits=limits)
