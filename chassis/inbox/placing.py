"""What a record is to its stream, live and in a rebuild: decided from the stream's offset alone."""

from __future__ import annotations

import time
from collections.abc import Set
from enum import Enum
from typing import TypeAlias

from chassis.inbox.stream_offsets import PackedOffset, StreamOffset
from chassis.kafka.envelope import Content, Unreadable
from chassis.kafka.received import ReceivedEvent

ALARM = 60.0
"""Seconds within which the relay has sent by itself what it had not sent in order."""


class Placement(Enum):
    """What a record is to its stream."""

    NEW = "new"
    """The next event of its stream."""
    LATE = "late"
    """The event of the offset itself, where a record without effect had claimed its version."""
    UNNEEDED = "unneeded"
    """The next record of its stream, of a type that nobody needs: it is passed over."""
    DUPLICATE = "duplicate"
    AHEAD = "ahead"
    """A version before it is missing; the relay sends that, and this again behind it."""
    PARKED = "parked"
    """It waits behind a dead letter of its stream."""
    DEAD_LETTER = "dead_letter"
    """Nobody can read it."""

    @property
    def label(self) -> str:
        """The label under which metrics count it."""
        return "new" if self is Placement.LATE else self.value

    @property
    def calls_for_policies(self) -> bool:
        """Whether policies react to it, unless they have: a duplicate may come after a crash."""
        return self not in (Placement.AHEAD, Placement.PARKED, Placement.DEAD_LETTER)


Offset: TypeAlias = StreamOffset | PackedOffset
"""How far a stream has come, live and in a rebuild."""


def place(
    version: int, event_id: str, content: Content, offset: Offset, *, parked: bool = False
) -> Placement:
    """Decide what a record is to a stream, which may be parked behind a dead letter."""
    if parked and version > offset.reacted:
        return Placement.PARKED
    if version <= offset.version:
        late = isinstance(content, ReceivedEvent) and offset.takes_late(version, event_id)
        return Placement.LATE if late else Placement.DUPLICATE
    if isinstance(content, Unreadable):
        return Placement.DEAD_LETTER
    if version > offset.version + 1:
        return Placement.AHEAD
    return Placement.UNNEEDED if content is None else Placement.NEW


def place_outside_streams(content: Content) -> Placement:
    """Decide what a record is whose headers name no stream and version; it is never an event."""
    return Placement.DEAD_LETTER if isinstance(content, Unreadable) else Placement.UNNEEDED


class Gaps:
    """Streams of a topic that wait for a version which is missing before what has come."""

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
