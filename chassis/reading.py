"""Reading a topic from its beginning to where it ends now, outside any consumer group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.consumer import Raw


class TopicReader:
    """Follows one topic; each call of `rest` reads on to the end as of then."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._kafka: Any = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4_000_000,
        )
        self._next: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> TopicReader:
        await self._kafka.start()
        partitions = cast(set[int] | None, await self._metadata())
        places = [TopicPartition(self._topic, number) for number in sorted(partitions or ())]
        self._kafka.assign(places)
        begins = cast(dict[TopicPartition, int], await self._kafka.beginning_offsets(places))
        self._next = dict(begins)
        for place, offset in begins.items():
            self._kafka.seek(place, offset)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kafka.stop()

    async def _metadata(self) -> Any:
        metadata = await self._kafka._client.fetch_all_metadata()
        return metadata.partitions_for_topic(self._topic)

    async def rest(self) -> AsyncIterator[list[Raw]]:
        """What has not been read yet, in pieces; each partition in order."""
        if not self._next:
            return
        ends = cast(dict[TopicPartition, int], await self._kafka.end_offsets(list(self._next)))
        while any(self._next[place] < end for place, end in ends.items()):
            found: dict[TopicPartition, list[Raw]] = await self._kafka.getmany(
                timeout_ms=500, max_records=2000
            )
            for place, records in found.items():
                self._next[place] = records[-1].offset + 1
                yield records
            for place in ends:
                # A compacted topic or an aborted batch may end in offsets without a record.
                self._next[place] = max(self._next[place], await self._kafka.position(place))
