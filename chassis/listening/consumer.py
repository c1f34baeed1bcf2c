"""Consuming the events of other services: project, react, acknowledge, in this order, per batch.

A crash anywhere in between means that the batch comes again: the offset of each stream stands in
the same transaction as the effect, and policies execute commands under ids derived from the event,
so nothing is doubled and nothing lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer

from chassis.definition.runtime import Runtime
from chassis.definition.service import ServiceDefinition, Subscription
from chassis.inbox.dead_letters import DeadLetters, Incoming, count_dead_letters, read, read_again
from chassis.inbox.healing import LowOffsets
from chassis.inbox.placing import Gaps
from chassis.inbox.stream_offsets import (
    has_reacted,
    keep_offsets,
    raise_reacted_within,
    read_offsets,
)
from chassis.kafka.reading import Raw
from chassis.listening.batches import PASSING, Batches
from chassis.listening.projecting import Projector, reason_of
from chassis.listening.reacting import Reactor
from chassis.process import metrics

log = structlog.get_logger(__name__)


class Consumer:
    """One topic of events, consumed by one service."""

    def __init__(
        self, definition: ServiceDefinition, subscription: Subscription, runtime: Runtime
    ) -> None:
        self.topic = subscription.topic
        self.batches = Batches(self.topic, self)
        self._service = definition.name
        self._pool = runtime.pool
        self._entries = subscription.entries
        self._gaps = Gaps()
        self._low_offsets = LowOffsets(self.topic)
        self._looked_for_orphans = False
        letters = self._letters = DeadLetters(self.topic)
        self._reactor = Reactor(subscription, runtime, letters, self.batches.progressed)
        self._projector = Projector(
            subscription, definition.projection, self._pool, letters, self._gaps
        )

    async def hear(self, records: list[Raw]) -> None:
        """Project a batch, and react to it."""
        await self._handle([read(self._entries, record) for record in records])

    async def _handle(self, records: Sequence[Incoming]) -> None:
        try:
            unreacted = await self._projector.project(records)
        except PASSING:
            raise
        except Exception:
            if len(records) > 1:
                # One record of the batch is poisonous: each is handled alone, in order.
                for record in records:
                    await self._handle([record])
                return
            unreacted = await self._projector.insist(records[0])
        await self._reactor.react(unreacted)

    def measured(self, kafka: AIOKafkaConsumer, lag: int) -> None:
        """So many records were not handled yet: whoever raises low offsets wants to know."""
        ours = {place.partition for place in kafka.assignment()}
        # Not where one opens or closes: it may also have gone to another replica.
        metrics.HOLES.labels(self.topic).set(self._gaps.lasting(ours))
        self._low_offsets.measured(lag, ours, len(kafka.partitions_for_topic(self.topic) or ours))

    async def sweep(self) -> None:
        """Carry out what a person wishes for dead letters, and raise low offsets."""
        if not self._looked_for_orphans:
            await self._letters.resume_orphans(self._pool)
            self._looked_for_orphans = True
        for id_, stream in await self._letters.wished(self._pool):
            await self._resume(id_, stream)
        await self._low_offsets.heal(self._pool)
        metrics.DEAD_LETTERS.labels(self._service).set(await count_dead_letters(self._pool))

    async def _resume(self, id_: int, stream: str | None) -> None:
        """Handle a stream's dead letters in order, until none is left or one fails again."""
        while True:
            dead_letter = await self._letters.next(self._pool, id_, stream)
            if dead_letter is None:
                return
            record = read_again(self._entries, dead_letter)
            if dead_letter.wish == "drop":
                await self._drop(record)
            elif (reason := await self._retry(record)) is not None:
                await self._letters.keep(self._pool, dead_letter, reason)
                return
            await self._letters.remove(self._pool, dead_letter)

    async def _retry(self, record: Incoming) -> str | None:
        """Handle a record again; returns why that fails, or None where nobody needs it any more."""
        stream, version = record.subject.stream, record.subject.version
        if record.unreadable is not None:
            behind = await has_reacted(self._pool, self.topic, stream, version)
            return None if behind else record.unreadable
        try:
            unreacted = await self._projector.project([record], resuming=True)
        except PASSING:
            raise
        except Exception as error:
            return reason_of(error)
        for one in unreacted:
            if (reason := await self._reactor.react_to(one)) is not None:
                return reason
        await raise_reacted_within(self._pool, self.topic, stream, version or 0)
        return None

    async def _drop(self, record: Incoming) -> None:
        """Go on behind a record that nobody wants handled."""
        stream, version = record.subject.stream, record.subject.version
        log.warning("consumer.dropped", topic=self.topic, stream=stream)
        if stream is None or version is None:
            return
        async with self._pool.acquire() as db, db.transaction():
            offset = (await read_offsets(db, self.topic, [stream]))[stream]
            if version == offset.version + 1:
                # It was never projected, and a rebuild must leave it out as well.
                reason = record.unreadable or "its handling kept failing"
                await self._letters.drop(db, record.dead_letter, reason)
                offset.move(version, passed_over=record.dead_letter.event_id)
            offset.reacted = max(offset.reacted, min(version, offset.version))
            await keep_offsets(db, self.topic, {stream: offset})
