"""Records as a subscription takes them, and dead letters: those that cannot be handled, and the
later ones of their stream behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
import orjson
import structlog
from maarid_contracts.envelope import Entry

from chassis.kafka.envelope import Content, Subject, Unreadable, content_of, subject_of, texts
from chassis.kafka.reading import Raw
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool
from chassis.process import metrics

log = structlog.get_logger(__name__)

MOST_COUNTED = 10_000
"""More dead letters than these are not counted, because that would take too long."""
PAGE = 1000

COLUMNS = (
    "kafka_partition, kafka_offset, key, headers::text, body, type, stream, version, id, waiting,"
    " wish"
)
"""In the order of a DeadLetter."""
INSERT = """
insert into log.dead_letters (topic, kafka_partition, kafka_offset, type, stream, version, key,
                              headers, body, reason, waiting, wish)
select $1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11,
       case when $11 and not exists (select from log.dead_letters
                                      where topic = $1 and stream = $5) then 'retry' end
on conflict (topic, kafka_partition, kafka_offset) do nothing
"""

WISHED = """
select id, stream from log.dead_letters
 where topic = $1 and wish is not null and id > $2 order by id limit $3
"""
NEXT_TURN = """
update log.dead_letters set wish = coalesce(wish, 'retry')
 where waiting and id = (select id from log.dead_letters where topic = $1 and stream = $2
                          order by version nulls last, kafka_offset limit 1)
"""
ORPHANS = """
update log.dead_letters set wish = 'retry'
 where id in (select (array_agg(id order by version, kafka_offset))[1] from log.dead_letters
               where topic = $1 and stream is not null
               group by stream having bool_and(waiting and wish is null))
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record as it came, and where it was found."""

    partition: int
    offset: int
    key: bytes | None
    headers: dict[str, str]
    body: bytes | None
    subject: Subject
    id: int = 0
    waiting: bool = False
    wish: str | None = None

    @property
    def event_id(self) -> str:
        """Which event this is a copy of, as far as its headers say so."""
        return event_id_of(self.headers)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record, in the form in which it is set aside, and what the subscription reads in it."""

    dead_letter: DeadLetter
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


def event_id_of(headers: Mapping[str, str]) -> str:
    """The id of an event; empty where there is none, and cut where it cannot be one."""
    return headers.get("ce_id", "")[:100]


