"""What a service and its child say to each other: a tag, a length, and so many bytes of JSON."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    # The child has no event loop, and need not load one.
    import asyncio

HEAD = struct.Struct(">cI")
MOST_BYTES = 8_000_000
"""Of an input and of a result: a picture or a PDF of 6 MB, in base64."""

# From the service.
JOB = b"J"
"""The function and its limits; its input follows in a frame of its own."""
INPUT = b"I"
STOP = b"S"

# From the child.
PROGRESS = b"P"
DONE = b"D"
"""The result, which the service stores without reading it."""
FAILED = b"F"
"""The code, and for the log what happened."""
STOPPED = b"X"


class Frame(NamedTuple):
    """One message."""

    tag: bytes
    payload: bytes = b""

    @property
    def encoded(self) -> bytes:
        return HEAD.pack(self.tag, len(self.payload)) + self.payload


async def receive(reader: asyncio.StreamReader) -> Frame:
    """The next message.  Raises IncompleteReadError at the end."""
    tag, length = HEAD.unpack(await reader.readexactly(HEAD.size))
    return Frame(tag, await reader.readexactly(length))


def read(file: BinaryIO) -> Frame:
    """The next message, in a thread that may wait.  Raises EOFError at the end."""
    tag, length = HEAD.unpack(_exactly(file, HEAD.size))
    return Frame(tag, _exactly(file, length))


def _exactly(file: BinaryIO, size: int) -> bytes:
    got = file.read(size)
    if len(got) < size:
        raise EOFError
    return got
