"""The offset of each foreign stream: stored in the transaction that holds the effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from chassis.postgres.database import Connection, Pool, columns

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

RAISE_REACTED = """
update log.heard as h set reacted = greatest(h.reacted, m.version)
  from unnest($2::text[], $3::bigint[]) as m(stream, version)
 where h.topic = $1 and h.stream = m.stream
"""


class LostRace(Exception):
    """Another owner of the partition stored a new stream first; the batch is placed again."""


@dataclass(slots=True)
class StreamOffset:
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


class PackedOffsets:
    """Offsets of millions of streams, a hundred bytes each: a number under the stream's hash.

    Of an event that was passed over it keeps a hash too, for it is only ever compared with others.
    """

    def __init__(self) -> None:
        self._packed: dict[int, int] = {}

    def of(self, stream: str) -> PackedOffset:
        packed = self._packed.get(hash(stream), 0)
        return PackedOffset(packed >> 64, packed & _HASH)

    def move(self, stream: str, version: int, *, passed_over: str | None = None) -> None:
        """A stream goes on to a version."""
        passed = 0 if passed_over is None else _hash_of(passed_over)
        self._packed[hash(stream)] = version << 64 | passed


class PackedOffset(NamedTuple):
    """The offset of a stream in a rebuild; see StreamOffset."""

    version: int
    passed_over: int

    @property
    def reacted(self) -> int:
        """The version itself: in a rebuild nothing is left to react to."""
        return self.version

    def takes_late(self, version: int, event_id: str) -> bool:
        return version == self.version and self.passed_over not in (0, _hash_of(event_id))


_HASH = (1 << 64) - 1


def _hash_of(event_id: str) -> int:
    return hash(event_id) & _HASH or 1


async def read_offsets(db: Connection, topic: str, streams: list[str]) -> dict[str, StreamOffset]:
    """The offsets of streams, locked until the transaction ends; new streams have an empty one."""
    rows = await db.fetch(
        "select stream, version, reacted, passed_over from log.heard"
        " where topic = $1 and stream = any($2) order by stream for update",
        *(topic, streams),
    )
    offsets = {stream: StreamOffset() for stream in streams}
    for row in rows:
        offsets[row["stream"]] = StreamOffset(
            row["version"], row["reacted"], row["passed_over"], stored=True
        )
    return offsets


async def keep_offsets(db: Connection, topic: str, offsets: Mapping[str, StreamOffset]) -> None:
    """Store offsets.  Raises LostRace where another owner stored a new stream meanwhile."""
    fresh = {stream: offset for stream, offset in offsets.items() if not offset.stored}
    known = {stream: offset for stream, offset in offsets.items() if offset.stored}
    try:
        await _write(db, INSERT, topic, fresh)
    except asyncpg.UniqueViolationError as error:
        raise LostRace from error
    await _write(db, UPDATE, topic, known)


async def raise_reacted(pool: Pool, topic: str, reacted: Mapping[str, int]) -> None:
    """Store up to which version policies have reacted to each stream; never lowers it."""
    await pool.execute(RAISE_REACTED, topic, list(reacted), list(reacted.values()))


async def raise_reacted_within(pool: Pool, topic: str, stream: str | None, version: int) -> None:
    """The same of one stream, not beyond the version that was projected."""
    await pool.execute(
        "update log.heard set reacted = greatest(reacted, least(version, $3))"
        " where topic = $1 and stream = $2",
        *(topic, stream, version),
    )


async def has_reacted(pool: Pool, topic: str, stream: str | None, version: int | None) -> bool:
    """Whether policies have reacted to this version of a stream, or to a later one."""
    return await pool.fetchval(
        "select exists (select from log.heard where topic = $1 and stream = $2 and reacted >= $3)",
        *(topic, stream, version),
    )


async def _write(
    db: Connection, statement: str, topic: str, offsets: Mapping[str, StreamOffset]
) -> None:
    if offsets:
        rows = [(name, o.version, o.reacted, o.passed_over) for name, o in offsets.items()]
        await db.execute(statement, topic, *columns(rows))
