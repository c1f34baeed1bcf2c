"""Read tables made again from position 0: to replace them, or to prove that they are right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg

from chassis.blueprint import Blueprint, Hears
from chassis.consumer import Raw
from chassis.database import SEARCH_PATH, Connection
from chassis.envelope import Unreadable, decode, subject_of, texts
from chassis.heard import Heard
from chassis.log import read_all
from chassis.marks import Mark
from chassis.parking import event_id_of
from chassis.reading import TopicReader

SCRATCH = "scratch"
APPEND_LOCK = 7021949218
"""The advisory lock of `log.append`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A read table that is not what its events make of it."""

    table: str
    missing: int
    """Rows that the events make and the table lacks."""
    extra: int
    """Rows that no event accounts for."""


class Replay:
    """Plays all events of a service into copies of its read tables in the schema `scratch`.

    The connection is the database owner's and stays within a transaction.
    """

    def __init__(self, blueprint: Blueprint, db: Connection, bootstrap: str) -> None:
        self._blueprint = blueprint
        self._db = db
        self._bootstrap = bootstrap
        self._position = 0
        self._marks: dict[tuple[str, str], Mark] = {}
        self._ahead: dict[str, list[Raw]] = {}
        self._readers: dict[str, TopicReader] = {}
        self.events = 0
        """How many events were played."""

    async def prepare(self, stack: AsyncExitStack) -> None:
        """Make the empty copies, and open the topics."""
        await self._db.execute(f"create schema {SCRATCH}")
        for table in self._blueprint.projection.tables:
            await self._db.execute(
                f"create table {SCRATCH}.{table} (like read.{table} including all)"
            )
        await self._db.execute(f"set local search_path = {SCRATCH}, own, log")
        if self._blueprint.projection.heard is not None:
            for hears in self._blueprint.hears:
                reader = TopicReader(self._bootstrap, hears.topic)
                self._readers[hears.topic] = await stack.enter_async_context(reader)

    async def play(self) -> None:
        """Play what is new: the own log first, then topic after topic up to what was heard."""
        async for batch in read_all(self._db, self._blueprint.names, after=self._position):
            await self._blueprint.projection.own(self._db, [found.fact for found in batch])
            self._position = batch[-1].position
            self.events += len(batch)
        for hears in self._blueprint.hears:
            if hears.topic in self._readers:
                await self._play_topic(hears)

    async def _play_topic(self, hears: Hears) -> None:
        until = await self._heard_until(hears.topic)
        dropped = await self._dropped(hears.topic)
        project = self._blueprint.projection.heard
        ahead = self._ahead.pop(hears.topic, [])
        self._ahead[hears.topic] = []
        async for records in _first(ahead, self._readers[hears.topic].rest()):
            new: list[Heard] = []
            for record in records:
                headers = texts(record.headers)
                subject = subject_of(headers)
                stream, version = subject.stream, subject.version
                if stream is None or version is None:
                    continue
                if version > until.get(stream, 0):
                    # The service has not heard it yet; it may have when we play what is new.
                    self._ahead[hears.topic].append(record)
                    continue
                mark = self._marks.setdefault((hears.topic, stream), Mark())
                event_id = event_id_of(headers)
                late = mark.takes_late(version, event_id)
                if version != mark.version + 1 and not late:
                    continue
                heard = heard_by(hears, headers, record.value)
                left_out = (stream, version, event_id) in dropped
                if isinstance(heard, Heard) and not left_out:
                    mark.move(version)
                    new.append(heard)
                    self.events += 1
                elif not late and (heard is None or left_out):
                    mark.move(version, passed_over=event_id)
                # Otherwise it is unreadable and nobody has dropped it: the true event comes.
            if new and project is not None:
                await project(self._db, new)

    async def _heard_until(self, topic: str) -> Mapping[str, int]:
        rows = await self._db.fetch("select stream, version from log.heard where topic = $1", topic)
        return {row["stream"]: row["version"] for row in rows}

    async def _dropped(self, topic: str) -> set[tuple[str, int, str]]:
        """Records that were left out."""
        rows = await self._db.fetch(
            "select stream, version, event_id from log.dropped where topic = $1", topic
        )
        return {(row["stream"], row["version"], row["event_id"]) for row in rows}


def heard_by(hears: Hears, headers: dict[str, str], value: bytes | None) -> Heard | str | None:
    """The event of a record, None for a type that is not needed, or the word `unreadable`."""
    type_ = subject_of(headers).type
    entry = hears.entries.get(type_)
    if entry is None:
        return None if type_ and value is not None else "unreadable"
    try:
        return decode(entry, headers, value)
    except Unreadable:
        return "unreadable"


async def _first(begin: list[Raw], rest: AsyncIterator[list[Raw]]) -> AsyncIterator[list[Raw]]:
    yield begin
    async for records in rest:
        yield records


async def compare(blueprint: Blueprint, owner_dsn: str, bootstrap: str) -> list[Difference]:
    """Which read tables differ from what their events make of them, row by row.

    Works on one snapshot, also while the service runs, and leaves nothing behind.
    """
    async with AsyncExitStack() as stack:
        db = await asyncpg.connect(owner_dsn, server_settings={"search_path": SEARCH_PATH})
        stack.push_async_callback(db.close)
        transaction = db.transaction(isolation="repeatable_read")
        await transaction.start()
        try:
            replay = Replay(blueprint, db, bootstrap)
            await replay.prepare(stack)
            await replay.play()
            return await _differences(db, blueprint.projection.tables)
        finally:
            await transaction.rollback()


async def _differences(db: Connection, tables: Sequence[str]) -> list[Difference]:
    differences: list[Difference] = []
    for table in tables:
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


async def rebuild(blueprint: Blueprint, owner_dsn: str, role: str, bootstrap: str) -> int:
    """Replace the read tables of a service by ones made from position 0; returns how many events.

    The service may run: most is played beside it, then writers wait for the rest and the exchange.
    """
    async with AsyncExitStack() as stack:
        db = await asyncpg.connect(owner_dsn, server_settings={"search_path": SEARCH_PATH})
        stack.push_async_callback(db.close)
        async with db.transaction():
            replay = Replay(blueprint, db, bootstrap)
            await replay.prepare(stack)
            await replay.play()
            await _hold_back(db, blueprint.projection.tables)
            await replay.play()
            for table in blueprint.projection.tables:
                await db.execute(f"drop table read.{table}")
                await db.execute(f"alter table {SCRATCH}.{table} set schema read")
            await db.execute(
                f'grant select, insert, update, delete on all tables in schema read to "{role}"'
            )
            await db.execute(f"drop schema {SCRATCH}")
        return replay.events


async def _hold_back(db: Connection, tables: Sequence[str]) -> None:
    """Keep everybody from the read tables until the end of the transaction.

    A query takes its tables in an order of its own, so it may hold what we want while it waits for
    what we have: all is let go and tried again, sooner than the server would call it a deadlock.
    """
    while True:
        try:
            async with db.transaction():
                await db.execute("set local lock_timeout = '500ms'")
                # Consumers lock their marks first, the desk its read tables first.
                await db.execute("lock table log.heard in exclusive mode")
                for table in tables:
                    await db.execute(f"lock table read.{table} in access exclusive mode")
                await db.execute("select pg_advisory_xact_lock($1)", APPEND_LOCK)
            await db.execute("set local lock_timeout = 0")
            return
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(0.1)
