"""What one service's log, topic and tables say: read once, in pieces, in an order that a system
which goes on meanwhile cannot falsify.

First how far the log was published; then where the topic ends; then what others have heard; then
the log, as of one moment.  So what was published stands before that end, and what stands before
that end, or was heard by anybody, is in the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from maarid_contracts import Contract

from chassis.definition.service import EventSourced, ServiceDefinition
from chassis.kafka.reading import Ends, TopicReader
from chassis.log.events import Recorded
from chassis.postgres.database import SEARCH_PATH, Connection
from chassis.replaying.rebuild import Watch, compare_in, same_snapshot, snapshot
from cli.audit.belief import Belief, Hearer
from cli.audit.checks import CHECKS, Check, Feed
from cli.audit.ledger import Ledger, Met
from cli.audit.lines import Line, Problems, line
from cli.audit.personal import Personal
from cli.audit.tables import persons_in_tables
from cli.definitions import definitions
from servers import Addresses


@dataclass
class Findings:
    """What there is to say about one service."""

    service: str
    decides: bool
    """Whether it has a log; without one there is nothing to say but of its tables."""
    events: int = 0
    relayed: int = 0
    dead_letters: int = 0
    published: int = 0
    duplicates: int = 0
    foreign: int = 0
    looked_at: int = 0
    rows: int = 0
    """Of tables that hold nothing personal."""
    contacts: int = 0
    """How many persons were looked for."""
    gaps: Problems = field(default_factory=Problems)
    wrong: Problems = field(default_factory=Problems)
    believed: Problems = field(default_factory=Problems)
    private: Problems = field(default_factory=Problems)
    tables: list[Line] = field(default_factory=list[Line])
    decided: list[Line] = field(default_factory=list[Line])


async def examine(definition: ServiceDefinition, where: Addresses, personal: Personal) -> Findings:
    """Read everything of a service and hold it against its promises."""
    sourced = definition.event_sourced
    found = Findings(definition.name, sourced is not None, contacts=personal.count)
    async with AsyncExitStack() as stack:
        if sourced is not None:
            await _look_at_everything(stack, definition, sourced, where, personal, found)
        else:
            db = await stack.enter_async_context(snapshot(where.owner_dsn[definition.name]))
            found.rows, found.private = await persons_in_tables(db, definition, personal)
            await _look_at_tables(db, definition, where, found)
    return found


async def _look_at_everything(
    stack: AsyncExitStack,
    definition: ServiceDefinition,
    sourced: EventSourced,
    where: Addresses,
    personal: Personal,
    found: Findings,
) -> None:
    """The log, its topic, those who hear it, and the tables."""
    owner_dsn = where.owner_dsn[definition.name]
    found.relayed = await _relayed(sourced.topic, owner_dsn)
    reader = await stack.enter_async_context(TopicReader(where.bootstrap, sourced.topic))
    ends = await reader.ends()
    hearers = await _hearers(stack, sourced.topic, where)
    db = await stack.enter_async_context(snapshot(owner_dsn))
    ledger = await _look_at_log(db, found)
    # Before copies of the read tables are made.
    found.rows, found.private = await persons_in_tables(db, definition, personal)
    watching = Watching(sourced, ledger, personal, found)
    await _look_at_tables(db, definition, where, found, watching)
    found.decided += [await check.judge(db) for check in watching.checks]
    belief = Belief(sourced, db, ledger, hearers)
    await belief.look_at_marks()
    await _look_at_topic(reader, ends, db, ledger, belief, personal, found)
    await _look_for_missing(db, ledger, found)
    found.believed = belief.problems


async def _look_at_tables(
    db: Connection,
    definition: ServiceDefinition,
    where: Addresses,
    found: Findings,
    watch: Watch | None = None,
) -> None:
    found.dead_letters = await db.fetchval("select count(*) from log.dead_letters")
    problems = Problems()
    async with same_snapshot(db, where.owner_dsn[definition.name]) as second:
        for one in await compare_in(db, second, definition, where.bootstrap, watch):
            problems.add(f"{one.table}: {one.missing} rows missing, {one.extra} too many")
    tables = f"{len(definition.projection.tables)} tables, row by row"
    promise = f"Read tables of {definition.name} equal those rebuilt from position 0"
    found.tables.append(line(promise, [problems], tables))


class Watching:
    """Sees every event of a log go by."""

    def __init__(
        self, sourced: EventSourced, ledger: Ledger, personal: Personal, found: Findings
    ) -> None:
        self._event_types = sourced.event_types
        self._ledger = ledger
        self._personal = personal
        self._found = found
        self.checks: Sequence[Check] = [make() for make in CHECKS.get(found.service, ())]
        self._feeds: dict[type[Contract], list[Feed]] = defaultdict(list)
        for check in self.checks:
            for model, feed in check.hears.items():
                self._feeds[model].append(feed)

    def __call__(self, batch: Sequence[Recorded]) -> None:
        translate, dump = self._event_types.translate, self._event_types.dump
        stands_in, private = self._personal.stands_in, self._found.private
        self._found.looked_at += len(batch)
        for one in batch:
            contract = translate(one.fact.event)
            value: bytes = contract.__pydantic_serializer__.to_json(contract)
            self._ledger.expect(one, value)
            for feed in self._feeds.get(type(contract), ()):
                feed(one, contract)
            said, stored, actor = value.decode(), dump(one.fact.event), one.fact.actor
            # One look at all: most events are stored as they are published.
            if stands_in(f"{said}\n{actor}" if said == stored else f"{said}\n{stored}\n{actor}"):
                what = "actor" if stands_in(actor) else type(contract).__name__
                private.add(f"{self._found.service}: {what} of log position {one.position}")


async def _relayed(topic: str, owner_dsn: str) -> int:
    db = await asyncpg.connect(owner_dsn, server_settings={"search_path": SEARCH_PATH})
    try:
        return await db.fetchval(
            "select coalesce(max(position), 0) from log.relay where topic = $1", topic
        )
    finally:
        await db.close()


async def _hearers(stack: AsyncExitStack, topic: str, where: Addresses) -> list[Hearer]:
    """Who listens to a topic, each with its database as it is now."""
    found: list[Hearer] = []
    for each in definitions():
        for subscription in each.subscriptions:
            if subscription.topic == topic:
                db = await stack.enter_async_context(snapshot(where.owner_dsn[each.name]))
                await db.fetchval("select 1 from log.heard limit 1")
                found.append(Hearer(subscription, db))
    return found


async def _look_at_log(db: Connection, found: Findings) -> Ledger:
    """The snapshot is taken here."""
    row: Any = await db.fetchrow(
        "select count(*) as n, coalesce(max(position), 0) as head from log.events"
    )
    found.events = row["n"]
    if row["n"] != row["head"]:
        found.gaps.add(f"{found.service}: {row['n']} events up to {row['head']}")
    gaps = await db.fetch(
        "select stream from log.events group by stream having count(*) <> max(version) limit 1000"
    )
    for gap in gaps:
        found.gaps.add(f"{found.service}: {gap['stream']} lacks versions")
    return Ledger(row["head"])


async def _look_at_topic(
    reader: TopicReader,
    ends: Ends,
    db: Connection,
    ledger: Ledger,
    belief: Belief,
    personal: Personal,
    found: Findings,
) -> None:
    """Hold the topic against the log."""
    async for records in reader.rest(ends):
        for record in records:
            headers = dict(record.headers)
            met = ledger.meet(record, headers)
            if met is Met.FIRST or met is Met.AGAIN:
                continue
            place = f"{_text(headers, 'ce_subject')} version {_text(headers, 'ce_sequence')}"
            if met is Met.FOREIGN:
                found.foreign += 1
                parts = [record.key, record.value, *headers.values()]
                if personal.stands_in(b"\n".join(filter(None, parts)).decode("utf-8", "replace")):
                    found.private.add(f"{found.service}: a record by others")
                await belief.look_at(record)
            elif met is Met.WRONG:
                found.wrong.add(f"{place} has other bytes")
            elif await _is_overtaken(db, ledger, headers):
                found.wrong.add(f"{place} out of order")
    found.published = ledger.published
    found.duplicates = ledger.met - ledger.published


def _text(headers: Mapping[str, bytes | None], name: str) -> str:
    return (headers.get(name) or b"").decode("utf-8", "replace")


async def _is_overtaken(
    db: Connection, ledger: Ledger, headers: Mapping[str, bytes | None]
) -> bool:
    """Whether a later event of the same stream was met before: that alone is out of order."""
    rows = await db.fetch(
        "select position from log.events where stream = $1 and version > $2",
        _text(headers, "ce_subject"),
        int(_text(headers, "ce_sequence")),
    )
    return any(ledger.seen(row["position"]) for row in rows)


async def _look_for_missing(db: Connection, ledger: Ledger, found: Findings) -> None:
    rows = await db.fetch(
        "select stream, version from log.events where position = any($1) order by position",
        ledger.missing(found.relayed),
    )
    for row in rows:
        found.wrong.add(f"{row['stream']} version {row['version']} is not there")
