"""Streams of a topic that wait for a version which is missing before what has come."""

from __future__ import annotations

import time
from collections.abc import Set
from dataclasses import dataclass

ALARM = 60.0
"""Seconds within which the relay has sent by itself what it had not sent in order."""


@dataclass(frozen=True)
class _Gap:
    partition: int
    since: float

    @property
    def lasts(self) -> bool:
        return time.monotonic() - self.since > ALARM


class Gaps:
    """What one consumer waits for."""

    def __init__(self) -> None:
        self._open: dict[str, _Gap] = {}

    def seen(self, stream: str, partition: int) -> bool:
        """A record came ahead of its turn; True if that has been so for too long."""
        return self._open.setdefault(stream, _Gap(partition, time.monotonic())).lasts

    def closed(self, stream: str) -> None:
        """The next version of a stream has come."""
        self._open.pop(stream, None)

    def lasting(self, partitions: Set[int]) -> int:
        """How many have been open for too long; what went to another replica is forgotten."""
        self._open = {s: gap for s, gap in self._open.items() if gap.partition in partitions}
        return sum(1 for gap in self._open.values() if gap.lasts)
