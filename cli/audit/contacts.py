"""The topic of contact records, which must forget: its last record of every key is what
registration holds, or a tombstone.

Read once with a few bytes a contact.  What differs may have changed between two looks, so it alone
is looked at again, each time between two looks at its row: only a record that differs from a row
that stands still speaks against the promise.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

import asyncpg
from maarid_contracts.registration import ContactRecordV1

from chassis.kafka.envelope import Unreadable, number_in, texts, validated
from chassis.kafka.reading import Raw, TopicReader
from chassis.replaying.rebuild import snapshot
from cli.audit.hashes import Hashes, hash_of
from cli.audit.lines import Line, Problems, line
from servers import Addresses
from services.registration.contacts.workers.publishing import message_of

PROMISE = "The last record of every contact is what registration holds, or a tombstone"
ROWS = """
select c.*, r.role, r.consent, c.erased or r.erased as gone,
       c.revision + r.consent_changes as total_revision
  from own.contacts as c join read.contact_standings as r using (contact_id)
"""
TOMBSTONE = 1
LOOKS = 3
"""How often a record must differ from a row that stands still."""
AT_ONCE = 10_000
"""So many keys at most are looked at again; where more differ, the others are only counted."""


async def judge_contacts(where: Addresses) -> Line:
    """Hold the topic against registration's rows, whether or not anybody changes them."""
    last = await _last_records(where)
    known = len(last)
    suspects, more = await _differing(where, last)
    # What is left are keys without a row, which must end in a tombstone.
    lively = (key for key, said in last.items() if said != TOMBSTONE)
    rowless = set(islice(lively, AT_ONCE))
    more += sum(1 for _ in lively)
    if rowless:
        suspects |= await _names_of(where, rowless)
    for _ in range(LOOKS):
        if suspects:
            suspects = await _still_differing(where, suspects)
    problems = Problems()
    for key in sorted(suspects):
        problems.add(f"contact {key}")
    problems.count += more if suspects else 0
    return line(PROMISE, [problems], f"{known} contacts on the topic")


async def _last_records(where: Addresses) -> Hashes:
    """What every key says last."""
    last = Hashes(numbers=True)
    async with TopicReader(where.bootstrap, ContactRecordV1.topic) as reader:
        async for records in reader.rest():
            for record in records:
                last.add(hash_of(record.key or b""), _said(record))
    return last


async def _differing(where: Addresses, last: Hashes) -> tuple[set[str], int]:
    """Keys that do not say what their row does, and how many more there are.

    Takes out of `last` every key that has a row.
    """
    found: set[str] = set()
    more = 0
    async with snapshot(where.owner_dsn["registration"]) as db:
        cursor: Any = await db.cursor(ROWS)
        while rows := await cursor.fetch(2000):
            for row in rows:
                key: str = row["contact_id"]
                hashed = hash_of(key.encode())
                if not _may_say(last.get(hashed), _held(row)):
                    if len(found) < AT_ONCE:
                        found.add(key)
                    else:
                        more += 1
                last.drop(hashed)
    return found, more


async def _names_of(where: Addresses, hashes: set[int]) -> set[str]:
    """The keys that have these hashes."""
    found: set[str] = set()
    async with TopicReader(where.bootstrap, ContactRecordV1.topic) as reader:
        async for records in reader.rest():
            for record in records:
                if hash_of(record.key or b"") in hashes:
                    found.add(_key(record))
    return found


async def _still_differing(where: Addresses, keys: set[str]) -> set[str]:
    """Which of these keys do not say what their rows do, though the rows stand still."""
    before = await _rows_of(where, keys)
    said: dict[str, int] = {}
    async with TopicReader(where.bootstrap, ContactRecordV1.topic) as reader:
        async for records in reader.rest():
            for record in records:
                if (key := _key(record)) in keys:
                    said[key] = _said(record)
    after = await _rows_of(where, keys)
    return {
        key
        for key in keys
        if before.get(key) == after.get(key) and not _may_say(said.get(key), before.get(key))
    }


async def _rows_of(where: Addresses, keys: set[str]) -> dict[str, Held]:
    async with snapshot(where.owner_dsn["registration"]) as db:
        rows = await db.fetch(f"{ROWS} where c.contact_id = any($1)", list(keys))
        return {row["contact_id"]: _held(row) for row in rows}


class Held(NamedTuple):
    """What a row means: the hash of its record, and whether that is on its way still."""

    meant: int
    on_its_way: bool


def _held(row: asyncpg.Record) -> Held:
    message = message_of(row)
    revision: int = row["total_revision"]
    return Held(_meant(message.value, revision), row["published_revision"] < revision)


def _may_say(said: int | None, held: Held | None) -> bool:
    """Whether a key may say this last; None for a key without a record, or without a row.

    Compaction takes tombstones away in the end.
    """
    if held is None or held.meant == TOMBSTONE:
        return said in (None, TOMBSTONE) or (held is not None and held.on_its_way)
    return held.on_its_way or said == held.meant


def _said(record: Raw) -> int:
    return _meant(record.value, number_in(texts(record.headers), "ce_sequence"))


def _meant(value: bytes | None, revision: int | None) -> int:
    """A hash of what a record says, however an older version has spelt it."""
    if value is None:
        return TOMBSTONE
    try:
        record: ContactRecordV1 = validated(ContactRecordV1, value)
    except Unreadable:
        return hash_of((value, revision))
    return hash_of((record.model_dump_json(), revision))


def _key(record: Raw) -> str:
    return (record.key or b"").decode("utf-8", "replace")
