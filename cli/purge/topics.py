"""The compacted topics, compacted now and not only within the promised time.

Kafka compacts closed segments.  For the time of a purge a segment is closed after a second, by the
end of a transaction without a record, and compacted at the cleaner's next look.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from chassis.kafka.ending import end_producer
from chassis.kafka.reading import Ends, TopicReader
from chassis.kafka.starting import started
from chassis.kafka.topics import TopicSettings, alter_topic, compacted_settings, settings_of
from chassis.process.settings import read_settings
from chassis.publishing.relay import producer_for
from cli.audit.hashes import Hashes, hash_of
from cli.purge.errors import PurgeError
from services.registration.personal.workers.publishing import append_to_each

HASTENED: Mapping[str, str] = {
    "segment.ms": "1000",
    "max.compaction.lag.ms": "1000",
    "min.cleanable.dirty.ratio": "0.0",
    "file.delete.delay.ms": "1000",
}
PAUSE = 2.0
START_SECONDS = 12
SETTLED = 3.0
"""Seconds after which a file that was put aside under these settings is gone."""


async def compact(bootstrap: str, topic: str, deadline: float) -> int:
    """Wait until nothing stands on a topic that was replaced or buried by now, nor in a file that
    was put aside.  Returns how many such records there were.

    Raises PurgeError at the deadline, and KafkaError.
    """
    began = time.monotonic()
    now = await settings_of(bootstrap, topic, HASTENED)
    before = _to_return_to(now)
    ends, found = await _outdated(bootstrap, topic)
    try:
        if found:
            await alter_topic(bootstrap, topic, HASTENED)
            await _until_compacted(bootstrap, topic, ends, deadline)
    finally:
        # Also where a purge was killed and Kafka has compacted everything since.
        if found or now != before:
            await alter_topic(bootstrap, topic, before)
    # Files that were put aside before we came were put aside for so long.
    delay = int(before["file.delete.delay.ms"]) / 1000
    await asyncio.sleep(max(began + delay - time.monotonic(), 0) + (SETTLED if found else 0))
    return found


def _to_return_to(found: Mapping[str, str]) -> Mapping[str, str]:
    """The settings that the topic has; those of `maarid migrate` where a purge was killed."""
    if found["segment.ms"] != HASTENED["segment.ms"]:
        return found
    promised = compacted_settings(read_settings(TopicSettings).erased_within_hours * 3600)
    return {name: promised[name] for name in HASTENED}


async def _until_compacted(bootstrap: str, topic: str, ends: Ends, deadline: float) -> None:
    producer: Any = producer_for(bootstrap, "maarid-purge", transactional_id=f"{topic}.purge")
    try:
        await started(producer.start(), START_SECONDS)
        while True:
            await append_to_each(producer, topic)
            await asyncio.sleep(PAUSE)
            _, left = await _outdated(bootstrap, topic, ends)
            if not left:
                return
            if time.monotonic() > deadline:
                raise PurgeError(
                    f"{left} records on {topic} that were replaced or erased are not compacted"
                    " away yet. Does the broker compact (log.cleaner.enable)? Purge again; it"
                    " compacts them by itself within MAARID_ERASED_WITHIN_HOURS as well."
                )
    finally:
        await end_producer(producer)


async def _outdated(bootstrap: str, topic: str, ends: Ends | None = None) -> tuple[Ends, int]:
    """Of what stands before `ends`, how many records with content have another of their key behind
    them; and these ends, today's if none are given."""
    last, records = Hashes(), 0
    async with TopicReader(bootstrap, topic) as reader:
        ends = ends or await reader.ends()
        async for batch in reader.rest(ends):
            for record in batch:
                key = hash_of(record.key or b"")
                if record.value is None:
                    last.drop(key)
                else:
                    last.add(key)
                    records += 1
    return ends, records - len(last)
