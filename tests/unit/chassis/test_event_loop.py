"""What libraries may rely on in the event loop of our services."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

import uvicorn

from chassis.running.service import LOOP

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 seconds: closing sends RST, as the kernel does for a process that was killed."""


async def write_after_reset() -> None:
    ended = asyncio.Event()

    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: socket.socket = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        writer.transport.abort()
        ended.set()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await ended.wait()
        with suppress(ConnectionError):
            await reader.read()
        # Somebody who has not heard yet that the connection is gone.
        with suppress(OSError):
            writer.write(b"anybody?")
        writer.close()


def test_writing_to_a_connection_that_was_reset_raises_nothing_but_oserror() -> None:
    factory = uvicorn.Config("", loop=LOOP).get_loop_factory()
    assert factory is not None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(write_after_reset())
