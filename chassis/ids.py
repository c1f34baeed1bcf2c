"""Identifiers: random ones that sort by time, and derived ones that a retry finds again."""

from __future__ import annotations

import os
import time
from uuid import UUID, uuid5

NAMESPACE = UUID("6f0c3a52-6a53-5d0e-9d0b-6d6161726964")
"""Under which command ids are derived from idempotency keys."""


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, the rest random."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def command_id_of(actor: str, key: str) -> UUID:
    """The command id of an `Idempotency-Key`; each actor has keys of its own."""
    return uuid5(NAMESPACE, f"{actor}\n{key}")
