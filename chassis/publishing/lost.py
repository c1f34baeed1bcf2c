"""What a topic has lost of what it acknowledged: after a power cut, or with its disk.

Kafka answers before a record is on disk.  A broker alone that loses its memory loses the ends of
its partitions, writes what comes next at the same offsets, and tells nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple

from chassis.kafka.partitions import partition_of
from chassis.kafka.reading import Ends, TopicReader
from chassis.postgres.database import Pool

PIECE_SECONDS = 10.0
"""How long the broker may take for one piece of a topic."""


class Span(NamedTuple):
    """Records that were acknowledged: `first` to `end` - 1 of a partition; -1 is not known."""

    partition: int
    first: int
    end: int


def have_shrunk(known: Ends, now: Ends) -> bool:
    """Whether a partition ends before what it has acknowledged."""
    return any(now.get(partition, 0) < end for partition, end in known.items())


def moved(known: Ends, spans: Iterable[Span]) -> Ends | None:
    """The ends behind what was acknowledged just now, in the order of sending; None where a record
    was written before the end that was known, so that something is lost."""
    ends = dict(known)
    for partition, first, end in spans:
        if first < 0:
            continue  # Sent again by the producer, and the broker no longer knows where it is.
        if first < ends.get(partition, 0):
            return None
        ends[partition] = end
    return ends


async def compare_with_topic(
    pool: Pool,
    *,
    source: str,
    topic: str,
    bootstrap: str,
    cursor: int,
    known: Ends | None,
    alive: Callable[[], Awaitable[object]],
) -> tuple[int, Ends]:
    """Look for every event up to the cursor on the topic; `alive` is called between the pieces.

    Returns the position behind which everything has to be sent again (the cursor itself where
    nothing is missing), and how the topic ended when it was read.  Raises KafkaError, and
    TimeoutError where the broker answers no more.
    """
    seen = bytearray(cursor + 1)
    async with TopicReader(bootstrap, topic) as reader:
        pieces = reader.rest()
        while True:
            # A broker that answers no more is to be noticed: then everything begins anew.
            async with asyncio.timeout(PIECE_SECONDS):
                records = await anext(pieces, None)
            if records is None:
                break
            for record in records:
                headers = dict(record.headers)
                number = headers.get("ce_position") or b""
                if headers.get("ce_source") == source.encode() and number.isdigit():
                    position = int(number[:19])
                    if position <= cursor:
                        seen[position] = 1
            await alive()
        ends = reader.passed
    missing = seen.find(0, 1)
    behind = cursor if missing < 0 else missing - 1
    short = {place: end - ends.get(place, 0) for place, end in (known or {}).items()}
    return min(behind, await _filling(pool, cursor, short, len(ends))), ends


async def _filling(pool: Pool, cursor: int, short: Mapping[int, int], partitions: int) -> int:
    """The position from which enough events come for every partition to be as long as it was.

    A consumer that stands at an offset of the lost end goes on from there once the partition is
    long enough, so nothing that is new to it may be written before.
    """
    missing = {partition: count for partition, count in short.items() if count > 0}
    while missing and cursor > 0:
        rows = await pool.fetch(
            "select position, stream from log.events where position <= $1"
            " order by position desc limit 2000",
            cursor,
        )
        for row in rows:
            partition = partition_of(row["stream"].encode(), partitions)
            cursor = row["position"] - 1
            if partition in missing:
                missing[partition] -= 1
                if not missing[partition]:
                    del missing[partition]
                    if not missing:
                        break
    return cursor
