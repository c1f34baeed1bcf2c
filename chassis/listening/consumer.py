"""Consuming the events of other services: project, react, acknowledge, in this order, per batch.

A crash anywhere in between means that the batch comes again: the offset of each stream stands in
the same transaction as the effect, and policies execute commands under ids derived from the event,
so nothing is doubled and nothing lost.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import structlog
from aiokafka import AIOKafkaConsumer
from maarid_contracts import Contract
from opentelemetry.trace import SpanKind

from chassis.definition.projection import Projection
from chassis.definition.runtime import Runtime
from chassis.definition.service import ServiceDefinition, Subscription
from chassis.inbox.dead_letters import DeadLetters, Incoming, count_dead_letters, read, read_again
from chassis.inbox.healing import LowOffsets
from chassis.inbox.placing import Gaps, Placement, place, place_outside_streams
from chassis.inbox.stream_offsets import (
    StreamOffset,
    has_reacted,
    keep_offsets,
    raise_reacted,
    raise_reacted_within,
    read_offsets,
)
from chassis.inbox.subscriptions import refuse_other_types
from chassis.kafka.reading import Raw
from chassis.kafka.received import ReceivedEvent
from chassis.listening.batches import ATTEMPTS, PASSING, Batches
from chassis.postgres.database import Connection, Pool
from chassis.process import metrics
from chassis.process.trace import continued

log = structlog.get_logger(__name__)

STREAMS_AT_ONCE = 64


@dataclass
class Transaction:
    """What is known of the streams of some records, and what has been found out about those."""

    db: Connection
    offsets: dict[str, StreamOffset]
    parked: set[str]
    new: list[ReceivedEvent] = field(default_factory=list[ReceivedEvent])
    unreacted: list[Incoming] = field(default_factory=list[Incoming])


@dataclass(frozen=True)
class Projector:
    """Projects one topic."""

    subscription: Subscription
    projection: Projection
    pool: Pool
    dead_letters: DeadLetters
    gaps: Gaps

    async def project(
        self, records: Sequence[Incoming], *, resuming: bool = False
    ) -> list[Incoming]:
        """Project what is new; returns what policies still have to react to, in order.

        `resuming` says that a dead letter's turn has come, so that its own stream does not park it
        again.
        """
        async with self.pool.acquire() as db, db.transaction():
            streams = list({one.subject.stream for one in records if one.subject.stream})
            offsets = await read_offsets(db, self.dead_letters.topic, streams)
            await refuse_other_types(db, self.subscription)
            parked = set[str]() if resuming else await self.dead_letters.parked(db, streams)
            transaction = Transaction(db, offsets, parked)
            for record in records:
                placement = await self._place(transaction, record)
                if placement is not Placement.DEAD_LETTER:  # That is counted as it is set aside.
                    metrics.HEARD.labels(self.dead_letters.topic, placement.label).inc()
            if transaction.new:
                await self.projection.heard(db, transaction.new)
            if not self.subscription.policies:
                for offset in offsets.values():
                    offset.reacted = max(offset.reacted, offset.version)
            moved = {stream: offset for stream, offset in offsets.items() if offset.moved}
            await keep_offsets(db, self.dead_letters.topic, moved)
        return transaction.unreacted if self.subscription.policies else []

    async def insist(self, record: Incoming) -> list[Incoming]:
        """Try a record that failed a few times more, then set it aside."""
        reason = ""
        for pause in ATTEMPTS:
            await asyncio.sleep(pause)
            try:
                return await self.project([record])
            except PASSING:
                raise
            except Exception as error:
                reason = reason_of(error)
                log.exception(
                    "consumer.projection_failed",
                    topic=self.dead_letters.topic,
                    type=record.subject.type,
                )
        await self.dead_letters.set_aside(self.pool, record.dead_letter, reason)
        return []

    async def _place(self, transaction: Transaction, record: Incoming) -> Placement:
        """Place a record, and do at once what follows for its stream."""
        stream, version = record.subject.stream, record.subject.version
        if stream is None or version is None:
            placement = place_outside_streams(record.content)
            if record.unreadable is not None:
                await self.dead_letters.set_aside(
                    transaction.db, record.dead_letter, record.unreadable
                )
            return placement
        offset = transaction.offsets[stream]
        event_id = record.dead_letter.event_id
        placement = place(
            version, event_id, record.content, offset, parked=stream in transaction.parked
        )
        match placement:
            case Placement.NEW:
                offset.move(version)
                self.gaps.closed(stream)
            case Placement.LATE:
                offset.move(version)
                offset.reacted = version - 1
            case Placement.UNNEEDED:
                offset.move(version, passed_over=event_id)
                self.gaps.closed(stream)
            case Placement.DUPLICATE:
                pass
            case Placement.AHEAD:
                if self.gaps.seen(stream, record.dead_letter.partition):
                    log.error("consumer.gap", topic=self.dead_letters.topic, stream=stream)
            case Placement.PARKED:
                await self.dead_letters.wait_behind(transaction.db, record.dead_letter)
            case Placement.DEAD_LETTER:
                await self.dead_letters.set_aside(
                    transaction.db, record.dead_letter, str(record.content)
                )
                transaction.parked.add(stream)
        if placement in (Placement.NEW, Placement.LATE) and record.event is not None:
            transaction.new.append(record.event)
        if placement.calls_for_policies and version > offset.reacted:
            transaction.unreacted.append(record)
        return placement


def reason_of(error: Exception) -> str:
    """The reason why a record whose projection failed is set aside."""
    return f"projection failed: {type(error).__name__}: {error}"


@dataclass(frozen=True)
class Reactor:
    """Runs the policies of one subscription, and calls `progressed` after each event."""

    subscription: Subscription
    runtime: Runtime
    dead_letters: DeadLetters
    progressed: Callable[[], None]
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STREAMS_AT_ONCE))

    async def react(self, records: Sequence[Incoming]) -> None:
        """Let policies act on records, and store how far they have come in each stream.

        Raises the trouble of one stream after all others have come as far as they can.
        """
        if not records:
            return
        by_stream: dict[str, list[Incoming]] = defaultdict(list)
        for record in records:
            by_stream[record.subject.stream or ""].append(record)
        results = await asyncio.gather(
            *(self._react_in_order(in_order) for in_order in by_stream.values()),
            return_exceptions=True,
        )
        reacted: dict[str, int] = {}
        trouble: BaseException | None = None
        for stream, result in zip(by_stream, results, strict=True):
            if isinstance(result, BaseException):
                trouble = result
            elif result:
                reacted[stream] = result
        await raise_reacted(self.runtime.pool, self.dead_letters.topic, reacted)
        if trouble is not None:
            raise trouble

    async def _react_in_order(self, records: Sequence[Incoming]) -> int:
        """Returns the highest version that was reacted to; 0 for none.
        The last one may be lower: a producer that was given up sends its batch behind another's."""
        reacted = 0
        async with self.gate:
            for index, record in enumerate(records):
                reason = await self.react_to(record)
                if reason is not None:
                    await self._park(record, records[index + 1 :], reason)
                    return reacted
                reacted = max(reacted, record.subject.version or 0)
                self.progressed()
        return reacted

    async def _park(self, record: Incoming, behind: Sequence[Incoming], reason: str) -> None:
        async with self.runtime.pool.acquire() as db, db.transaction():
            await self.dead_letters.set_aside(db, record.dead_letter, reason)
            for waiting in behind:
                await self.dead_letters.wait_behind(db, waiting.dead_letter)

    async def react_to(self, record: Incoming) -> str | None:
        """Run the policies of one event; returns why it could not be done, or None."""
        event = record.event
        if event is None:
            return None
        policies = self.subscription.policies.get(cast(type[Contract], type(event.contract)), ())
        if not policies:
            return None
        reason = ""
        for pause in (0.0, *ATTEMPTS):
            await asyncio.sleep(pause)
            try:
                with continued(f"react {event.type}", event.traceparent, SpanKind.CONSUMER):
                    for policy in policies:
                        await policy(event, self.runtime)
                return None
            except PASSING:
                raise
            except Exception as error:
                reason = f"policy failed: {type(error).__name__}: {error}"
                log.exception(
                    "consumer.policy_failed", topic=self.dead_letters.topic, type=event.type
                )
        return reason


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
