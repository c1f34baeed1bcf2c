"""Policies act on events: streams side by side, the events of one stream in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import structlog
from maarid_contracts import Contract
from opentelemetry.trace import SpanKind

from chassis.definition.runtime import Runtime
from chassis.definition.service import Subscription
from chassis.inbox.dead_letters import DeadLetters, Incoming
from chassis.inbox.stream_offsets import raise_reacted
from chassis.listening.batches import ATTEMPTS, PASSING
from chassis.process.trace import continued

log = structlog.get_logger(__name__)

STREAMS_AT_ONCE = 64


@dataclass(frozen=True)
class Reactor:
    """Runs the policies of one subscription, and calls `progressed` after each event."""

    subscription: Subscription
    runtime: Runtime
    dead_letters: DeadLetters
    progressed: Callable[[], None]
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STREAMS_AT_ONCE))

    @property
    def topic(self) -> str:
        return self.subscription.topic

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
        await raise_reacted(self.runtime.pool, self.topic, reacted)
        if trouble is not None:
            raise trouble

    async def _react_in_order(self, records: Sequence[Incoming]) -> int:
        """Returns the highest version that was reacted to; 0 for none.

        The last one may be lower: a producer that was given up sends its batch behind another's.
        """
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
                log.exception("consumer.policy_failed", topic=self.topic, type=event.type)
        return reason
