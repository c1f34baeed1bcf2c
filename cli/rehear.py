"""Hearing everything again: for databases that lost their last commits."""

from __future__ import annotations

from chassis.kafka.groups import rewind
from cli.definitions import definitions


async def rehear(bootstrap: str) -> int:
    """Let every service hear all topics from their beginning at its next start; returns by how many
    groups.

    What a service has heard it knows again by its marks.  What it had heard and has forgotten comes
    once more, which the broker would not send by itself.
    Raises GroupInUse where a service runs, and KafkaError.
    """
    groups = 0
    for definition in definitions():
        for heard in (*definition.subscriptions, *definition.records):
            await rewind(bootstrap, definition.group_of(heard.topic), heard.topic)
            groups += 1
    return groups
