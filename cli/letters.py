"""Dead letters of all services: what was set aside, why, and what is to become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, TypeVar

import asyncpg

from chassis.postgres.database import SEARCH_PATH
from cli.operator import operator
from servers import Addresses
from services import SERVICES

T = TypeVar("T")

WISH = """
with wished as (update log.dead_letters set wish = $2 where id = $1 returning *)
insert into log.interventions (letter, topic, kafka_partition, kafka_offset, stream, version, type,
                               reason, wish, operator, os_user)
select id, topic, kafka_partition, kafka_offset, stream, version, type, reason, wish, $3, $4
  from wished
"""


class UnknownLetter(Exception):
    """There is no dead letter of that name; the message says how they are named."""


def split(name: str) -> tuple[str, int]:
    """`notifications:17` as service and id.  Raises UnknownLetter."""
    service, _, id_ = name.partition(":")
    if service not in SERVICES or not id_.isascii() or not id_.isdigit():
        raise UnknownLetter(f"{name}: name a dead letter like notifications:17, as `list` shows.")
    return service, int(id_)


async def letters(where: Addresses) -> list[tuple[str, asyncpg.Record]]:
    """All of them, the oldest first in each service."""
    found: list[tuple[str, asyncpg.Record]] = []
    for service in SERVICES:

        async def fetch(db: Any) -> list[asyncpg.Record]:
            return await db.fetch(
                "select id, topic, stream, version, key, type, waiting, wish, reason, recorded_at"
                " from log.dead_letters order by id"
            )

        found += [(service, row) for row in await _with(where, service, fetch)]
    return found


def lines(found: Sequence[tuple[str, Any]]) -> list[str]:
    """What `list` says: a line a letter, or the word none."""
    return [_line(service, row) for service, row in found] or ["none"]


def _line(service: str, row: Any) -> str:
    state = "waits" if row["waiting"] else (row["wish"] or "stands")
    # A record of a compacted topic belongs to no stream, but has a key.
    key = row["key"].decode("utf-8", "replace") if row["key"] else "?"
    return (
        f"{service}:{row['id']} {state} {row['type'] or '?'} {row['stream'] or key}"
        f" {row['version'] or '?'}: {row['reason']}"
    )


async def letter(where: Addresses, name: str) -> asyncpg.Record:
    """One with all that came with it."""
    service, id_ = split(name)

    async def fetch(db: Any) -> asyncpg.Record | None:
        return await db.fetchrow(
            "select topic, kafka_partition, kafka_offset, stream, version, type,"
            " headers::text as headers, body, reason, waiting, wish, recorded_at"
            " from log.dead_letters where id = $1",
            id_,
        )

    row = await _with(where, service, fetch)
    if row is None:
        raise UnknownLetter(f"{name}: there is no such dead letter.")
    return row


async def wish(where: Addresses, name: str, what: Literal["retry", "drop"]) -> None:
    """Ask the running service to try again, or to go on without it; it does so within a second.

    Who asked is kept in the same statement, and stays when the letter is gone.
    """
    service, id_ = split(name)
    who = operator()

    async def update(db: Any) -> str:
        return await db.execute(WISH, id_, what, who.name, who.account)

    if await _with(where, service, update) == "INSERT 0 0":
        raise UnknownLetter(f"{name}: there is no such dead letter.")


async def interventions(where: Addresses) -> list[tuple[str, asyncpg.Record]]:
    """Who had what retried or dropped, the oldest first in each service."""
    found: list[tuple[str, asyncpg.Record]] = []
    for service in SERVICES:

        async def fetch(db: Any) -> list[asyncpg.Record]:
            return await db.fetch(
                "select letter, stream, version, type, wish, operator, os_user, recorded_at"
                " from log.interventions order by id"
            )

        found += [(service, row) for row in await _with(where, service, fetch)]
    return found


async def _with(where: Addresses, service: str, work: Callable[[Any], Awaitable[T]]) -> T:
    db = await asyncpg.connect(
        where.owner_dsn[service], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        return await work(db)
    finally:
        await db.close()
