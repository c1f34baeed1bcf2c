"""The topics of personal records, which must forget: their last record of every key is what
registration holds, or a tombstone.

Read once with a few bytes a person.  What differs may have changed between two looks, so it alone
is looked at again, each time between two looks at its row: only a record that differs from a row
that stands still speaks against the promise.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

import asyncpg
from maarid_contracts import Contract

from chassis.kafka.envelope import Unreadable, number_in, texts, validated
from chassis.kafka.reading import Raw, TopicReader
from chassis.replaying.rebuild import snapshot
from cli.audit.hashes import Hashes, hash_of
from cli.audit.lines import Line, Problems, line
from servers import Addresses
from services.registration.personal.rows import Persons
from services.registration.personal.workers.publishing import Statements, message_of

PROMISES = {
    "contacts": "The last record of every contact is what registration holds, or a tombstone",
    "people": "The last record of each badge is what registration holds, or a tombstone",
}
TOMBSTONE = 1
LOOKS = 3
"""How often a record must differ from a row that stands still."""
AT_ONCE = 10_000
"""So many keys at most are looked at again; where more differ, the others are only counted."""


async def judge_persons(where: Addresses, persons: Persons) -> Line:
    """Hold a topic against registration's rows, whether or not anybody changes them."""
    last = await _last_records(where, persons)
    known = len(last)
    suspects, more = await _differing(where, persons, last)
    # What is left are keys without a row, which must end in a tombstone.
    lively = (key for key, said in last.items() if said != TOMBSTONE)
    rowless = set(islice(lively, AT_ONCE))
    more += sum(1 for _ in lively)
    if rowless:
        suspects |= await _names_of(where, persons, rowless)
    for _ in range(LOOKS):
        if suspects:
            suspects = await _still_differing(where, persons, suspects)
    problems = Problems()
    for key in sorted(suspects):
        problems.add(f"{persons.one} {key}")
    problems.count += more if suspects else 0
    return line(PROMISES[persons.many], [problems], f"{known} {persons.many} on the topic")


async def _last_records(where: Addresses, persons: Persons) -> Hashes:
    """What every key says last."""
    last = Hashes(numbers=True)
    async with TopicReader(where.bootstrap, persons.model.topic) as reader:
        async for records in reader.rest():
            for record in records:
                last.add(hash_of(record.key or b""), _said(persons, record))
    return last


async def _differing(where: Addresses, persons: Persons, last: Hashes) -> tuple[set[str], int]:
    """Keys that do not say what their row does, and how many more there are.

    Takes out of `last` every key that has a row.
    """
    found: set[str] = set()
    more = 0
    async with snapshot(where.owner_dsn["registration"]) as db:
        cursor: Any = await db.cursor(Statements(persons).everybody)
        while rows := await cursor.fetch(2000):
            for row in rows:
                key: str = row["key"]
                hashed = hash_of(key.encode())
                if not _may_say(last.get(hashed), _held(persons, row)):
                    if len(found) < AT_ONCE:
                        found.add(key)
                    else:
                        more += 1
                last.drop(hashed)
    return found, more


async def _names_of(where: Addresses, persons: Persons, hashes: set[int]) -> set[str]:
    """The keys that have these hashes."""
    found: set[str] = set()
    async with TopicReader(where.bootstrap, persons.model.topic) as reader:
        async for records in reader.rest():
            for record in records:
                if hash_of(record.key or b"") in hashes:
                    found.add(_key(record))
    return found


async def _still_differing(where: Addresses, persons: Persons, keys: set[str]) -> set[str]:
    """Which of these keys do not say what their rows do, though the rows stand still."""
    before = await _rows_of(where, persons, keys)
    said: dict[str, int] = {}
    async with TopicReader(where.bootstrap, persons.model.topic) as reader:
        async for records in reader.rest():
            for record in records:
                if (key := _key(record)) in keys:
                    said[key] = _said(persons, record)
    after = await _rows_of(where, persons, keys)
    return {
        key
        for key in keys
        if before.get(key) == after.get(key) and not _may_say(said.get(key), before.get(key))
    }


async def _rows_of(where: Addresses, persons: Persons, keys: set[str]) -> dict[str, Held]:
    async with snapshot(where.owner_dsn["registration"]) as db:
        query = f"{Statements(persons).everybody} where c.{persons.key} = any($1)"
        rows = await db.fetch(query, list(keys))
        return {row["key"]: _held(persons, row) for row in rows}


class Held(NamedTuple):
    """What a row means: the hash of its record, and whether that is on its way still."""

    meant: int
    on_its_way: bool


def _held(persons: Persons, row: asyncpg.Record) -> Held:
    message = message_of(persons, row)
    revision: int = row["total_revision"]
    return Held(_meant(persons, message.value, revision), row["published_revision"] < revision)


def _may_say(said: int | None, held: Held | None) -> bool:
    """Whether a key may say this last; None for a key without a record, or without a row.

    Compaction takes tombstones away in the end.
    """
    if held is None or held.meant == TOMBSTONE:
        return said in (None, TOMBSTONE) or (held is not None and held.on_its_way)
    return held.on_its_way or said == held.meant


def _said(persons: Persons, record: Raw) -> int:
    return _meant(persons, record.value, number_in(texts(record.headers), "ce_sequence"))


def _meant(persons: Persons, value: bytes | None, revision: int | None) -> int:
    """A hash of what a record says, however an older version has spelt it."""
    if value is None:
        return TOMBSTONE
    try:
        record: Contract = validated(persons.model, value)
    except Unreadable:
        return hash_of((value, revision))
    return hash_of((record.model_dump_json(), revision))


def _key(record: Raw) -> str:
    return (record.key or b"").decode("utf-8", "replace")
