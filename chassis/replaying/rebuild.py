"""Read tables made again from position 0: to replace them, or to prove that they are right."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg

from chassis.definition.projection import nothing
from chassis.definition.service import ServiceDefinition, Subscription
from chassis.inbox.dead_letters import event_id_of
from chassis.inbox.placing import Placement, place
from chassis.inbox.stream_offsets import PackedOffsets
from chassis.inbox.subscriptions import heard_of, lacking, remember, remembered, types_of
from chassis.kafka.envelope import NEEDED, content_of, subject_of, texts
from chassis.kafka.reading import Raw, TopicReader
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Recorded, read_all
from chassis.postgres.database import Connection, columns, connected
from chassis.process.tasks import end

T = TypeVar("T")

SCRATCH = "scratch"
APPEND_LOCK = 7021949218
"""The advisory lock of `log.append`."""

SUMS = """
select count(*), sum(hash_record_extended(t, $1)), sum(hash_record_extended(t, $1 + 1))
  from {} as t
"""
"""Two tables with the same rows have the same sums, whatever their order; two that differ in any
row have not, and only they need be sorted."""
CORRECT = """
update log.heard as h set passed_over = m.passed_over
  from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
       as m(topic, stream, version, passed_over)
 where h.topic = m.topic and h.stream = m.stream and h.version = m.version
