"""Hearing other services: project, react, acknowledge, in this order, for every batch.

A crash anywhere in between means that the batch comes again: the version heard last of each stream
stands in the same transaction as the effect, and policies execute commands under ids derived from
the event, so nothing is doubled and nothing lost.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import structlog
from aiokafka import AIOKafkaConsumer
from maarid_contracts import Contract
from opentelemetry.trace import SpanKind

from chassis import metrics
from chassis.batches import ATTEMPTS, PASSING, Batches, Raw
from chassis.blueprint import Hears
from chassis.database import Connection, Pool
from chassis.envelope import Subject, Unreadable, decode, subject_of, texts
from chassis.healing import LowMarks
from chassis.heard import Heard
from chassis.holes import Holes
from chassis.marks import Mark, keep_marks, read_marks
from chassis.parking import Letter, Parking, count_letters
from chassis.projection import Projection
from chassis.runtime import Runtime
from chassis.trace import continued

log = structlog.get_logger(__name__)

STREAMS_AT_ONCE = 64


@dataclass(slots=True)
class Incoming:
    """A record and what we could read of it."""

    letter: Letter
    subject: Subject
    heard: Heard | None
    """The event; None for a type that this service does not need, and for what is unreadable."""
    unreadable: str | None = None


class Consumer:
    """One topic of events, heard by one service."""

    def __init__(
        self, *, service: str, hears: Hears, projection: Projection, runtime: Runtime
    ) -> None:
        self.topic = hears.topic
        self._hears = hears
        self._service = service
        self._projection = projection
        self._runtime = runtime
        self._parking = Parking(hears.topic)
        self._entries = hears.entries
        self._holes = Holes()
        self._low_marks = LowMarks(hears.topic)
        self._gate = asyncio.Semaphore(STREAMS_AT_ONCE)
        self.batches = Batches(hears.topic)

    async def handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
        """Handle a batch to its end and acknowledge it, or give it back whole."""

        async def work() -> None:
            await self._handle([self._read(record) for record in records])

        await self.batches.handle(kafka, records, work)

    async def measure(self, kafka: AIOKafkaConsumer) -> int:
        """How many records the broker has that were not handled, asked of the broker itself."""
        lag = await self.batches.lag(kafka)
        ours = {place.partition for place in kafka.assignment()}
        # Not where one opens or closes: it may also have gone to another replica.
        lasting = self._holes.lasting(ours)
        metrics.HOLES.labels(self.topic).set(lasting)
        self._low_marks.measured(lag, ours, len(kafka.partitions_for_topic(self.topic) or ours))
        return lag

    def _read(self, record: Raw) -> Incoming:
        headers = texts(record.headers)
        subject = subject_of(headers)
        letter = Letter(
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            headers=headers,
            body=record.value,
            stream=subject.stream,
            version=subject.version,
            type=subject.type,
        )
        return self.reread(letter)

    def reread(self, letter: Letter) -> Incoming:
        """Decode a record, also one that was set aside."""
        subject = subject_of(letter.headers)
        entry = self._entries.get(subject.type)
        try:
            if entry is not None:
                heard = decode(entry, subject, letter.headers, letter.body)
                return Incoming(letter, subject, heard)
            if not subject.type:
                return Incoming(letter, subject, None, "no header ce_type says what it is")
            if letter.body is None:
                return Incoming(letter, subject, None, "a tombstone on a topic of events")
            return Incoming(letter, subject, None)
        except Unreadable as error:
            return Incoming(letter, subject, None, str(error))

    async def _handle(self, incoming: list[Incoming]) -> None:
        try:
            todo = await self._project(incoming)
        except PASSING:
            raise
        except Exception:
            if len(incoming) > 1:
                # One record of the batch is poisonous: each is handled alone, in order.
                for one in incoming:
                    await self._handle([one])
                return
            todo = await self._insist(incoming[0])
        await self._react(todo)

    async def _insist(self, one: Incoming) -> list[Incoming]:
        """Try a record that failed a few times more, then set it aside and park its stream."""
        reason = ""
        for pause in ATTEMPTS:
            await asyncio.sleep(pause)
            try:
                return await self._project([one])
            except PASSING:
                raise
            except Exception as error:
                reason = f"projection failed: {type(error).__name__}: {error}"
                log.exception(
                    "consumer.projection_failed",
                    topic=self.topic,
                    type=one.subject.type,
                )
        await self._set_aside(self._runtime.pool, one, reason)
        return []

    async def _set_aside(self, db: Connection | Pool, one: Incoming, reason: str) -> None:
        metrics.HEARD.labels(self.topic, "dead_letter").inc()
        log.error(
            "consumer.dead_letter",
            topic=self.topic,
            stream=one.subject.stream,
            type=one.subject.type,
            reason=reason,
        )
        await self._parking.set_aside(db, one.letter, reason)

    async def _project(
        self, incoming: Sequence[Incoming], *, resuming: bool = False
    ) -> list[Incoming]:
        """One transaction: what is new is projected and its version marked.

        `resuming` says that a letter's turn has come, so its own stream does not park it again.
        Returns what policies still have to react to, in order.
        """
        todo: list[Incoming] = []
        async with self._runtime.pool.acquire() as db, db.transaction():
            streams = list({one.subject.stream for one in incoming if one.subject.stream})
            marks = await read_marks(db, self.topic, streams)
            parked = set[str]() if resuming else await self._parking.parked(db, streams)
            new: list[Heard] = []
            for one in incoming:
                result = await self._place(db, one, marks, parked)
                metrics.HEARD.labels(self.topic, result).inc()
                if result == "new" and one.heard is not None:
                    new.append(one.heard)
                if result in ("new", "duplicate", "unneeded"):
                    stream, version = one.subject.stream, one.subject.version
                    if stream and version and version > marks[stream].reacted:
                        todo.append(one)
            if new and self._projection.heard is not None:
                await self._projection.heard(db, new)
            if not self._hears.policies:
                for stream in streams:
                    marks[stream].reacted = max(marks[stream].reacted, marks[stream].version)
                todo = []
            await keep_marks(db, self.topic, {s: m for s, m in marks.items() if m.moved})
        return todo

    async def _place(
        self, db: Connection, one: Incoming, marks: dict[str, Mark], parked: set[str]
    ) -> str:
        """Decide what a record is to its stream: new, duplicate, ahead, parked or dead."""
        stream, version = one.subject.stream, one.subject.version
        mark = marks.get(stream or "")
        if stream is not None and version is not None and mark is not None:
            if stream in parked and version > mark.reacted:
                await self._parking.wait_behind(db, one.letter)
                return "parked"
            if version <= mark.version:
                if one.heard is None or not mark.takes_late(version, one.letter.event_id):
                    return "duplicate"
                mark.move(version)
                mark.reacted = version - 1
                return "new"
            if version > mark.version + 1 and one.unreadable is None:
                # The relay sends what is missing and this again behind it.
                if self._holes.seen(stream, one.letter.partition):
                    log.error("consumer.hole", topic=self.topic, stream=stream)
                return "ahead"
        if one.unreadable is not None:
            log.error(
                "consumer.dead_letter",
                topic=self.topic,
                stream=stream,
                reason=one.unreadable,
            )
            await self._parking.set_aside(db, one.letter, one.unreadable)
            if stream is not None and version is not None:
                parked.add(stream)
            return "dead_letter"
        if stream is None or version is None or mark is None:
            # A foreign record of an unneeded type that belongs to no stream: nothing to mark.
            return "unneeded"
        needed = one.heard is not None
        mark.move(version, passed_over=None if needed else one.letter.event_id)
        self._holes.closed(stream)
        return "new" if needed else "unneeded"

    async def _react(self, todo: Sequence[Incoming]) -> None:
        """Let the policies act: streams side by side, the events of one stream in order."""
        if not todo:
            return
        by_stream: dict[str, list[Incoming]] = defaultdict(list)
        for one in todo:
            by_stream[one.subject.stream or ""].append(one)
        results = await asyncio.gather(
            *(self._react_in_order(events) for events in by_stream.values()),
            return_exceptions=True,
        )
        reacted: dict[str, int] = {}
        trouble: BaseException | None = None
        for stream, result in zip(by_stream, results, strict=True):
            if isinstance(result, BaseException):
                trouble = result
            elif result:
                reacted[stream] = result
        await self._runtime.pool.execute(
            "update log.heard as h set reacted = greatest(h.reacted, m.version)"
            " from unnest($2::text[], $3::bigint[]) as m(stream, version)"
            " where h.topic = $1 and h.stream = m.stream",
            self.topic,
            list(reacted),
            list(reacted.values()),
        )
        if trouble is not None:
            raise trouble

    async def _react_in_order(self, events: Sequence[Incoming]) -> int:
        """Returns the highest version that was reacted to; 0 for none.

        The last one may be lower: a producer that was given up sends its batch behind another's.
        """
        reacted = 0
        async with self._gate:
            for index, one in enumerate(events):
                reason = await self._react_to(one)
                if reason is not None:
                    async with self._runtime.pool.acquire() as db, db.transaction():
                        await self._set_aside(db, one, reason)
                        for behind in events[index + 1 :]:
                            await self._parking.wait_behind(db, behind.letter)
                    return reacted
                reacted = max(reacted, one.subject.version or 0)
                self.batches.progressed()
        return reacted

    async def _react_to(self, one: Incoming) -> str | None:
        """Run the policies of one event; returns why it could not be done, or None."""
        heard = one.heard
        if heard is None:
            return None
        policies = self._hears.policies.get(cast(type[Contract], type(heard.contract)), ())
        if not policies:
            return None
        reason = ""
        for pause in (0.0, *ATTEMPTS):
            await asyncio.sleep(pause)
            try:
                with continued(f"react {heard.type}", heard.traceparent, SpanKind.CONSUMER):
                    for policy in policies:
                        await policy(heard, self._runtime)
                return None
            except PASSING:
                raise
            except Exception as error:
                reason = f"policy failed: {type(error).__name__}: {error}"
                log.exception("consumer.policy_failed", topic=self.topic, type=heard.type)
        return reason

    async def sweep(self) -> None:
        """Carry out what a person wished for dead letters, for ever."""
        pool = self._runtime.pool
        begun = False
        while True:
            try:
                if not begun:
                    await self._parking.resume_orphans(pool)
                    begun = True
                for id_, stream in await self._parking.wished(pool):
                    await self._resume(id_, stream)
                await self._low_marks.heal(pool)
                metrics.DEAD_LETTERS.labels(self._service).set(await count_letters(pool))
            except PASSING as error:
                log.warning("consumer.sweep", topic=self.topic, error=repr(error))
            except Exception:
                # One letter that cannot be dealt with must not end the hearing of all topics.
                log.exception("consumer.sweep_failed", topic=self.topic)
            await asyncio.sleep(0.5)

    async def _resume(self, id_: int, stream: str | None) -> None:
        """Handle a stream's letters in order, until none is left or one fails again."""
        while True:
            letter = await self._parking.next(self._runtime.pool, id_, stream)
            if letter is None:
                return
            one = self.reread(letter)
            if letter.wish == "drop":
                await self._drop(one)
            elif one.unreadable is not None and not await self._is_behind(one):
                await self._parking.keep(self._runtime.pool, letter, one.unreadable)
                return
            elif one.unreadable is None:
                try:
                    todo = await self._project([one], resuming=True)
                except PASSING:
                    raise
                except Exception as error:
                    reason = f"projection failed: {type(error).__name__}: {error}"
                    await self._parking.keep(self._runtime.pool, letter, reason)
                    return
                for event in todo:
                    if (reason := await self._react_to(event)) is not None:
                        await self._parking.keep(self._runtime.pool, letter, reason)
                        return
                await self._passed(one)
            await self._parking.remove(self._runtime.pool, letter)

    async def _is_behind(self, one: Incoming) -> bool:
        """Whether the stream has gone on past a record, so that nobody needs it any more."""
        return await self._runtime.pool.fetchval(
            "select exists (select from log.heard"
            " where topic = $1 and stream = $2 and reacted >= $3)",
            self.topic,
            one.subject.stream,
            one.subject.version,
        )

    async def _drop(self, one: Incoming) -> None:
        """Go on behind a record that nobody wants handled."""
        log.warning("consumer.dropped", topic=self.topic, stream=one.subject.stream)
        stream, version = one.subject.stream, one.subject.version
        if stream is None or version is None:
            return
        async with self._runtime.pool.acquire() as db, db.transaction():
            mark = (await read_marks(db, self.topic, [stream]))[stream]
            if version == mark.version + 1:
                # It was never projected, and a rebuild must leave it out as well.
                reason = one.unreadable or "its handling kept failing"
                await self._parking.drop(db, one.letter, reason)
                mark.move(version, passed_over=one.letter.event_id)
            mark.reacted = max(mark.reacted, min(version, mark.version))
            await keep_marks(db, self.topic, {stream: mark})

    async def _passed(self, one: Incoming) -> None:
        await self._runtime.pool.execute(
            "update log.heard set reacted = greatest(reacted, least(version, $3))"
            " where topic = $1 and stream = $2",
            self.topic,
            one.subject.stream,
            one.subject.version or 0,
        )
