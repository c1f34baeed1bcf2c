"""`maarid purge`: what is done in which order, what it says, and what it asks first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from chassis.postgres.database import Connection, connected
from cli.definitions import definition_of
from cli.persons import PERSONS
from cli.purge import erasures, rights, tables, topics, wal
from cli.reaching import addresses
from cli.running import run
from cli.showing import console
from servers import Addresses
from services import SERVICES

Tell = Callable[[str], None]

ABOUT = (
    "Each table is locked while it is rewritten: nobody reads or writes it meanwhile, so callers"
    " and consumers wait, and ask again where they would wait for too long. The disk must have room"
    " for the largest of them once more. Then PostgreSQL's log is turned over (as much is written"
    " as it keeps in pg_wal), and compacted topics are compacted."
)
SERVER = "select system_identifier::text from pg_control_system()"


def personal_tables(service: str) -> list[str]:
    """The tables of a service that hold what is personal."""
    return [each.name for each in definition_of(service).personal]


async def purge(where: Addresses, seconds: float, tell: Tell) -> None:
    """Rewrite all that held what was erased by now, or that somebody corrected.

    `seconds` is the patience for whatever has to be waited for.  Safe to repeat, also after a kill.
    Raises PurgeError with what stays where, and what to do.
    """
    deadline = time.monotonic() + seconds
    async with AsyncExitStack() as stack:
        databases = await _databases(stack, where)
        await erasures.reach_all(databases, deadline)
        tell("Everybody has heard of all erasures.")
        # Both to their end, whatever becomes of the other: topics get their settings back.
        for ended in await asyncio.gather(
            _rewrite(databases, deadline, tell),
            _compact(where.bootstrap, deadline, tell),
            return_exceptions=True,
        ):
            if ended is not None:
                raise ended


async def _databases(stack: AsyncExitStack, where: Addresses) -> dict[str, Connection]:
    """Connections of the owners, who may do all of it, and alone."""
    databases: dict[str, Connection] = {}
    for service in SERVICES:
        db = await stack.enter_async_context(connected(where.owner_dsn[service]))
        await rights.require(db, service, personal_tables(service))
        await tables.take_turn(db, service)
        databases[service] = db
    return databases


async def _compact(bootstrap: str, deadline: float, tell: Tell) -> None:
    """All compacted topics at once, each to its end."""
    names = [persons.model.topic for persons in PERSONS]
    compacting = (topics.compact(bootstrap, name, deadline) for name in names)
    for name, ended in zip(
        names, await asyncio.gather(*compacting, return_exceptions=True), strict=True
    ):
        if isinstance(ended, BaseException):
            raise ended
        tell(f"{name}: {ended} replaced or erased records were compacted away.")


async def _rewrite(databases: Mapping[str, Connection], deadline: float, tell: Tell) -> None:
    servers: dict[str, Connection] = {}
    for service, db in databases.items():
        names = personal_tables(service)
        for name in names:
            size, began = await tables.size_of(db, name), time.monotonic()
            await tables.rewrite(db, name, deadline)
            tell(f"{service}: {name} rewritten, {told(size)}, {time.monotonic() - began:.1f} s.")
        if names:
            await tables.sample(db, names)
            await tables.rewrite(db, tables.STATISTICS, deadline)
        servers.setdefault(await db.fetchval(SERVER), db)
    for db in servers.values():
        began = time.monotonic()
        written = await wal.turn_over(db, deadline)
        tell(f"PostgreSQL's log: {written} segments turned over, {time.monotonic() - began:.1f} s.")


async def sizes(where: Addresses) -> list[tuple[str, str, int]]:
    """The tables that would be rewritten, by service, with their bytes."""
    found: list[tuple[str, str, int]] = []
    for service in SERVICES:
        async with connected(where.owner_dsn[service]) as db:
            for name in personal_tables(service):
                found.append((service, name, await tables.size_of(db, name)))
    return found


def told(size: int) -> str:
    """A size as a person reads it."""
    return f"{size / 1_000_000:.1f} MB"


def _shown(found: Sequence[tuple[str, str, int]]) -> str:
    return ", ".join(f"{name} of {service} ({told(size)})" for service, name, size in found)


def purge_command(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for others, all in all.")
    ] = 600,
) -> None:
    """Remove from the servers' files what was erased: rewrite tables, turn over PostgreSQL's log,
    compact topics.  The services run on.  Archives and backups of before are not reached."""

    def tell(sentence: str) -> None:
        console.print(sentence, soft_wrap=True)

    async def look() -> None:
        async with addresses() as where:
            tell(f"To be rewritten: {_shown(await sizes(where))}. {ABOUT}")

    async def work() -> None:
        async with addresses() as where:
            await purge(where, wait, tell)
        tell("Purged. Archives, backups and snapshots of disks of before hold what they held.")

    run(look())
    if not yes:
        # Outside of the loop, which could not be ended while somebody is asked.
        typer.confirm("Go on?", abort=True)
    run(work())
