"""Identifiers: random ones that sort by time, and derived ones that a retry finds again."""

from __future__ import annotations

import os
import time
from hashlib import sha1
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DriversUUID

NAMESPACE = UUID("6f0c3a52-6a53-5d0e-9d0b-6d6161726964")
"""Under which command ids are derived from idempotency keys."""


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562, section 5.7) that sorts by time, also within a millisecond.

    The twelve bits behind the milliseconds carry their fraction, about a quarter of a microsecond
    each (section 6.2, method 3); the other 62 are random.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80 | 0x7 << 76 | (rest << 12) // 1_000_000 << 64 | 0x2 << 62
    value |= int.from_bytes(os.urandom(8)) >> 2
    # The subclass that rows bring as well: it is made and sent in a tenth of the time.
    return DriversUUID(value.to_bytes(16))


def uuid7_floor(seconds_ago: float) -> UUID:
    """The smallest version 7 UUID of a moment: whatever was made before it has a smaller one."""
    milliseconds = time.time_ns() // 1_000_000 - int(seconds_ago * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)


def uuid5(namespace: UUID, name: str) -> UUID:
    """The version 5 UUID of a name (RFC 9562, section 5.5), as the standard library derives it, in
    a quarter of the time."""
    value = bytearray(sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    value[6] = value[6] & 0x0F | 0x50
    value[8] = value[8] & 0x3F | 0x80
    return DriversUUID(bytes(value))


def command_id_of(actor: str, key: str) -> UUID:
    """The command id of an `Idempotency-Key`; each actor has keys of its own."""
    return uuid5(NAMESPACE, f"{actor}\n{key}")
