"""Which types of which topic the read tables were made from: kept beside them, so that a version
whose tables need others does not go on from there.

Types that policies alone need do not count: no table lacks what was passed over of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from chassis.definition.service import Subscription
from chassis.postgres.database import Connection, Pool

Types = Mapping[str, Set[str]]
"""Types of contracts by topic."""

UNKNOWN: Types = {"": {"unknown"}}
"""What is remembered while a version hears that remembers nothing: no version's tables are made
from these."""

LOCK = 7021949220
"""The advisory lock of a process that compares the remembered types and changes them."""


class SubscriptionGrown(Exception):
    """A service hears a type that its read tables were made without."""

    def __init__(self, service: str, types: Sequence[str]) -> None:
        super().__init__(
            f"{service} hears {', '.join(types)}, which its read tables were made without: run "
            "`maarid migrate`, which makes them again, and start it then."
        )


class MadeForAnotherVersion(Exception):
    """Read tables were made from other types than this process hears."""

    def __init__(self, topic: str, types: Sequence[str]) -> None:
        super().__init__(
            f"The read tables were made for a version that hears other types of {topic} "
            f"({', '.join(types)}): start that version, or run `maarid migrate` of this one."
        )


def types_of(subscriptions: Sequence[Subscription]) -> Types:
    """What the read tables of a version are made from."""
    return {each.topic: each.types for each in subscriptions if each.types}


def heard_of(subscriptions: Sequence[Subscription]) -> Types:
    """What a version hears, for its read tables or for policies."""
    return {each.topic: frozenset(each.entries) for each in subscriptions}


def lacking(types: Types, others: Types) -> list[str]:
    """Which types are not among the others."""
    return sorted(
        type_ for topic, among in types.items() for type_ in among - others.get(topic, frozenset())
    )


async def remembered(db: Connection | Pool) -> Types:
    """What the read tables were made from; empty where nothing was ever heard."""
    rows = await db.fetch(
        "select topic, array_agg(type) as types from log.subscriptions group by topic"
    )
    return {row["topic"]: frozenset(row["types"]) for row in rows}


async def remember(db: Connection, types: Types) -> None:
    """The read tables were made from these.  Within the transaction that made them."""
    await db.execute("delete from log.subscriptions")
    await _insert(db, types)


async def take_up(pool: Pool, service: str, subscriptions: Sequence[Subscription]) -> bool:
    """Compare what this version needs with what the tables were made from, before it hears.

    The first version of a database remembers what it needs.  Returns False while another process
    makes the tables again.  Raises SubscriptionGrown.  A type that is no longer heard keeps nobody
    from starting: `refuse_other_types` keeps it from hearing until the tables are made again.
    """
    types = types_of(subscriptions)
    async with pool.acquire() as db, db.transaction():
        known = await remembered(db)
        if known and not lacking(types, known):
            return True
        if not await db.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
            return False
        known = await remembered(db)
        if not known:
            await _insert(db, types)
        elif grown := lacking(types, known):
            raise SubscriptionGrown(service, grown)
        return True


async def refuse_other_types(db: Connection, subscription: Subscription) -> None:
    """Keep a process from marking what it hears, where the read tables are another version's.

    Call it behind the lock on the offsets.  A process that makes the tables again takes that lock
    too, so the answer holds to the end of the transaction.  Raises MadeForAnotherVersion.
    """
    topic = subscription.topic
    found: list[str] = await db.fetchval(
        "select coalesce(array_agg(type), '{}') from log.subscriptions where topic = $1", topic
    )
    known = set(found)
    if others := (subscription.types - known) | (known - subscription.entries.keys()):
        raise MadeForAnotherVersion(topic, sorted(others))


async def hand_back(db: Connection) -> bool:
    """Let versions from before the memory hear on, which read tables for this one keep from it.

    From then on this version hears nothing more, until `maarid migrate` has made its tables again.
    Returns False where nothing keeps them from it.
    """
    async with db.transaction():
        await db.execute("select pg_advisory_xact_lock($1)", LOCK)
        # A batch that this version marks just now is waited for.
        await db.execute("lock table log.heard in exclusive mode")
        if not await db.fetchval(
            "select tgenabled <> 'D' from pg_trigger where tgname = 'heard_by_versions_of_before'"
        ):
            return False
        await db.execute("alter table log.heard disable trigger heard_by_versions_of_before")
        await remember(db, UNKNOWN)
        return True


async def is_outgrown(db: Connection, types: Types) -> bool:
    """Whether read tables have to be made again, or may have to, before a version starts."""
    if await db.fetchval("select to_regclass('log.subscriptions') is null"):
        return await db.fetchval("select to_regclass('log.heard') is not null")
    known = await remembered(db)
    return bool(known and lacking(types, known))


async def _insert(db: Connection, types: Types) -> None:
    await db.executemany(
        "insert into log.subscriptions (topic, type) values ($1, $2)",
        [(topic, type_) for topic, among in types.items() for type_ in sorted(among)],
    )
