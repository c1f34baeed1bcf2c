"""How far each foreign stream has been heard: kept in the transaction that holds the effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from chassis.database import Connection

INSERT = """
insert into log.heard (topic, stream, version, reacted, passed_over)
select $1, * from unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[])
"""
UPDATE = """
update log.heard as h
   set version = m.version, reacted = m.reacted, passed_over = m.passed_over
  from unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[])
       as m(stream, version, reacted, passed_over)
 where h.topic = $1 and h.stream = m.stream
"""


class LostRace(Exception):
    """Another owner of the partition marked a new stream first; the batch is placed again."""


@dataclass(slots=True)
class Mark:
    """The last version that was projected, and the last that policies have reacted to."""

    version: int = 0
    reacted: int = 0
    passed_over: str | None = None
    """The id of the event of that version, where it had no effect here."""
    stored: bool = False
    moved: bool = False

    def move(self, version: int, *, passed_over: str | None = None) -> None:
        """The stream goes on to a version."""
        self.version = version
        self.passed_over = passed_over
        self.moved = True

    def takes_late(self, version: int, event_id: str) -> bool:
        """Whether an event that is needed comes for a version that another record has claimed.

        Whoever claimed it was not the publisher, had no effect, and must not cost the true event.
        """
        return version == self.version and self.passed_over not in (None, event_id)


class PackedMarks:
    """Marks of millions of streams, a hundred bytes each: a number under the stream's hash.

    Of an event that was passed over it keeps a hash too, for it is only ever held against others.
    """

    def __init__(self) -> None:
        self._packed: dict[int, int] = {}

    def of(self, stream: str) -> PackedMark:
        packed = self._packed.get(hash(stream), 0)
        return PackedMark(packed >> 64, packed & _HASH)

    def move(self, stream: str, version: int, *, passed_over: str | None = None) -> None:
        """A stream goes on to a version."""
        passed = 0 if passed_over is None else _hash_of(passed_over)
        self._packed[hash(stream)] = version << 64 | passed


class PackedMark(NamedTuple):
    """What stands of a stream; see Mark."""

    version: int
    passed_over: int

    def takes_late(self, version: int, event_id: str) -> bool:
        return version == self.version and self.passed_over not in (0, _hash_of(event_id))


_HASH = (1 << 64) - 1


def _hash_of(event_id: str) -> int:
    return hash(event_id) & _HASH or 1


async def read_marks(db: Connection, topic: str, streams: list[str]) -> dict[str, Mark]:
    """The marks of streams, locked until the transaction ends; new streams have an empty one."""
    rows = await db.fetch(
        "select stream, version, reacted, passed_over from log.heard"
        " where topic = $1 and stream = any($2) order by stream for update",
        topic,
        streams,
    )
    marks = {stream: Mark() for stream in streams}
    for row in rows:
        marks[row["stream"]] = Mark(row["version"], row["reacted"], row["passed_over"], stored=True)
    return marks


async def keep_marks(db: Connection, topic: str, marks: Mapping[str, Mark]) -> None:
    """Store marks.  Raises LostRace where another owner marked a new stream meanwhile."""
    fresh = {stream: mark for stream, mark in marks.items() if not mark.stored}
    known = {stream: mark for stream, mark in marks.items() if mark.stored}
    try:
        await _write(db, INSERT, topic, fresh)
    except asyncpg.UniqueViolationError as error:
        raise LostRace from error
    await _write(db, UPDATE, topic, known)


async def _write(db: Connection, statement: str, topic: str, marks: Mapping[str, Mark]) -> None:
    if marks:
        await db.execute(
            statement,
            topic,
            list(marks),
            [mark.version for mark in marks.values()],
            [mark.reacted for mark in marks.values()],
            [mark.passed_over for mark in marks.values()],
        )
