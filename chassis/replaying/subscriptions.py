"""A version that hears other types than the one before gets its read tables made again first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chassis.definition.projection import nothing
from chassis.definition.service import ServiceDefinition
from chassis.inbox.subscriptions import (
    LOCK,
    UNKNOWN,
    Types,
    heard_of,
    lacking,
    remember,
    remembered,
    types_of,
)
from chassis.kafka.reading import ends_of
from chassis.postgres.database import Connection, connected
from chassis.replaying.rebuild import rebuild


class TopicLacksRecords(Exception):
    """Read tables cannot be made again from a topic; the message says why and what to do."""

    def __init__(self, service: str, topic: str, records: int, heard: int) -> None:
        super().__init__(
            f"The read tables of {service} have to be made again for this version, and {topic} "
            f"holds {records} records where {heard} events were heard: let the version before this "
            "one send them again (`maarid republish`), and migrate then. `maarid rebuild "
            f"{service}` makes the tables from what is there."
        )


async def follow_subscriptions(
    definition: ServiceDefinition,
    owner_dsn: str,
    role: str,
    bootstrap: str,
    tell: Callable[[str], None],
) -> None:
    """Make the read tables again where this version needs other types than they were made from.
    Policies do not react to what was passed over.  Raises TopicLacksRecords."""
    types, heard = types_of(definition.subscriptions), heard_of(definition.subscriptions)
    async with connected(owner_dsn) as db:
        # Until the connection is closed: another one that migrates waits, and finds it done.
        await db.execute("select pg_advisory_lock($1)", LOCK)
        known = await remembered(db)
        grown, gone = lacking(types, known), lacking(known, heard)
        if known and not grown and not gone:
            return
        changed = [
            topic
            for topic in {*known, *types}
            if types.get(topic, set()) - known.get(topic, set())
            or known.get(topic, set()) - heard.get(topic, set())
        ]
        if await _nothing_was_passed_over(db, definition, known, types, changed):
            return
        name = definition.name
        await _refuse_lacking_topics(db, name, bootstrap, list(types))
        changes = ("now hears", grown), ("no longer hears", gone)
        told = " and ".join(f"{how} {', '.join(which)}" for how, which in changes if which)
        if known == UNKNOWN:
            told = "was handed back to a version of before"
        tell(f"{name} {told}: its read tables are made again.")
        events = await rebuild(definition, owner_dsn, role, bootstrap)
        tell(
            f"Read tables of {name} were made again from {events} events. Replace {name} next: "
            "its version of before hears nothing more."
        )


async def _nothing_was_passed_over(
    db: Connection,
    definition: ServiceDefinition,
    known: Types,
    types: Types,
    changed: Sequence[str],
) -> bool:
    """Remember the types without further ado where the tables are the same in any case."""
    async with db.transaction():
        # A version that passes something over just now is waited for, and the next one waits.
        await db.execute("lock table log.heard in exclusive mode")
        if known and definition.projection.heard is not nothing:
            heard = await db.fetchval(
                "select exists (select from log.heard where topic = any($1))", changed
            )
            if heard:
                return False
        await remember(db, types)
        return True


async def _refuse_lacking_topics(
    db: Connection, service: str, bootstrap: str, topics: Sequence[str]
) -> None:
    """Topics may be new and empty, as after a restoration: tables made from them would be too."""
    ends = await ends_of(bootstrap, topics)
    for topic in topics:
        records = sum(ends.get(topic, {}).values())
        heard = await db.fetchval(
            "select coalesce(sum(applied), 0)::bigint from log.heard_totals where topic = $1", topic
        )
        if records < heard:
            raise TopicLacksRecords(service, topic, records, heard)
