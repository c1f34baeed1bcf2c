"""Consuming the events of other services: project, react, acknowledge, in this order, per batch.

A crash anywhere in between means that the batch comes again: the offset of each stream stands in
the same transaction as the effect, and policies execute commands under ids derived from the event,
so nothing is doubled and nothing lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer

from chassis.definition.runtime import Runtime
from chassis.definition.service import ServiceDefinition, Subscription
from chassis.inbox.dead_letters import DeadLetters, count_dead_letters
from chassis.inbox.gaps import Gaps
from chassis.inbox.healing import LowOffsets
from chassis.inbox.incoming import Incoming, read
from chassis.kafka.reading import Raw
from chassis.listening.batches import PASSING, Batches
from chassis.listening.projecting import Projector
from chassis.listening.reacting import Reactor
from chassis.listening.wishes import Wishes
from chassis.process import metrics


class Consumer:
    """One topic of events, consumed by one service."""

    def __init__(
        self, definition: ServiceDefinition, subscription: Subscription, runtime: Runtime
    ) -> None:
        self.topic = subscription.topic
        self.batches = Batches(self.topic)
        self._service = definition.name
        self._pool = runtime.pool
        self._entries = subscription.entries
        self._gaps = Gaps()
        self._low_offsets = LowOffsets(self.topic)
        letters = DeadLetters(self.topic)
        self._projector = Projector(
            subscription, definition.projection, self._pool, letters, self._gaps
        )
        self._reactor = Reactor(subscription, runtime, letters, self.batches.progressed)
        self._wishes = Wishes(subscription, self._pool, letters, self._projector, self._reactor)

    async def handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
        """Handle a batch to its end and acknowledge it, or give it back whole."""

        async def work() -> None:
            await self._handle([read(self._entries, record) for record in records])

        await self.batches.handle(kafka, records, work)

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

    async def measure(self, kafka: AIOKafkaConsumer) -> int:
        """How many records the broker has that were not handled, asked of the broker itself."""
        lag = await self.batches.lag(kafka)
        ours = {place.partition for place in kafka.assignment()}
        # Not where one opens or closes: it may also have gone to another replica.
        metrics.HOLES.labels(self.topic).set(self._gaps.lasting(ours))
        self._low_offsets.measured(lag, ours, len(kafka.partitions_for_topic(self.topic) or ours))
        return lag

    async def sweep(self) -> None:
        """Carry out what a person wishes for dead letters, for ever."""
        await self.batches.sweep(self._sweep)

    async def _sweep(self) -> None:
        await self._wishes.carry_out()
        await self._low_offsets.heal(self._pool)
        metrics.DEAD_LETTERS.labels(self._service).set(await count_dead_letters(self._pool))
