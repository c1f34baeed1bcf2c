"""Batches of a topic handled to their end: trouble is waited out, and nothing escapes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol, cast

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from chassis.inbox.stream_offsets import LostRace
from chassis.inbox.subscriptions import MadeForAnotherVersion
from chassis.kafka.reading import Raw
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import RACE, TROUBLE
from chassis.process import breakpoints, metrics

log = structlog.get_logger(__name__)

PASSING: tuple[type[Exception], ...] = (
    *TROUBLE,
    *RACE,
    LostRace,
    MadeForAnotherVersion,
    Busy,
    Unavailable,
    KafkaError,
)
"""Trouble that is waited out, for as long as it takes; anything else is the record's own."""
ATTEMPTS = (0.1, 0.4)
"""Seconds between the attempts at a record whose handling fails; after them it is set aside."""
POSITION_SECONDS = 0.2
SWEEP_SECONDS = 0.5
HOLD_SECONDS = 60.0
"""How long a batch is tried in place before it is given back to the broker."""


class Hearer(Protocol):
    """What is done with the records of one topic."""

    async def hear(self, records: list[Raw]) -> None:
        """Handle records.  After an error it is called again with those that it has left in the
        list, so what was done with them must be harmless to do again."""
        ...

    async def sweep(self) -> None:
        """What is to be done beside the batches, every half second."""
        ...

    def measured(self, kafka: AIOKafkaConsumer, lag: int) -> None:
        """So many records of the topic have not been handled."""
        ...


class Batches:
    """How one topic's batches are handled, and how far that has come.
    Of a `personal` topic an error's class alone is logged: its message may repeat a record."""

    def __init__(self, topic: str, hearer: Hearer, *, personal: bool = False) -> None:
        self.topic = topic
        self._hearer = hearer
        self._personal = personal
        self._done: dict[TopicPartition, int] = {}
        self._in_hand: dict[TopicPartition, int] = {}
        """The first offset of each partition in the batch that is being handled."""
        self.progressed_at = time.monotonic()
        """When something was done last, or could not be for a reason that passes."""

    def progressed(self) -> None:
        """Something was done: the watchdog need not mind."""
        self.progressed_at = time.monotonic()

    async def sweep(self) -> None:
        """Do what is to be done beside the batches, for ever, whatever it raises."""
        while True:
            try:
                await self._hearer.sweep()
            except PASSING as error:
                log.warning("consumer.sweep", topic=self.topic, error=self._words(error))
            except Exception as error:
                # What cannot be dealt with must not end the consuming of all topics.
                self._log_failure("consumer.sweep_failed", error)
            await asyncio.sleep(SWEEP_SECONDS)

    async def handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
        """Handle a batch to its end and acknowledge it, or give it back whole."""
        self._in_hand = first_of(records)
        try:
            await self._handle(kafka, records)
        finally:
            self._in_hand = {}

    async def _handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
        began = time.monotonic()
        pause = 0.05
        left = list(records)
        while True:
            try:
                await self._hearer.hear(left)
                break
            except PASSING as error:
                self.progressed()
                log.warning("consumer.trouble", topic=self.topic, error=self._words(error))
            except Exception as error:
                # Nothing may escape, for the next batch would be acknowledged past this one.  It
                # is no progress either: the watchdog ends the process where this does not pass.
                self._log_failure("consumer.failed", error)
            if time.monotonic() - began > HOLD_SECONDS:
                give_back(kafka, records)
                await asyncio.sleep(pause)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        await breakpoints.reached("consumer.committed")
        await acknowledge(kafka, self.topic)
        self.progressed()
        for record in records:
            self._done[TopicPartition(record.topic, record.partition)] = record.offset + 1

    async def measure(self, kafka: AIOKafkaConsumer) -> int:
        """How many records the broker has that were not handled, asked of the broker itself."""
        ends = cast(dict[TopicPartition, int], await kafka.end_offsets(list(kafka.assignment())))
        lag = 0
        for place, end in ends.items():
            lag += max(end - await self._reached(kafka, place), 0)
        metrics.CONSUMER_LAG.labels(self.topic).set(lag)
        self._hearer.measured(kafka, lag)
        return lag

    async def _reached(self, kafka: AIOKafkaConsumer, place: TopicPartition) -> int:
        """The offset before which everything of a partition was handled.

        The end of a transaction takes an offset, and is no record that could be committed: what has
        been fetched and is in nobody's hand was passed over.
        """
        committed = cast(int | None, await kafka.committed(place))
        done = max(committed or 0, self._done.get(place, 0))
        if place in self._in_hand:
            return max(done, self._in_hand[place])
        # A consumer that has no position yet would let us wait for it.
        with suppress(TimeoutError, IllegalStateError):
            async with asyncio.timeout(POSITION_SECONDS):
                done = max(done, await kafka.position(place))
        return done

    def _log_failure(self, what: str, error: Exception) -> None:
        told = None if self._personal else error
        log.error(what, topic=self.topic, error=self._words(error), exc_info=told)

    def _words(self, error: Exception) -> str:
        return type(error).__name__ if self._personal else repr(error)


def first_of(records: Sequence[Raw]) -> dict[TopicPartition, int]:
    """The first offset of each partition in a batch."""
    first: dict[TopicPartition, int] = {}
    for record in records:
        place = TopicPartition(record.topic, record.partition)
        first[place] = min(record.offset, first.get(place, record.offset))
    return first


def give_back(kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
    """Seek to the start of a batch, so that it comes again."""
    for place, offset in first_of(records).items():
        # A partition that was taken away meanwhile comes again at its new owner.
        with suppress(IllegalStateError, AssertionError):
            kafka.seek(place, offset)


async def acknowledge(kafka: AIOKafkaConsumer, topic: str) -> None:
    """Commit once for the batch.  A failure costs a redelivery, which is harmless."""
    try:
        await kafka.commit()
    except (CommitFailedError, IllegalStateError) as error:
        log.info("consumer.rebalanced", topic=topic, error=repr(error))
    except KafkaError as error:
        log.warning("consumer.not_acknowledged", topic=topic, error=repr(error))