"""
DROPPED = "select stream, version, event_id from log.dropped where topic = $1"
"""Records that were left out."""
MARKS = """
select stream, version, passed_over from log.heard where topic = $1 and stream = any($2)
"""
NOT_UNIQUE = """
select indexrelid::regclass::text as name from pg_index
 where indrelid = $1::regclass and not indisunique
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A read table that is not what its events make of it."""

    table: str
    missing: int
    """Rows that the events make and the table lacks."""
    extra: int
    """Rows that no event accounts for."""


Watch = Callable[[Sequence[Recorded]], None]
"""Sees the own log go by, piece by piece."""
Mark = tuple[int, str | None]
"""Of a stream the version heard last, and the id of its event where that had no effect here."""


class Writing:
    """Writes one batch at a time: beside the making of the next one, if that is read elsewhere."""

    def __init__(self, *, beside: bool) -> None:
        self._beside = beside
        self._task: asyncio.Task[None] | None = None

    async def begin(
        self, write: Callable[[Sequence[T]], Coroutine[Any, Any, None]], batch: Sequence[T]
    ) -> None:
        """Write a batch when the one before is written.  Raises what writing that raised."""
        await self.settle()
        self._task = asyncio.create_task(write(batch))
        if not self._beside:
            await self.settle()

    async def settle(self) -> None:
        """Wait for the last batch.  Raises what writing it raised."""
        task, self._task = self._task, None
        if task is not None:
            await task

    async def __aenter__(self) -> Writing:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end(self._task)


class Replay:
    """Plays all events of a service into copies of its read tables in the schema `scratch`.

    The connection `db` is the database owner's and stays within a transaction.  What is played is
    read on `reader`, where it is another one, while `db` writes.
    """

    def __init__(
        self,
        definition: ServiceDefinition,
        db: Connection,
        bootstrap: str,
        reader: Connection | None = None,
    ) -> None:
        self._definition = definition
        self._projection = definition.projection
        self._db = db
        self._reader = reader or db
        self._bootstrap = bootstrap
        self._position = 0
        self._offsets: dict[str, PackedOffsets] = {}
        self._ahead: dict[str, list[Raw]] = {}
        self._readers: dict[str, TopicReader] = {}
        self._analyse_at = 5_000
        self.events = 0
        """How many events were played."""
        self.marks: dict[tuple[str, str], Mark] = {}
        """By topic and stream those marks that are not as they were noted."""

    async def prepare(self, stack: AsyncExitStack, *, passing: bool = False) -> None:
        """Make the empty copies, and open the topics.

        Copies that pass with the transaction need not outlive the server, and nobody queries them:
        they have the indexes alone by which a projection finds a row.
        """
        kind = "unlogged table" if passing else "table"
        await self._db.execute(f"create schema {SCRATCH}")
        for table in self._projection.tables:
            await self._db.execute(
                f"create {kind} {SCRATCH}.{table} (like read.{table} including all)"
            )
            if passing:
                for row in await self._db.fetch(NOT_UNIQUE, f"{SCRATCH}.{table}"):
                    await self._db.execute(f"drop index {row['name']}")
        await self._db.execute(f"set local search_path = {SCRATCH}, own, log")
        if self._projection.heard is not nothing:
            for subscription in self._definition.subscriptions:
                reader = TopicReader(self._bootstrap, subscription.topic)
                self._readers[subscription.topic] = await stack.enter_async_context(reader)
                self._offsets[subscription.topic] = PackedOffsets()

    async def play(self, watch: Watch | None = None, *, to_the_end: bool = False) -> None:
        """Play what is new: the own log first, then topic after topic up to what was heard.
        `to_the_end` says that it is played once: what was not heard yet need not be kept."""
        async with Writing(beside=self._reader is not self._db) as writing:
            if (log := self._definition.event_sourced) is not None:
                async for batch in read_all(self._reader, log.event_types, after=self._position):
                    await writing.begin(self._own, batch)
                    if watch is not None:
                        # While the database is at work.
                        await asyncio.sleep(0)
                        watch(batch)
                    self._position = batch[-1].position
            for subscription in self._definition.subscriptions:
                if subscription.topic in self._readers:
                    await self._play_topic(subscription, writing, keep=not to_the_end)
            await writing.settle()

    async def _own(self, batch: Sequence[Recorded]) -> None:
        await self._projection.own(self._db, [found.fact for found in batch])
        await self._played(len(batch))

    async def _heard(self, batch: Sequence[ReceivedEvent]) -> None:
        await self._projection.heard(self._db, batch)
        await self._played(len(batch))

    async def _play_topic(
        self, subscription: Subscription, writing: Writing, *, keep: bool
    ) -> None:
        topic = subscription.topic
        dropped = {tuple(row) for row in await self._reader.fetch(DROPPED, topic)}
        ahead, self._ahead[topic] = self._ahead.get(topic, []), []
        offsets = self._offsets[topic]
        async for records in _first(ahead, self._readers[topic].rest()):
            said = [(record, texts(record.headers, NEEDED)) for record in records]
            subjects = [subject_of(headers) for _, headers in said]
            marks = await self._marks_of(topic, {one.stream or "" for one in subjects})
            new: list[ReceivedEvent] = []
            for (record, headers), subject in zip(said, subjects, strict=True):
                stream, version = subject.stream, subject.version
                if stream is None or version is None:
                    continue
                if stream not in marks or version > marks[stream][0]:
                    if keep:
                        # Not heard yet; it may have been when we play what is new.
                        self._ahead[topic].append(record)
                    continue
                event_id = event_id_of(headers)
                if (stream, version, event_id) in dropped:
                    content = None
                else:
                    content = content_of(subscription.entries, subject, headers, record.value)
                placement = place(version, event_id, content, offsets.of(stream))
                match placement, content:
                    case ((Placement.NEW | Placement.LATE), ReceivedEvent()):
                        passed_over = None
                        new.append(content)
                    case Placement.UNNEEDED, _:
                        passed_over = event_id
                    case _:
                        continue  # Of a dead letter that nobody has dropped the true event comes.
                offsets.move(stream, version, passed_over=passed_over)
                self._mark(topic, stream, marks[stream], (version, passed_over))
            if new:
                await writing.begin(self._heard, new)

    async def _played(self, events: int) -> None:
        """Count, and tell the database how its tables grow: it cannot see that by itself within a
        transaction, and would read them whole for every batch."""
        self.events += events
        if self.events >= self._analyse_at:
            self._analyse_at = self.events * 2
            for table in self._projection.tables:
                await self._db.execute(f"analyze {SCRATCH}.{table}")

    def _mark(self, topic: str, stream: str, noted: Mark, found: Mark) -> None:
        """Keep a mark that is not as it was noted; the last record of a version tells."""
        if found[0] == noted[0] and found != noted:
            self.marks[topic, stream] = found
        else:
            self.marks.pop((topic, stream), None)

    async def _marks_of(self, topic: str, streams: Collection[str]) -> Mapping[str, Mark]:
        """Asked piece by piece, for a service may hear of millions of streams."""
        rows = await self._reader.fetch(MARKS, topic, list(streams))
        return {stream: (version, passed_over) for stream, version, passed_over in rows}


async def _first(begin: list[Raw], rest: AsyncIterator[list[Raw]]) -> AsyncIterator[list[Raw]]:
    yield begin
    async for records in rest:
        yield records


@asynccontextmanager
async def snapshot(owner_dsn: str) -> AsyncGenerator[Connection]:
    """A connection that sees a database as it was at its first query; nothing is left behind."""
    async with connected(owner_dsn) as db:
        # The end of the connection undoes what was done in it.
        await db.transaction(isolation="repeatable_read").start()
        yield db


@asynccontextmanager
async def same_snapshot(db: Connection, owner_dsn: str) -> AsyncGenerator[Connection]:
    """Another connection that sees the database as a snapshot does."""
    name: str = await db.fetchval("select pg_export_snapshot()")
    async with snapshot(owner_dsn) as other:
        await other.execute(f"set transaction snapshot '{name}'")
        yield other


async def compare(
    definition: ServiceDefinition, owner_dsn: str, bootstrap: str
) -> list[Difference]:
    """Which read tables differ from what their events make of them, row by row.
    Works on one snapshot, also while the service runs, and leaves nothing behind."""
    async with snapshot(owner_dsn) as db, same_snapshot(db, owner_dsn) as reader:
        return await compare_in(db, reader, definition, bootstrap)


async def compare_in(
    db: Connection,
    reader: Connection,
    definition: ServiceDefinition,
    bootstrap: str,
    watch: Watch | None = None,
) -> list[Difference]:
    """The same on a snapshot of the caller's that two connections see.
    `watch` is called with the log, piece by piece."""
    async with AsyncExitStack() as stack:
        replay = Replay(definition, db, bootstrap, reader)
        await replay.prepare(stack, passing=True)
        await replay.play(watch, to_the_end=True)
        return await _differences(db, definition.projection.tables)


async def _differences(db: Connection, tables: Sequence[str]) -> list[Difference]:
    differences: list[Difference] = []
    for table in tables:
        seed = secrets.randbits(62)
        read, made = [
            await db.fetchrow(SUMS.format(f"{schema}.{table}"), seed)
            for schema in ("read", SCRATCH)
        ]
        if read == made:
            continue
        missing, extra = [
            await db.fetchval(
                f"select count(*) from (select t::text from {one}.{table} t"
                f" except all select t::text from {other}.{table} t) as d"
            )
            for one, other in ((SCRATCH, "read"), ("read", SCRATCH))
        ]
        if missing or extra:
            differences.append(Difference(table, missing, extra))
    return differences


async def rebuild(definition: ServiceDefinition, owner_dsn: str, role: str, bootstrap: str) -> int:
    """Replace the read tables of a service by ones made from position 0; returns how many events.

    The service may run: most is played beside it, then writers wait for the rest and the exchange.
    """
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(connected(owner_dsn))
        async with db.transaction():
            replay = Replay(definition, db, bootstrap)
            await replay.prepare(stack)
            await replay.play()
            await _hold_back(db, definition.projection.tables)
            await replay.play()
            for table in definition.projection.tables:
                await db.execute(f"drop table read.{table}")
                await db.execute(f"alter table {SCRATCH}.{table} set schema read")
            await db.execute(
                f'grant select, insert, update, delete on all tables in schema read to "{role}"'
            )
            await db.execute(f"drop schema {SCRATCH}")
            await _remember_subscriptions(db, definition, replay)
        return replay.events


async def _remember_subscriptions(
    db: Connection, definition: ServiceDefinition, replay: Replay
) -> None:
    """In the transaction of the exchange, whose locks hold back whoever hears other types."""
    known, types = await remembered(db), types_of(definition.subscriptions)
    heard = heard_of(definition.subscriptions)
    if known and not lacking(types, known) and not lacking(known, heard):
        return
    await remember(db, types)
    if known:
        if marks := [(*stream, *mark) for stream, mark in replay.marks.items()]:
            # What was passed over has an effect now: no other record of its version may have one.
            await db.execute(CORRECT, *columns(marks))
        await db.execute("alter table log.heard enable trigger heard_by_versions_of_before")


async def _hold_back(db: Connection, tables: Sequence[str]) -> None:
    """Keep everybody from the read tables until the end of the transaction.

    A query takes its tables in an order of its own, so it may hold what we want while it waits for
    what we have: all is let go and tried again, sooner than the server would call it a deadlock.
    """
    while True:
        try:
            async with db.transaction():
                await db.execute("set local lock_timeout = '500ms'")
                # Consumers lock their offsets first, the desk its read tables first.
                await db.execute("lock table log.heard in exclusive mode")
                for table in tables:
                    await db.execute(f"lock table read.{table} in access exclusive mode")
                await db.execute("select pg_advisory_xact_lock($1)", APPEND_LOCK)
            await db.execute("set local lock_timeout = 0")
            return
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(0.1)
