"""Records of persons on the contacts' topic whom registration does not hold: erased, or never its
own."""

from __future__ import annotations

from uuid import uuid4

from maarid_contracts.registration import ContactRecordV1

from chassis.kafka.envelope import encode_record, number_in, texts
from chassis.kafka.reading import TopicReader
from chassis.postgres.database import Connection
from chassis.publishing.relay import delivered, producer_for, send_all, stop_producer

SENT_AT_ONCE = 500


async def bury_strangers(db: Connection, bootstrap: str, topic: str = ContactRecordV1.topic) -> int:
    """Send a tombstone for each key whose last record has content, and that has no row.

    Returns how many.  The service may run: a contact has its row before it is published, so a key
    without one is never published again.  Raises KafkaError.
    """
    last: dict[str, int] = {}
    async with TopicReader(bootstrap, topic) as reader:
        async for records in reader.rest():
            for record in records:
                key = (record.key or b"").decode("utf-8", "replace")
                last.pop(key, None)
                if record.value is not None:
                    last[key] = number_in(texts(record.headers), "ce_sequence") or 0
    rows = await db.fetch(
        "select contact_id from own.contacts where contact_id = any($1::text[])", list(last)
    )
    strangers = sorted(last.keys() - {row["contact_id"] for row in rows})
    if strangers:
        producer = producer_for(bootstrap, "maarid-republish")
        try:
            await producer.start()
            messages = [
                encode_record(
                    key, None, model=ContactRecordV1, revision=last[key] + 1, event_id=uuid4()
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
