"""Streams of a topic that wait for a version which is missing before what has come."""

from __future__ import annotations

import time
from collections.abc import Set

ALARM = 60.0
"""Seconds within which the relay has sent by itself what it had not sent in order."""


class Gaps:
    """What one consumer waits for."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[int, float]] = {}
        """The partition of each stream, and since when it waits."""

    def seen(self, stream: str, partition: int) -> bool:
        """A record came ahead of its turn; True if that has been so for too long."""
        return _lasts(self._open.setdefault(stream, (partition, time.monotonic())))

    def closed(self, stream: str) -> None:
        """The next version of a stream has come."""
        self._open.pop(stream, None)

    def lasting(self, partitions: Set[int]) -> int:
        """How many have been open for too long; what went to another replica is forgotten."""
        self._open = {s: gap for s, gap in self._open.items() if gap[0] in partitions}
        return sum(map(_lasts, self._open.values()))


def _lasts(gap: tuple[int, float]) -> bool:
    return time.monotonic() - gap[1] > ALARM
