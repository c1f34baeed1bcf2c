"""Keeping a copy of a compacted topic: the last record of each key, deleted with its tombstone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer

from chassis import metrics
from chassis.blueprint import Records
from chassis.consumer import (
    ATTEMPTS,
    HOLD_SECONDS,
    PASSING,
    Raw,
    acknowledge,
    give_back,
)
from chassis.database import Pool
from chassis.envelope import Unreadable, subject_of, texts, validated
from chassis.parking import Letter, Parking

log = structlog.get_logger(__name__)


class RecordKeeper:
    """One compacted topic, kept by one service.

    A record that cannot be handled is set aside without parking anything: the next record of its
    key replaces it anyway.
    """

    def __init__(self, *, records: Records, pool: Pool) -> None:
        self.topic = records.topic
        self._records = records
        self._pool = pool
        self._parking = Parking(records.topic)
        self.progressed_at = time.monotonic()

    async def handle(self, kafka: AIOKafkaConsumer, records: Sequence[Raw]) -> None:
        """Handle a batch to its end and acknowledge it, or give it back whole."""
        began = time.monotonic()
        pause = 0.05
        waiting = list(records)
        while waiting:
            try:
                await self._keep(waiting[0])
                waiting.pop(0)
            except PASSING as error:
                self.progressed_at = time.monotonic()
                log.warning("records.trouble", topic=self.topic, error=repr(error))
                if time.monotonic() - began > HOLD_SECONDS:
                    give_back(kafka, waiting)
                    return
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
        await acknowledge(kafka, self.topic)
        self.progressed_at = time.monotonic()

    async def _keep(self, record: Raw) -> None:
        reason = ""
        for pause in (0.0, *ATTEMPTS):
            await asyncio.sleep(pause)
            try:
                await self._apply(record)
            except PASSING:
                raise
            except Unreadable as error:
                reason = str(error)
                break
            except Exception as error:
                # The class alone: the message could repeat what the record says of a person.
                reason = f"not kept: {type(error).__name__}"
                log.error("records.failed", topic=self.topic, error=type(error).__name__)
            else:
                metrics.HEARD.labels(self.topic, "new").inc()
                return
        metrics.HEARD.labels(self.topic, "dead_letter").inc()
        log.error("records.dead_letter", topic=self.topic, reason=reason)
        headers = texts(record.headers)
        letter = Letter(
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            headers=headers,
            body=None,
            stream=None,
            version=None,
            type=headers.get("ce_type", ""),
        )
        await self._parking.set_aside(self._pool, letter, reason)

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
