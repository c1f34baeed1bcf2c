"""Which partition a stream belongs to, and that it stays there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from aiokafka import partitioner

from chassis.kafka.reading import Ends
from chassis.postgres.database import Connection, Pool


class PartitionsChanged(Exception):
    """A topic has another number of partitions than before; the message says what to do."""

    def __init__(self, topic: str, now: int, before: int) -> None:
        super().__init__(
            f"The topic {topic} has {now} partitions and had {before}: records of one stream would "
            "lie in two of them, in no order. Nothing can take partitions away again: delete the "
            "topic, make it anew with `maarid migrate`, and run `maarid republish` "
            "(docs/operations.md, Kafka)."
        )


@lru_cache(maxsize=10_000)
def _hash_of(key: bytes) -> int:
    """Kafka's own hash of a key, so that every producer finds the same partition for a stream."""
    return cast(Any, partitioner).murmur2(key) & 0x7FFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key on a topic of so many."""
    return _hash_of(key) % partitions


async def refuse_if_repartitioned(database: Connection | Pool, topics: Mapping[str, Ends]) -> None:
    """Compare topics with what they were when we first wrote to them, and remember new ones.

    A topic without a record may have any number: there is no order to keep.
    Raises PartitionsChanged.
    """
    for topic, ends in topics.items():
        before: int | None = await database.fetchval(
            "insert into log.topics as t (topic, partitions) values ($1, $2)"
            " on conflict (topic) do update set partitions = case when $3 then $2"
            " else t.partitions end returning partitions",
            *(topic, len(ends), not any(ends.values())),
        )
        if before is not None and before != len(ends):
            raise PartitionsChanged(topic, len(ends), before)
