"""Consuming the events of other services: project, react, acknowledge, in this order, per batch.

A crash anywhere in between means that the batch comes again: the offset of each stream stands in
the same transaction as the effect, and policies execute commands under ids derived from the event,
so nothing is doubled and nothing lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer

from chassis.definition.projection import Projection
from chassis.definition.runtime import Runtime
from chassis.definition.service import Subscription
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

log = structlog.get_logger(__name__)


class Consumer:
    """One topic of events, consumed by one service."""

    def __init__(
        self, *, service: str, subscription: Subscription, projection: Projection, runtime: Runtime
    ) -> None:
        self.topic = subscription.topic
        self.batches = Batches(subscription.topic)
        self._service = service
        self._pool = runtime.pool
        self._entries = subscription.entries
        self._gaps = Gaps()
        self._low_offsets = LowOffsets(subscription.topic)
        dead_letters = DeadLetters(subscription.topic)
        self._projector = Projector(
            subscription=subscription,
            projection=projection,
            pool=runtime.pool,
            dead_letters=dead_letters,
            gaps=self._gaps,
        )
        self._reactor = Reactor(
            subscription=subscription,
            runtime=runtime,
            dead_letters=dead_letters,
            progressed=self.batches.progressed,
        )
        self._wishes = Wishes(
            subscription=subscription,
            pool=runtime.pool,
            dead_letters=dead_letters,
            projector=self._projector,
            reactor=self._reactor,
        )

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
        while True:
            try:
                await self._wishes.carry_out()
                await self._low_offsets.heal(self._pool)
                dead_letters = await count_dead_letters(self._pool)
                metrics.DEAD_LETTERS.labels(self._service).set(dead_letters)
            except PASSING as error:
                log.warning("consumer.sweep", topic=self.topic, error=repr(error))
            except Exception:
                # One that cannot be dealt with must not end the consuming of all topics.
                log.exception("consumer.sweep_failed", topic=self.topic)
            await asyncio.sleep(0.5)
