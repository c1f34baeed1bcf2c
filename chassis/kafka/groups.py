"""How far the group of a consumer has come, as the broker keeps it."""

from __future__ import annotations

from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, UnknownMemberIdError

from chassis.kafka.reading import assign
from chassis.kafka.starting import started


class GroupInUse(Exception):
    """Somebody reads by this group, so that it cannot be set back."""


async def rewind(bootstrap: str, group: str, topic: str) -> None:
    """Let a group that nobody reads by begin at the first record of a topic.

    Raises GroupInUse, and KafkaError.
    """
    kafka: Any = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    try:
        await started(kafka.start())
        places = await assign(kafka, topic)
        begins = cast(dict[TopicPartition, int], await kafka.beginning_offsets(places))
        if begins:
            await kafka.commit(begins)
    except (CommitFailedError, UnknownMemberIdError) as error:
        raise GroupInUse(group) from error
    finally:
        await kafka.stop()
