"""Records of a topic into the read tables, in the transaction that moves their streams' offsets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from chassis.definition.projection import Projection
from chassis.definition.service import Subscription
from chassis.inbox.dead_letters import DeadLetters, Incoming
from chassis.inbox.placing import Gaps, Placement, place, place_outside_streams
from chassis.inbox.stream_offsets import StreamOffset, keep_offsets, read_offsets
from chassis.inbox.subscriptions import refuse_other_types
from chassis.kafka.received import ReceivedEvent
from chassis.listening.batches import ATTEMPTS, PASSING
from chassis.postgres.database import Connection, Pool
from chassis.process import metrics

log = structlog.get_logger(__name__)


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

    @property
    def topic(self) -> str:
        return self.subscription.topic

    async def project(
        self, records: Sequence[Incoming], *, resuming: bool = False
    ) -> list[Incoming]:
        """Project what is new; returns what policies still have to react to, in order.

        `resuming` says that a dead letter's turn has come, so that its own stream does not park it
        again.
        """
        async with self.pool.acquire() as db, db.transaction():
            streams = list({one.subject.stream for one in records if one.subject.stream})
            offsets = await read_offsets(db, self.topic, streams)
            await refuse_other_types(db, self.topic, self.subscription.entries.keys())
            parked = set[str]() if resuming else await self.dead_letters.parked(db, streams)
            transaction = Transaction(db, offsets, parked)
            for record in records:
                placement = await self._place(transaction, record)
                if placement is not Placement.DEAD_LETTER:  # That is counted as it is set aside.
                    metrics.HEARD.labels(self.topic, placement.label).inc()
            if transaction.new:
                await self.projection.heard(db, transaction.new)
            if not self.subscription.policies:
                for offset in offsets.values():
                    offset.reacted = max(offset.reacted, offset.version)
            moved = {stream: offset for stream, offset in offsets.items() if offset.moved}
            await keep_offsets(db, self.topic, moved)
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
                    "consumer.projection_failed", topic=self.topic, type=record.subject.type
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
                    log.error("consumer.gap", topic=self.topic, stream=stream)
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