class DeadLetters:
    """The dead letters of one topic."""

    def __init__(self, topic: str) -> None:
        self.topic = topic

    async def parked(self, db: Connection, streams: list[str]) -> set[str]:
        """Which of these streams wait behind a dead letter."""
        rows = await db.fetch(
            "select distinct stream from log.dead_letters where topic = $1 and stream = any($2)",
            self.topic,
            streams,
        )
        return {row["stream"] for row in rows}

    async def set_aside(self, db: Connection | Pool, dead_letter: DeadLetter, reason: str) -> None:
        """Keep a record that cannot be handled, say so and count it; its stream is parked."""
        metrics.HEARD.labels(self.topic, "dead_letter").inc()
        stream, type_ = dead_letter.subject.stream, dead_letter.subject.type
        log.error(
            "consumer.dead_letter", topic=self.topic, stream=stream, type=type_, reason=reason
        )
        await self._insert(db, dead_letter, reason)

    async def wait_behind(self, db: Connection, dead_letter: DeadLetter) -> None:
        """Keep a later record of a parked stream until its turn comes; within a transaction.
        Where what it should wait for was dealt with meanwhile, its turn has come."""
        await self._lock(db, dead_letter.subject.stream)
        await self._insert(db, dead_letter, "waits behind an earlier record", waiting=True)

    async def _lock(self, db: Connection, stream: str | None) -> None:
        """Nobody else changes which record of the stream is first until the transaction ends."""
        await db.execute(
            "select pg_advisory_xact_lock(hashtextextended($1 || chr(10) || $2, 7021949221))",
            *(self.topic, stream),
        )

    async def _insert(
        self, db: Connection | Pool, dead_letter: DeadLetter, reason: str, *, waiting: bool = False
    ) -> None:
        await db.execute(
            INSERT,
            *(self.topic, dead_letter.partition, dead_letter.offset, *dead_letter.subject),
            *(dead_letter.key, orjson.dumps(dead_letter.headers).decode(), dead_letter.body),
            *(_kept(reason), waiting),
        )

    async def wished(self, db: Connection | Pool) -> list[tuple[int, str | None]]:
        """Dead letters, or whole streams of them, of which one is to be tried again or dropped."""
        found: dict[str | int, tuple[int, str | None]] = {}
        last = 0
        while True:
            rows = await db.fetch(WISHED, self.topic, last, PAGE)
            for row in rows:
                found.setdefault(row["stream"] or row["id"], (row["id"], row["stream"]))
            if len(rows) < PAGE:
                return list(found.values())
            last = rows[-1]["id"]

    async def resume_orphans(self, db: Connection | Pool) -> None:
        """Wish to go on with streams in which all dead letters wait, and for nothing.
        Only versions before 0.2.0 leave such, where they die at the wrong moment."""
        await db.execute(ORPHANS, self.topic)

    async def next(self, pool: Pool, id_: int, stream: str | None) -> DeadLetter | None:
        """The dead letter whose turn it is; None where none is left or nobody wished anything."""
        row = await pool.fetchrow(
            f"select {COLUMNS} from log.dead_letters where topic = $1"
            " and (stream = $2 or ($2::text is null and id = $3))"
            " order by version nulls last, kafka_offset limit 1",
            *(self.topic, stream, id_),
        )
        if row is None or (row["wish"] is None and not row["waiting"]):
            return None
        return _dead_letter_of(row)

    async def keep(self, pool: Pool, dead_letter: DeadLetter, reason: str) -> None:
        """It failed again: it stays, with the new reason, until somebody wishes otherwise."""
        await pool.execute(
            "update log.dead_letters set reason = $2, wish = null, waiting = false where id = $1",
            dead_letter.id,
            _kept(reason),
        )

    async def remove(self, pool: Pool, dead_letter: DeadLetter) -> None:
        """It is done with; the next one of its stream has its turn if it only waited."""
        stream = dead_letter.subject.stream
        async with pool.acquire() as db, db.transaction():
            if stream is not None:
                await self._lock(db, stream)
            await db.execute("delete from log.dead_letters where id = $1", dead_letter.id)
            if stream is not None:
                await db.execute(NEXT_TURN, self.topic, stream)

    async def replace(self, db: Connection, key: bytes, partition: int, offset: int) -> None:
        """Forget what is set aside of a key of a compacted topic and replaced at an offset."""
        await db.execute(
            "delete from log.dead_letters where key = $1 and stream is null and topic = $2"
            " and kafka_partition = $3 and kafka_offset < $4",
            *(key, self.topic, partition, offset),
        )

    async def drop(self, db: Connection, dead_letter: DeadLetter, reason: str) -> None:
        """Remember, for every rebuild, that a record was left out."""
        await db.execute(
            "insert into log.dropped (topic, stream, version, event_id, reason)"
            " values ($1, $2, $3, $4, $5) on conflict do nothing",
            *(self.topic, dead_letter.subject.stream, dead_letter.subject.version),
            *(dead_letter.event_id, _kept(reason)),
        )


async def count_dead_letters(pool: Pool) -> int:
    """How many records of all topics are set aside or wait behind one, as far as it is counted."""
    return await pool.fetchval(
        "select count(*) from (select from log.dead_letters limit $1) as letters", MOST_COUNTED
    )


async def forget_key(db: Connection, key: str) -> None:
    """Delete all that dead letters of compacted topics keep of a key."""
    await db.execute("delete from log.dead_letters where key = $1 and stream is null", key.encode())


def _kept(reason: str) -> str:
    return reason[:2000].replace("\x00", "�")


def _dead_letter_of(row: asyncpg.Record) -> DeadLetter:
    """The dead letter in a row of `log.dead_letters`, read with COLUMNS."""
    partition, offset, key, headers, body, type_, stream, version, *others = row
    subject = Subject(type_ or "", stream, version)
    return DeadLetter(partition, offset, key, orjson.loads(headers), body, subject, *others)
