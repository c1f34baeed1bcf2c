"""Keeping a copy of a compacted topic: the last record of each key, deleted with its tombstone."""

from __future__ import annotations

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer

from chassis.definition.service import Records
from chassis.inbox.dead_letters import DeadLetter, DeadLetters
from chassis.kafka.envelope import Subject, Unreadable, subject_of, texts, validated
from chassis.kafka.reading import Raw, newest_of_key
from chassis.listening.batches import ATTEMPTS, PASSING, Batches
from chassis.postgres.database import Pool
from chassis.process import metrics

log = structlog.get_logger(__name__)

GONE = (
    "the topic holds neither this record nor a newer one of its key any more:"
    " `maarid republish` sends it again, or drop this"
)


class RecordKeeper:
    """One compacted topic, kept by one service.

    A record that cannot be handled is set aside without its body, and parks nothing: the next
    record of its key replaces it, also where it is set aside.
    """

    def __init__(self, records: Records, pool: Pool, bootstrap: str) -> None:
        self.topic = records.topic
        self.batches = Batches(records.topic, self, personal=True)
        self._records = records
        self._pool = pool
        self._bootstrap = bootstrap
        self._dead_letters = DeadLetters(records.topic)

    async def hear(self, records: list[Raw]) -> None:
        """Keep records, and take each that is kept out of the list."""
        while records:
            await self._keep(records[0])
            records.pop(0)
            self.batches.progressed()

    def measured(self, kafka: AIOKafkaConsumer, lag: int) -> None:
        """Nobody else wants to know."""

    async def sweep(self) -> None:
        """Carry out what a person wishes for dead letters."""
        for id_, _ in await self._dead_letters.wished(self._pool):
            await self._resume(id_)

    async def _resume(self, id_: int) -> None:
        """Drop a dead letter, or keep the newest record of its key, which may be the same one."""
        dead_letter = await self._dead_letters.next(self._pool, id_, None)
        if dead_letter is None:
            return
        if dead_letter.wish == "drop":
            log.warning("records.dropped", topic=self.topic)
            await self._dead_letters.remove(self._pool, dead_letter)
            return
        record = await newest_of_key(
            self._bootstrap, self.topic, dead_letter.partition, dead_letter.offset, dead_letter.key
        )
        reason = GONE if record is None else await self._insist(record)
        if reason is None:
            await self._dead_letters.remove(self._pool, dead_letter)
        else:
            await self._dead_letters.keep(self._pool, dead_letter, reason)

    async def _keep(self, record: Raw) -> None:
        reason = await self._insist(record)
        if reason is None:
            metrics.HEARD.labels(self.topic, "new").inc()
            return
        headers = texts(record.headers)
        place, subject = (record.partition, record.offset), Subject(headers.get("ce_type", ""))
        dead_letter = DeadLetter(*place, record.key, headers, None, subject)
        await self._dead_letters.set_aside(self._pool, dead_letter, reason)

    async def _insist(self, record: Raw) -> str | None:
        """Apply a record, in a few attempts; returns why that cannot be done, or None."""
        reason = ""
        for pause in (0.0, *ATTEMPTS):
            await asyncio.sleep(pause)
            try:
                await self._apply(record)
                return None
            except PASSING:
                raise
            except Unreadable as error:
                return str(error)
            except Exception as error:
                # The class alone: the message could repeat what the record says of a person.
                reason = f"not kept: {type(error).__name__}"
                log.error("records.failed", topic=self.topic, error=type(error).__name__)
        return reason

    async def _apply(self, record: Raw) -> None:
        if record.key is None:
            raise Unreadable("a record of a compacted topic without a key")
        subject = subject_of(texts(record.headers))
        if subject.version is None:
            raise Unreadable("the header ce_sequence does not give the revision")
        model = None if record.value is None else validated(self._records.model, record.value)
        key = record.key.decode("utf-8", "replace")
        async with self._pool.acquire() as db, db.transaction():
            await self._records.apply(db, key, subject.version, model)
            await self._dead_letters.replace(db, record.key, record.partition, record.offset)
