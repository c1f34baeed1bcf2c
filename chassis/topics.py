"""Topics are made by a step like a migration, never by whoever comes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS

KEEP = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
"""Events are kept for ever, so that a new consumer can begin at the beginning."""
COMPACT = {"cleanup.policy": "compact", "min.compaction.lag.ms": "0", "flush.messages": "1"}
"""The last record of each key, on disk before it is acknowledged: an erased person's tombstone
could not be sent again."""


async def make_topics(
    bootstrap: str,
    *,
    events: Sequence[str] = EVENT_TOPICS,
    compacted: Sequence[str] = COMPACTED_TOPICS,
    partitions: int = 6,
    replication: int = 1,
) -> list[str]:
    """Create the topics that do not exist yet; returns their names."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [
            NewTopic(name, partitions, replication, topic_configs=settings)
            for names, settings in ((events, KEEP), (compacted, COMPACT))
            for name in names
            if name not in existing
        ]
        if missing:
            await admin.create_topics(missing)
        return [topic.name for topic in missing]
    finally:
        await admin.close()
