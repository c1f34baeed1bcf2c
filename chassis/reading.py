"""Reading a topic outside any consumer group: from its beginning to where it ends now, or its
end alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.consumer import Raw

__all__ = ["Ends", "KafkaError", "TopicReader", "last_records"]

Ends = Mapping[TopicPartition, int]
"""Where a topic ends: the offset behind the last record of each partition."""


def _consumer(bootstrap: str, begin: str) -> Any:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset=begin,
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=1_000_000,
    )


async def _assign(kafka: Any, topic: str) -> list[TopicPartition]:
    """All partitions of a topic; none where there is no such topic, which is not made by asking."""
    metadata = await kafka._client.fetch_all_metadata()
    partitions = cast(set[int] | None, metadata.partitions_for_topic(topic))
    places = [TopicPartition(topic, number) for number in sorted(partitions or ())]
    kafka.assign(places)
    return places


async def last_records(bootstrap: str, topic: str) -> list[Raw]:
    """The last record of each partition of a topic of events.  Raises KafkaError."""
    kafka = _consumer(bootstrap, "latest")
    try:
        await kafka.start()
        places = await _assign(kafka, topic)
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
    finally:
        await kafka.stop()


class TopicReader:
    """Follows one topic; each call of `rest` reads on to the end as of then."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._kafka = _consumer(bootstrap, "earliest")
        self._next: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> TopicReader:
        await self._kafka.start()
        places = await _assign(self._kafka, self._topic)
        begins = cast(dict[TopicPartition, int], await self._kafka.beginning_offsets(places))
        self._next = dict(begins)
        for place, offset in begins.items():
            self._kafka.seek(place, offset)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kafka.stop()

    async def ends(self) -> Ends:
        """Where the topic ends now; empty where there is no such topic."""
        if not self._next:
            return {}
        return cast(Ends, await self._kafka.end_offsets(list(self._next)))

    async def rest(self, until: Ends | None = None) -> AsyncIterator[list[Raw]]:
        """What has not been read yet, in pieces; each partition in order, to where the topic ends
        now, or ended when it was asked."""
        ends = await self.ends() if until is None else until
        self._kafka.resume(*ends)
        while any(self._next[place] < end for place, end in ends.items()):
            found: dict[TopicPartition, list[Raw]] = await self._kafka.getmany(
                timeout_ms=500, max_records=2000
            )
            for place, records in found.items():
                self._next[place] = records[-1].offset + 1
                if records[-1].offset >= ends[place]:
                    records = [record for record in records if record.offset < ends[place]]
                    # What came later waits for the next call.
                    self._next[place] = ends[place]
                    self._kafka.pause(place)
                    self._kafka.seek(place, ends[place])
                if records:
                    yield records
            for place in ends:
                # A compacted topic or an aborted batch may end in offsets without a record.
                self._next[place] = max(self._next[place], await self._kafka.position(place))
