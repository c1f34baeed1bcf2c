"""What the topics say, read as any other team's consumer would: headers and JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from chassis.kafka.reading import TopicReader

TOPICS = (
    "registration.events.v1",
    "scheduling.events.v1",
    "ticketing.events.v1",
    "notifications.events.v1",
)
CONTACTS = "registration.contacts.v1"


@dataclass(frozen=True)
class Fact:
    """One event as it stands on its topic."""

    type: str
    stream: str
    version: int
    id: str
    causation_id: str | None
    data: Mapping[str, Any]


@dataclass
class Facts:
    """Each event once, in the order of its stream; and the last record of each contact."""

    by_stream: dict[str, list[Fact]] = field(default_factory=dict[str, list[Fact]])
    contacts: dict[str, Mapping[str, Any] | None] = field(
        default_factory=dict[str, Mapping[str, Any] | None]
    )
    """Contact id to its last record; None is a tombstone."""
    holes: list[str] = field(default_factory=list[str])

    def of(self, *types: str) -> list[Fact]:
        """All facts of some types, streams one after the other."""
        return [fact for facts in self.by_stream.values() for fact in facts if fact.type in types]


async def read_facts(bootstrap: str) -> Facts:
    """Read all topics from their beginning to their end."""
    facts = Facts()
    versions: dict[str, dict[int, Fact]] = defaultdict(dict)
    for topic in TOPICS:
        async with TopicReader(bootstrap, topic) as reader:
            async for records in reader.rest():
                for record in records:
                    fact = _fact(dict(record.headers), record.value or b"{}")
                    # Sent again is the same again: the first of a version counts.
                    versions[fact.stream].setdefault(fact.version, fact)
    for stream, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            facts.holes.append(stream)
        facts.by_stream[stream] = [found[version] for version in sorted(found)]
    async with TopicReader(bootstrap, CONTACTS) as reader:
        async for records in reader.rest():
            for record in records:
                key = (record.key or b"").decode()
                value = record.value
                facts.contacts[key] = None if value is None else orjson.loads(value)
    return facts


def _fact(headers: Mapping[str, bytes | None], value: bytes) -> Fact:
    def text(name: str) -> str:
        return (headers.get(name) or b"").decode()

    return Fact(
        type=text("ce_type").split(".")[-2],
        stream=text("ce_subject"),
        version=int(text("ce_sequence")),
        id=text("ce_id"),
        causation_id=text("ce_causationid") or None,
        data=orjson.loads(value),
    )
