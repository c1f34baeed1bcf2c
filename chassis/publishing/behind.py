"""A log that has forgotten what its topic remembers, because it was restored to an earlier moment.

It would number new events like those that others have heard already, who would take them for
repetitions and never act on them.
"""

from __future__ import annotations

from chassis.kafka.envelope import number_in, texts
from chassis.kafka.reading import last_records
from chassis.log.events import head
from chassis.postgres.database import Connection, Pool


class LogBehindTopic(Exception):
    """The log lacks events that were published; the message says which, and what to do."""

    def __init__(self, service: str, known: int, remembered: str) -> None:
        super().__init__(
            f"The log of {service} ends at position {known}, but {remembered}: this database was "
            "restored to an earlier moment, and others have heard what it has forgotten. Restore "
            "it to its last commit, or the whole system from one backup with new topics "
            "(docs/operations.md, Backup)."
        )


async def refuse_if_behind(
    database: Connection | Pool, *, service: str, topic: str, bootstrap: str
) -> None:
    """Compare the end of a service's log with that of its topic.
    Raises LogBehindTopic where the topic has a later event, KafkaError where nobody answers."""
    source = f"maarid/{service}"
    remembered, where = 0, ""
    # The topic first: whatever is on it by then was in the log before.
    for record in await last_records(bootstrap, topic):
        headers = texts(record.headers)
        position = number_in(headers, "ce_position") or 0
        if headers.get("ce_source") == source and position > remembered:
            remembered = position
            where = f"event {headers.get('ce_id')} in partition {record.partition} of {topic}"
    known = await head(database)
    if remembered > known:
        raise LogBehindTopic(service, known, f"{where} has position {remembered}")
