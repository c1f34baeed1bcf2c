"""Records of persons on a topic whom registration does not hold: erased, or never its own."""

from __future__ import annotations

from uuid import uuid4

from chassis.kafka.envelope import encode_record, number_in, texts
from chassis.kafka.reading import TopicReader
from chassis.kafka.starting import started
from chassis.postgres.database import Connection
from chassis.publishing.relay import delivered, producer_for, send_all, stop_producer
from services.registration.personal.rows import Persons

SENT_AT_ONCE = 500


async def bury_strangers(
    db: Connection, bootstrap: str, persons: Persons, topic: str | None = None
) -> int:
    """Send a tombstone for each key whose last record has content, and that has no row.

    Returns how many.  The service may run: a person has a row before the record is published, so a
    key without one is never published again.  Raises KafkaError.
    """
    topic = topic or persons.model.topic
    last: dict[str, int] = {}
    async with TopicReader(bootstrap, topic) as reader:
        async for records in reader.rest():
            for record in records:
                key = (record.key or b"").decode("utf-8", "replace")
                last.pop(key, None)
                if record.value is not None:
                    last[key] = number_in(texts(record.headers), "ce_sequence") or 0
    rows = await db.fetch(
        f"select {persons.key} as key from own.{persons.table}"
        f" where {persons.key} = any($1::text[])",
        list(last),
    )
    strangers = sorted(last.keys() - {row["key"] for row in rows})
    if strangers:
        producer = producer_for(bootstrap, "maarid-republish")
        try:
            await started(producer.start())
            messages = [
                encode_record(
                    key, None, model=persons.model, revision=last[key] + 1, event_id=uuid4()
                )
                for key in strangers
            ]
            for begin in range(0, len(messages), SENT_AT_ONCE):
                await delivered(
                    await send_all(producer, topic, messages[begin : begin + SENT_AT_ONCE])
                )
        finally:
            await stop_producer(producer)
    return len(strangers)
