"""Lists while something ends, and files that LibreOffice saved."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from chassis.replaying.rebuild import compare
from services.registration.app import definition
from tests.integration.registration.running_registration import Registration
from tests.integration.registration.sending_lists import new, send, taken_in
from tests.lists import ENTRIES, HEADINGS, csv_of, xlsx_of
from tests.running_service import connected, uid
from tests.waiting import eventually


@pytest.mark.fault
@pytest.mark.parametrize(
    "point", ["intakes.taking:1", "intakes.enrolled:30", "intakes.applied:60", "desk.appending:2"]
)
async def test_a_service_killed_over_a_list_doubles_and_loses_nothing(
    registration: Registration, point: str
) -> None:
    fair_id = await registration.call()
    await registration.done("/families/standard", None)
    await registration.system.stop_services()
    process = await registration.system.start_service("registration", MAARID_BREAK_AT=point)
    await registration.system.wait_ready("registration")
    entries = [[*each[:2], f"06123{at:05}", *each[3:]] for at, each in enumerate(new(150))]
    # Whether the service was killed before or after its answer, the same request is safe.
    key, keys = uid(), {"import": uid()}
    path = ""

    async def asked() -> bool:
        nonlocal path
        with suppress(httpx.TransportError, AssertionError):
            answer = await send(registration, fair_id, xlsx_of(entries), key, pole_id="products")
            path = answer.headers["location"]
            shown = await registration.get(path)
            if shown["state"] in ("read", "importing", "imported"):
                await registration.done(f"{path}/import", {}, key=keys["import"])
        return process.pid is None

    await eventually(asked, bool)
    await registration.system.start_service("registration")
    await registration.system.wait_ready("registration")
    await eventually(lambda: registration.get(path), lambda found: found["state"] != "reading")
    await registration.done(f"{path}/import", {}, key=keys["import"])
    done = await eventually(
        lambda: registration.get(path), lambda found: found["state"] == "imported"
    )
    assert done["outcomes"] == {"imported": 150}
    applied = await registration.all(f"/fairs/{fair_id}/applications")
    assert len({each["organisation_id"] for each in applied}) == len(applied) == 150
    async with connected(registration.owner_dsn) as db:
        names = [row[0] for row in entries]
        found = await db.fetchval(
            "select count(*) from read.organisations where name ->> 'fr' = any($1)", names
        )
        contacts = await db.fetchval(
            "select count(*) from own.contacts join read.contact_standings using (contact_id)"
            " where phone like '+2126123%' and contact_standings.organisation_id = any($1)",
            [each["organisation_id"] for each in applied],
        )
    assert (found, contacts) == (150, 150)
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []


@pytest.mark.fault
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc tells who is whose child")
async def test_a_child_killed_while_it_reads_is_replaced(registration: Registration) -> None:
    fair_id = await registration.call()
    file = csv_of([[f"Coopérative {at} inventée", "Zagora"] for at in range(15_000)], HEADINGS[:2])
    answer = await send(registration, fair_id, file, pole_id="products")
    path = answer.headers["location"]
    pid = registration.system.processes["registration"].pid

    async def killed() -> bool:
        state = await registration.get(path)
        assert state["state"] == "reading", "it was too quick to be killed"
        children = children_of(pid) if state["progress"] > 0 else []
        for child in children:
            os.kill(child, signal.SIGKILL)
        return bool(children)

    await eventually(killed, bool)
    await eventually(lambda: registration.get(path), lambda found: found["state"] == "read")
    assert (await registration.get(path))["statuses"] == {"new": 15_000}


def children_of(pid: int | None) -> list[int]:
    stats = [
        path.read_text("utf-8").rpartition(")")[2] for path in Path("/proc").glob("[0-9]*/stat")
    ]
    pids = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat")]
    return [each for each, stat in zip(pids, stats, strict=True) if stat.split()[1] == str(pid)]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="/proc tells what is loaded")
async def test_the_service_itself_never_loads_the_reader(registration: Registration) -> None:
    fair_id = await registration.call()
    await taken_in(registration, fair_id, xlsx_of(ENTRIES))
    process = registration.system.processes["registration"]
    assert "/python_calamine/" not in loaded_by(process.pid)


def loaded_by(pid: int | None) -> str:
    return Path(f"/proc/{pid}/maps").read_text("utf-8")


@pytest.mark.parametrize("format_", ["xlsx", "ods", "csv"])
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
async def test_lists_that_libreoffice_saved_are_read(
    registration: Registration, format_: str, tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_bytes(csv_of(ENTRIES, separator=",", encoding="utf-8"))
    saved = tmp_path / "saved"
    office = await asyncio.create_subprocess_exec(
        "soffice",
        *("--headless", f"-env:UserInstallation=file://{tmp_path}/profile"),
        *("--infilter=CSV:44,34,76", "--convert-to", format_),
        *("--outdir", str(saved), str(tmp_path / "list.csv")),
    )
    assert await office.wait() == 0
    fair_id = await registration.call()
    path = await taken_in(registration, fair_id, (saved / f"list.{format_}").read_bytes())
    rows = await registration.all(f"{path}/rows")
    assert [row["given"]["organisation"]["province"] for row in rows] == [
        "zagora",
        "zagora",
        "tinghir",
    ]
    assert all(row["given"]["contact"]["phone"] for row in rows)
