"""A record of a topic as a subscription takes it: read, or set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from maarid_contracts.envelope import Entry

from chassis.inbox.dead_letters import DeadLetter, DeadLetters
from chassis.kafka.envelope import Content, Subject, Unreadable, content_of, subject_of, texts
from chassis.kafka.reading import Raw
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool
from chassis.process import metrics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record, and what the subscription reads in it."""

    dead_letter: DeadLetter
    """The record in the form in which it is set aside."""
    content: Content

    @property
    def subject(self) -> Subject:
        return self.dead_letter.subject

    @property
    def event(self) -> ReceivedEvent | None:
        """The event; None where the type is not needed, and where nobody can read it."""
        return self.content if isinstance(self.content, ReceivedEvent) else None

    @property
    def unreadable(self) -> str | None:
        """Why it will never be readable; None where it is."""
        return str(self.content) if isinstance(self.content, Unreadable) else None


def read(entries: Mapping[str, Entry], record: Raw) -> Incoming:
    """Read a record of the topic."""
    headers = texts(record.headers)
    place, subject = (record.partition, record.offset), subject_of(headers)
    return read_again(entries, DeadLetter(*place, record.key, headers, record.value, subject))


def read_again(entries: Mapping[str, Entry], letter: DeadLetter) -> Incoming:
    """Read a record that was set aside."""
    return Incoming(letter, content_of(entries, letter.subject, letter.headers, letter.body))


async def set_aside(
    db: Connection | Pool, dead_letters: DeadLetters, record: Incoming, reason: str
) -> None:
    """Keep a record that cannot be handled, say so and count it; its stream is parked."""
    metrics.HEARD.labels(dead_letters.topic, "dead_letter").inc()
    log.error(
        "consumer.dead_letter",
        topic=dead_letters.topic,
        stream=record.subject.stream,
        type=record.subject.type,
        reason=reason,
    )
    await dead_letters.set_aside(db, record.dead_letter, reason)
