"""Stream offsets that say that an event was not reacted to, though nothing is left to do.

Version 0.1.0 set the offset of a stream back when a producer that was given up sent its batch
behind another's.  If the stream ended there, nothing moved the offset again, and the service never
looked settled.
"""

from __future__ import annotations

import time
from collections.abc import Collection

import asyncpg
import structlog

from chassis.kafka.partitions import partition_of
from chassis.postgres.database import Pool, columns

log = structlog.get_logger(__name__)

DIFFER = """
select sum(applied) <> sum(reacted) from log.heard_totals where topic = $1
"""
LOW = """
select stream, version, reacted from log.heard as h
 where topic = $1 and reacted < version
   and not exists (select from log.dead_letters as d where d.topic = $1 and d.stream = h.stream)
"""
RAISE = """
update log.heard as h set reacted = m.version
  from unnest($2::text[], $3::bigint[], $4::bigint[]) as m(stream, version, reacted)
 where h.topic = $1 and h.stream = m.stream and h.reacted = m.reacted
   and not exists (select from log.dead_letters as d where d.topic = $1 and d.stream = h.stream)
returning h.stream
"""
PAUSE = 60.0
"""Seconds after a look that found nothing to raise: it reads all offsets of the topic, and a dead
letter keeps the sums apart as long as it stands."""


class LowOffsets:
    """Raises the offsets of one topic that are behind for no reason.

    What was projected before a moment stands on the topic before its end as of then.  So nothing is
    missed where an offset was behind before a measurement that found all partitions handled to
    their end, and no record of its stream is set aside.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._measured = 0
        self._settled = 0
        """The last measurement that found everything handled."""
        self._partitions: frozenset[int] = frozenset()
        """Those that are ours, as of that measurement."""
        self._of = 1
        """How many partitions the topic has."""
        self._seen: list[asyncpg.Record] = []
        self._seen_at = 0
        self._look_at = 0.0

    def measured(self, lag: int, partitions: Collection[int], of: int) -> None:
        """A measurement has ended: how many records wait in our partitions of so many."""
        self._measured += 1
        if lag == 0 and partitions:
            self._settled, self._partitions, self._of = self._measured, frozenset(partitions), of

    async def heal(self, pool: Pool) -> None:
        """Raise what was behind before the last measurement, and see what is behind now."""
        # The next measurement may have begun before the offsets were read; the one after it not.
        if self._settled < self._seen_at + 2:
            return
        low = [row for row in self._seen if self._is_ours(row["stream"])]
        if low and (raised := await pool.fetch(RAISE, self._topic, *columns(low))):
            log.warning("consumer.marks_raised", topic=self._topic, streams=len(raised))
        self._seen, self._seen_at = [], self._measured
        if time.monotonic() >= self._look_at and await pool.fetchval(DIFFER, self._topic):
            self._seen = await pool.fetch(LOW, self._topic)
            if not self._seen:
                self._look_at = time.monotonic() + PAUSE

    def _is_ours(self, stream: str) -> bool:
        return partition_of(stream.encode(), self._of) in self._partitions
