"""What a person wishes for the dead letters of a topic: to try them again, or to drop them."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from chassis.definition.service import Subscription
from chassis.inbox.dead_letters import DeadLetters
from chassis.inbox.incoming import Incoming, read_again
from chassis.inbox.stream_offsets import (
    has_reacted,
    keep_offsets,
    raise_reacted_within,
    read_offsets,
)
from chassis.listening.batches import PASSING
from chassis.listening.projecting import Projector, reason_of
from chassis.listening.reacting import Reactor
from chassis.postgres.database import Pool

log = structlog.get_logger(__name__)


@dataclass
class Wishes:
    """Carries out the wishes for one topic of events."""

    subscription: Subscription
    pool: Pool
    dead_letters: DeadLetters
    projector: Projector
    reactor: Reactor
    looked_for_orphans: bool = False

    @property
    def topic(self) -> str:
        return self.subscription.topic

    async def carry_out(self) -> None:
        """Carry out all wishes that there are now."""
        if not self.looked_for_orphans:
            await self.dead_letters.resume_orphans(self.pool)
            self.looked_for_orphans = True
        for id_, stream in await self.dead_letters.wished(self.pool):
            await self._resume(id_, stream)

    async def _resume(self, id_: int, stream: str | None) -> None:
        """Handle a stream's dead letters in order, until none is left or one fails again."""
        while True:
            dead_letter = await self.dead_letters.next(self.pool, id_, stream)
            if dead_letter is None:
                return
            record = read_again(self.subscription.entries, dead_letter)
            if dead_letter.wish == "drop":
                await self._drop(record)
            elif (reason := await self._retry(record)) is not None:
                await self.dead_letters.keep(self.pool, dead_letter, reason)
                return
            await self.dead_letters.remove(self.pool, dead_letter)

    async def _retry(self, record: Incoming) -> str | None:
        """Handle a record again; returns why that fails, or None where nobody needs it any more."""
        stream, version = record.subject.stream, record.subject.version
        if record.unreadable is not None:
            behind = await has_reacted(self.pool, self.topic, stream, version)
            return None if behind else record.unreadable
        try:
            unreacted = await self.projector.project([record], resuming=True)
        except PASSING:
            raise
        except Exception as error:
            return reason_of(error)
        for one in unreacted:
            if (reason := await self.reactor.react_to(one)) is not None:
                return reason
        await raise_reacted_within(self.pool, self.topic, stream, version or 0)
        return None

    async def _drop(self, record: Incoming) -> None:
        """Go on behind a record that nobody wants handled."""
        stream, version = record.subject.stream, record.subject.version
        log.warning("consumer.dropped", topic=self.topic, stream=stream)
        if stream is None or version is None:
            return
        async with self.pool.acquire() as db, db.transaction():
            offset = (await read_offsets(db, self.topic, [stream]))[stream]
            if version == offset.version + 1:
                # It was never projected, and a rebuild must leave it out as well.
                reason = record.unreadable or "its handling kept failing"
                await self.dead_letters.drop(db, record.dead_letter, reason)
                offset.move(version, passed_over=record.dead_letter.event_id)
            offset.reacted = max(offset.reacted, min(version, offset.version))
            await keep_offsets(db, self.topic, {stream: offset})
