"""Reading a topic outside any consumer group: from its beginning to where it ends now, or its
end alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError as KafkaError  # For commands, which do not know aiokafka.

from chassis.kafka.starting import started

Raw: TypeAlias = ConsumerRecord[bytes | None, bytes | None]
"""A record as the broker has it."""

Ends: TypeAlias = Mapping[int, int]
"""The offset behind the last record of each partition."""


def _consumer(bootstrap: str, begin: str) -> Any:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset=begin,
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=250_000,
    )


async def assign(kafka: Any, *topics: str) -> list[TopicPartition]:
    """All partitions of topics; none where there is no such topic, which is not made by asking."""
    metadata = await kafka._client.fetch_all_metadata()
    places = [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(cast(set[int] | None, metadata.partitions_for_topic(topic)) or ())
    ]
    kafka.assign(places)
    return places


@asynccontextmanager
async def _at_ends(
    bootstrap: str, *topics: str
) -> AsyncGenerator[tuple[Any, list[TopicPartition]]]:
    """A consumer that stands at the ends of topics, and their partitions.  Raises KafkaError."""
    kafka = _consumer(bootstrap, "latest")
    try:
        await started(kafka.start())
        yield kafka, await assign(kafka, *topics)
    finally:
        await kafka.stop()


async def ends_of(bootstrap: str, topics: Sequence[str]) -> dict[str, Ends]:
    """How topics end now; one that does not exist is left out.  Raises KafkaError."""
    async with _at_ends(bootstrap, *topics) as (kafka, places):
        ends: dict[TopicPartition, int] = await kafka.end_offsets(places) if places else {}
    return {
        topic: {place.partition: end for place, end in ends.items() if place.topic == topic}
        for topic in {place.topic for place in places}
    }


async def last_records(bootstrap: str, topic: str) -> list[Raw]:
    """The last record of each partition of a topic of events.  Raises KafkaError."""
    async with _at_ends(bootstrap, topic) as (kafka, places):
        if not places:
            return []
        begins: dict[TopicPartition, int] = await kafka.beginning_offsets(places)
        ends: dict[TopicPartition, int] = await kafka.end_offsets(places)
        for place, end in ends.items():
            kafka.seek(place, max(end - 1, begins[place]))
        last: dict[TopicPartition, Raw] = {}
        filled = {place for place, end in ends.items() if end > begins[place]}
        while last.keys() < filled:
            found: dict[TopicPartition, list[Raw]] = await kafka.getmany(timeout_ms=500)
            last |= {place: records[-1] for place, records in found.items()}
        return list(last.values())


async def newest_of_key(
    bootstrap: str, topic: str, partition: int, offset: int, key: bytes | None
) -> Raw | None:
    """The last record of a key in a partition, from an offset on; None where none is left.

    Raises KafkaError.
    """
    place = TopicPartition(topic, partition)
    newest: Raw | None = None
    async with _at_ends(bootstrap, topic) as (kafka, places):
        if place not in places:
            return None
        kafka.assign([place])
        end: int = (await kafka.end_offsets([place]))[place]
        begin: int = (await kafka.beginning_offsets([place]))[place]
        kafka.seek(place, min(max(offset, begin), end))
        while await kafka.position(place) < end:
            found: dict[TopicPartition, list[Raw]] = await kafka.getmany(timeout_ms=500)
            for record in found.get(place, []):
                newest = record if record.key == key else newest
    return newest


class TopicReader:
    """Follows one topic; each call of `rest` reads on to the end as of then."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._kafka = _consumer(bootstrap, "earliest")
        self._next: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> TopicReader:
        try:
            await started(self._kafka.start())
            places = await assign(self._kafka, self._topic)
            # Whoever waits for its turn holds no records.
            self._kafka.pause(*places)
            begins = cast(dict[TopicPartition, int], await self._kafka.beginning_offsets(places))
        except BaseException:
            await self._kafka.stop()
            raise
        self._next = dict(begins)
        for place, offset in begins.items():
            self._kafka.seek(place, offset)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kafka.stop()

    @property
    def passed(self) -> Ends:
        """The offset behind what was read of each partition."""
        return {place.partition: offset for place, offset in self._next.items()}

    async def ends(self) -> Ends:
        """Where the topic ends now; empty where there is no such topic."""
        if not self._next:
            return {}
        ends = cast(dict[TopicPartition, int], await self._kafka.end_offsets(list(self._next)))
        return {place.partition: end for place, end in ends.items()}

    async def rest(self, until: Ends | None = None) -> AsyncIterator[list[Raw]]:
        """What has not been read yet, in pieces; each partition in order, to where the topic ends
        now, or ended when it was asked."""
        found_ends = await self.ends() if until is None else until
        ends = {TopicPartition(self._topic, number): end for number, end in found_ends.items()}
        self._kafka.resume(*ends)
        while any(self._next[place] < end for place, end in ends.items()):
            found: dict[TopicPartition, list[Raw]] = await self._kafka.getmany(
                timeout_ms=500, max_records=2000
            )
            piece: list[Raw] = []
            for place, records in found.items():
                self._next[place] = records[-1].offset + 1
                if records[-1].offset >= ends[place]:
                    records = [record for record in records if record.offset < ends[place]]
                    # What came later waits for the next call.
                    self._next[place] = ends[place]
                    self._kafka.pause(place)
                    self._kafka.seek(place, ends[place])
                piece += records
            if piece:
                yield piece
            for place in ends:
                # A compacted topic or an aborted batch may end in offsets without a record.
                self._next[place] = max(self._next[place], await self._kafka.position(place))
