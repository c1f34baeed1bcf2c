"""One place subscribes, and its settings lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy

from chassis.kafka.reading import Raw
from chassis.listening.subscribing import broker_for, subscribe
from tests.architecture.tree import PRODUCT, calls_of, python_files, shown


class Nobody:
    """A listener that hears nothing."""

    topic = "nobody.events.v1"

    async def handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
        """Nothing comes."""


def files_that_call(name: str) -> set[str]:
    return {
        shown(path)
        for path in python_files(*PRODUCT)
        if any(called == name for called, _ in calls_of(path))
    }


def test_only_one_place_makes_subscribers() -> None:
    assert files_that_call("subscriber") == {"chassis/listening/subscribing.py"}
    assert files_that_call("KafkaBroker") == {"chassis/listening/subscribing.py"}


def test_only_the_reader_of_whole_topics_consumes_outside_a_group() -> None:
    # The other one hears nothing: it sets a group back.
    readers = {"chassis/kafka/reading.py", "chassis/kafka/groups.py"}
    assert files_that_call("AIOKafkaConsumer") == readers
    path = next(path for path in python_files("chassis") if path.name == "reading.py")
    settings = [
        {keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords}
        for name, call in calls_of(path)
        if name == "AIOKafkaConsumer"
    ]
    assert [each.get("enable_auto_commit") for each in settings] == [False]
    assert "group_id" not in settings[0]


async def test_a_subscriber_acknowledges_by_hand_and_begins_at_the_beginning() -> None:
    broker = broker_for("127.0.0.1:1", "nobody")
    subscriber: Any = subscribe(broker, Nobody(), group="nobody", session_seconds=10)
    assert subscriber.ack_policy is AckPolicy.MANUAL
    settings = subscriber._connection_args
    assert settings["auto_offset_reset"] == "earliest"
    assert settings["enable_auto_commit"] is False
    assert not broker.config.broker_config.allow_auto_create_topics


def test_only_one_place_makes_producers() -> None:
    assert files_that_call("AIOKafkaProducer") == {"chassis/publishing/relay.py"}
