"""The FastStream side of hearing: one batch subscriber a topic, acknowledged by hand."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Sequence
from typing import Any, Protocol, cast

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from chassis.kafka.reading import Raw
from chassis.listening.batches import Batches

log = structlog.get_logger(__name__)

MAX_RECORDS = 1000
MEASURE_SECONDS = 10.0
"""How long the broker may take to tell how far a consumer is."""
RETRY_MS = 300
"""Between attempts to reach a broker that is away; aiokafka has several under way all the time."""


class Handler(Protocol):
    """What handles the batches of one topic."""

    topic: str

    async def handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None: ...


def broker_for(bootstrap: str, name: str) -> KafkaBroker:
    """A broker that creates no topics, validates no arguments and never acknowledges by itself."""
    return KafkaBroker(
        bootstrap.split(","),
        client_id=name,
        allow_auto_create_topics=False,
        consumer_only=True,
        apply_types=False,
        graceful_timeout=10,
        retry_backoff_ms=RETRY_MS,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
    )


def subscribe(broker: KafkaBroker, handler: Handler, *, group: str, session_seconds: float) -> Any:
    """Subscribe a handler; the one place where the settings of consumers stand.
    The defaults would lose messages: acknowledging first, and starting at the end of the topic."""
    subscriber = cast(Any, broker).subscriber(
        handler.topic,
        batch=True,
        group_id=group,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        max_records=MAX_RECORDS,
        batch_timeout_ms=200,
        fetch_max_wait_ms=500,
        max_poll_interval_ms=300_000,
        session_timeout_ms=int(session_seconds * 1000),
        heartbeat_interval_ms=int(session_seconds * 1000 / 4),
    )

    async def parse(message: tuple[Raw, ...]) -> KafkaAckableMessage:
        # FastStream decodes headers as strict UTF-8, and one bad byte would stop the topic.
        return KafkaAckableMessage(
            body=b"", headers={}, raw_message=message, consumer=subscriber.consumer
        )

    async def unpack(message: KafkaAckableMessage) -> Any:
        return message.raw_message

    async def handle(records: Any) -> None:
        await handler.handle(subscriber.consumer, records)

    subscriber(handle, parser=cast(Any, parse), decoder=cast(Any, unpack))
    return subscriber


class Watch:
    """Ends the process when a consumer lags and makes no progress: aiokafka can sit stuck after a
    broker restart (aiokafka issue 1154) with nothing to tell but this."""

    def __init__(self, stuck_after: float) -> None:
        self._stuck_after = stuck_after
        self._watched: list[tuple[Any, Batches]] = []
        self._answered_at = time.monotonic()
        self.stuck: str | None = None
        """The topic whose consumer is stuck; such a process is not alive."""

    @property
    def answered(self) -> bool:
        """Whether the broker has lately told how far the consumers are."""
        return time.monotonic() - self._answered_at < self._stuck_after / 24 + MEASURE_SECONDS + 2

    def add(self, subscriber: Any, batches: Batches) -> None:
        """Watch a subscriber and how its batches are handled."""
        self._watched.append((subscriber, batches))

    async def run(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            await asyncio.sleep(self._stuck_after / 24)
            for subscriber, batches in self._watched:
                kafka: AIOKafkaConsumer | None = subscriber.consumer
                if kafka is None:
                    continue
                try:
                    async with asyncio.timeout(MEASURE_SECONDS):
                        lag = await batches.measure(kafka)
                    self._answered_at = time.monotonic()
                except (KafkaError, TimeoutError, OSError) as error:
                    # The broker is away: nothing can be said, and nothing would be gained by dying.
                    log.warning("watch.unmeasured", topic=batches.topic, error=repr(error))
                    batches.progressed()
                    continue
                if lag == 0:
                    batches.progressed()
                elif time.monotonic() - batches.progressed_at > self._stuck_after:
                    log.error("watch.stuck", topic=batches.topic, lag=lag)
                    self.stuck = batches.topic
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
