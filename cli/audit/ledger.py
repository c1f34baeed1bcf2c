"""A log's events as they must stand on its topic, in seventeen bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from enum import Enum

from chassis.kafka.reading import Raw
from chassis.log.events import Recorded


class Met(Enum):
    """What a record is to the log."""

    FOREIGN = "in no log"
    WRONG = "an event with other bytes"
    FIRST = "an event, met for the first time"
    LATE = "an event, met for the first time behind a later one of the log"
    AGAIN = "an event, met before"


class Ledger:
    """What the log says, by position: filled with a first pass, then held against the topic.

    An event is known by two hashes: of its identity, and of its key and value.
    """

    def __init__(self, head: int) -> None:
        self._identity = array("q", bytes(8 * (head + 1)))
        self._content = array("q", bytes(8 * (head + 1)))
        self._seen = bytearray(head + 1)
        self._furthest: dict[int, int] = {}
        self.met = 0
        """How many records were events."""

    def expect(self, recorded: Recorded, value: bytes | None) -> None:
        """An event of the log, and its value on the topic."""
        fact = recorded.fact
        stream = fact.stream.encode()
        identity = (stream, b"%d" % fact.version, str(fact.event_id).encode())
        self._identity[recorded.position] = hash(identity)
        self._content[recorded.position] = hash((stream, value))

    def meet(self, record: Raw, headers: Mapping[str, bytes | None]) -> Met:
        """Hold a record of the topic against the log."""
        claimed = headers.get("ce_position") or b""
        position = int(claimed) if claimed.isdigit() and len(claimed) <= 18 else 0
        identity = (headers.get("ce_subject"), headers.get("ce_sequence"), headers.get("ce_id"))
        if not 0 < position < len(self._seen) or self._identity[position] != hash(identity):
            return Met.FOREIGN
        if self._content[position] != hash((record.key, record.value)):
            return Met.WRONG
        self.met += 1
        if self._seen[position]:
            return Met.AGAIN
        self._seen[position] = 1
        furthest = self._furthest.get(record.partition, 0)
        if position < furthest:
            return Met.LATE
        self._furthest[record.partition] = position
        return Met.FIRST

    def seen(self, position: int) -> bool:
        """Whether an event was met on the topic by now."""
        return 0 < position < len(self._seen) and bool(self._seen[position])

    @property
    def published(self) -> int:
        """How many events were met."""
        return self._seen.count(1)

    def missing(self, relayed: int) -> list[int]:
        """Positions up to one that should have been met, and were not; a thousand at most."""
        found: list[int] = []
        position = self._seen.find(0, 1, relayed + 1)
        while position != -1 and len(found) < 1000:
            found.append(position)
            position = self._seen.find(0, position + 1, relayed + 1)
        return found
