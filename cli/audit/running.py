"""The audit of all services: side by side in two processes where there is much to read."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

import asyncpg
from pydantic import TypeAdapter

from cli.audit.lines import Line, Problems, line
from cli.audit.personal import Personal, personal_of
from cli.audit.records import judge_persons
from cli.audit.service import Findings, examine
from cli.definitions import definition_of
from cli.persons import PERSONS
from servers import Addresses
from services import SERVICES

LARGE = 200_000
"""Events from which on it is worth starting a second process."""

COLLECT_AT = 1_000_000
"""How many more objects there must be before they are looked through."""

SHARE = TypeAdapter(tuple[tuple[str, ...], Addresses])
FOUND = TypeAdapter(list[Findings])
"""What the process beside this one is given, and what it answers."""


async def audit(where: Addresses, say: Callable[[Line], None]) -> bool:
    """Check every promise and say each line; True if all hold."""
    found = await _examine_all(where)
    lines = _lines(found, [await judge_persons(where, persons) for persons in PERSONS])
    for one in lines:
        say(one)
    return all(one.holds for one in lines)


def _lines(found: Sequence[Findings], records: Sequence[Line]) -> list[Line]:
    personal = max((each.contacts for each in found), default=0)
    not_sent = sum(max(each.events - each.relayed, 0) for each in found)
    return [
        line(
            "Logs have no gaps",
            [each.gaps for each in found],
            ", ".join(f"{each.service} {each.events} events" for each in found if each.decides),
        ),
        line(
            "Every event is on its topic, with the same bytes each time, in the order of its"
            " stream",
            [each.wrong for each in found],
            f"{sum(each.published for each in found)} published, "
            f"{sum(each.duplicates for each in found)} sent twice, "
            f"{not_sent} not sent yet",
        ),
        line(
            "Every record that a service took for an event is in the log of its sender",
            [each.believed for each in found],
            f"{sum(each.foreign for each in found)} records by others",
        ),
        *(one for each in found for one in each.tables),
        *(one for each in found for one in each.decided),
        line(
            "No personal data but in the records of persons",
            [each.private for each in found],
            f"{sum(each.looked_at for each in found)} events and"
            f" {sum(each.rows for each in found)} rows of tables held against {personal} persons",
        ),
        *records,
        line(
            "No record is set aside",
            [_set_aside(each) for each in found],
            f"{sum(each.dead_letters for each in found)} dead letters",
        ),
    ]


def _set_aside(found: Findings) -> Problems:
    problems = Problems()
    if found.dead_letters:
        problems.add(f"{found.dead_letters} in {found.service}")
    return problems


async def _examine_all(where: Addresses) -> list[Findings]:
    sizes = {service: await _events(where.owner_dsn[service]) for service in SERVICES}
    here, there = _shares(sizes)
    if sum(sizes.values()) < LARGE or (os.cpu_count() or 1) < 2:
        here, there = SERVICES, ()
    async with asyncio.TaskGroup() as group:
        beside = group.create_task(_examine_beside(there, where)) if there else None
        found = await examine_in_turn(here, where)
    if beside is not None:
        found += beside.result()
    return sorted(found, key=lambda each: SERVICES.index(each.service))


async def _examine_beside(services: Sequence[str], where: Addresses) -> list[Findings]:
    """Another interpreter, not a copy of this one, which holds connections and a running loop.

    It gets the addresses through its input, for they hold passwords.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.audit"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await process.communicate(SHARE.dump_json((tuple(services), where)))
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"the audit of {', '.join(services)} ended with {process.returncode}")
    return FOUND.validate_json(said)


def _shares(sizes: Mapping[str, int]) -> tuple[Sequence[str], Sequence[str]]:
    """The services in two parts of about the same size, the larger ones first."""
    parts: tuple[list[str], list[str]] = ([], [])
    for service in sorted(sizes, key=lambda one: -sizes[one]):
        min(parts, key=lambda part: sum(sizes[one] for one in part)).append(service)
    return parts


async def examine_in_turn(services: Sequence[str], where: Addresses) -> list[Findings]:
    """One after the other, for each takes a processor and memory."""
    personal: Personal = await personal_of(where.owner_dsn)
    with collecting_rarely():
        return [await examine(definition_of(each), where, personal) for each in services]


@contextmanager
def collecting_rarely() -> Generator[None]:
    """Look for garbage seldom, and not among what was there before.

    Records come by the thousand and make no cycles, and each thousand would have all objects looked
    through: a third of the time of an audit.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_AT, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def _events(owner_dsn: str) -> int:
    db = await asyncpg.connect(owner_dsn)
    try:
        return await db.fetchval("select coalesce(max(position), 0) from log.events")
    finally:
        await db.close()
