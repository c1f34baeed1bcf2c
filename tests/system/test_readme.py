"""Every command of the README, run for real and in its order."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.system.readme import ROOT, Command, Shell, blocks

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

START_SECONDS = 180.0
"""On a machine that does much else; alone it is a few."""
READY = "Ctrl-C stops everything"
FAIR = "zagora-2090"
ALL_READ = (
    'until get "$NOTIFICATIONS/phones/$CONTACT" | grep booth_assigned | grep seat_reserved;'
    " do sleep 0.5; done"
)
"""The last two messages tell of facts on two topics, so either may be the last to come."""
GO_ON = re.compile(r"^(python|node) ")
"""Commands that go on until Ctrl-C."""

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")


@pytest.fixture(scope="module")
def shell() -> Generator[Shell]:
    # Not one of pytest's directories: PostgreSQL may run under another account.
    with tempfile.TemporaryDirectory(prefix="maarid-readme-") as home:
        yield Shell(Path(home))


@pytest.fixture(scope="module")
def up(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Generator[Command]:
    """The system, started by the first command of the tour."""
    log = tmp_path_factory.mktemp("up") / "up.log"
    with shell.running(blocks("A tour")[0], log) as command:
        command.wait_for(READY, START_SECONDS)
        yield command


@pytest.fixture(scope="module")
def tour(shell: Shell, up: Command) -> str:
    """What the tour prints, with the ids that it came by."""
    ids = 'echo "application=$APPLICATION session=$SESSION contact=$CONTACT"'
    return shell.run(*blocks("A tour")[1:], ALL_READ, ids)


def id_of(tour: str, name: str) -> str:
    found = re.search(rf"\b{name}=([0-9a-f-]{{36}})", tour)
    assert found is not None, tour
    return found[1]


def answers_of(tour: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in tour.splitlines() if line.startswith("{")]


@needs_curl
def test_the_tour_leads_from_a_call_to_a_message(tour: str) -> None:
    answers = answers_of(tour)
    assert answers[0] == {"fair_id": FAIR}
    assert {"revision": 1} in answers
    booths = next(each["items"] for each in answers if "holder" in str(each.get("items")))
    assert [booth["booth_id"] for booth in booths] == ["P-002"]
    assert booths[0]["holder"]["exhibitor_id"] == id_of(tour, "application")
    assert "electricity_as_needed" in booths[0]["holder"]["reasons"]
    seats = [(each["status"], each["rank"]) for each in answers if "seat_id" in each]
    assert seats == [("reserved", None), ("waitlisted", 1)]
    messages = answers[-1]["items"]
    told = [message["template"] for message in messages]
    # Facts of one stream stay in order; others too, unless a machine as slow as that of a test
    # hears of one more than half a second late.
    in_order = [one for one in told if one.startswith("application_")]
    assert in_order == ["application_received", "application_accepted"]
    assert sorted(told) == sorted([*in_order, "booth_assigned", "seat_reserved"])
    assert all(message["language"] == "zgh" for message in messages)
    (booth,) = (each["text"] for each in messages if each["template"] == "booth_assigned")
    assert "P-002" in booth


@needs_curl
def test_the_tour_taken_twice_changes_nothing(shell: Shell, tour: str) -> None:
    again = shell.run(*blocks("A tour")[1:], 'echo "application=$APPLICATION session=$SESSION"')
    for name in ("application", "session"):
        assert id_of(again, name) == id_of(tour, name)
    assert again.count('"seat_id"') == tour.count('"seat_id"')
    assert '"status":"waitlisted","rank":1' in again


@needs_curl
def test_both_consumers_hear_what_happened_and_what_happens(
    shell: Shell, tour: str, tmp_path: Path
) -> None:
    lines = [line for block in blocks("Consume our events") for line in block.splitlines()]
    for line in lines:
        if not GO_ON.match(line):
            installed(shell, line)
    python, node = (line for line in lines if GO_ON.match(line))
    with (
        shell.running(python, tmp_path / "python.log") as in_python,
        shell.running(node, tmp_path / "node.log") as in_node,
    ):
        in_python.wait_for(f"{FAIR} P-002 -> {id_of(tour, 'application')}", 90)
        in_node.wait_for(f"{id_of(tour, 'session')} ", 90)
        assert "is reserved" in in_node.printed()
        seat = next(each["seat_id"] for each in answers_of(tour) if "seat_id" in each)
        seat_path = f"workshops/{id_of(tour, 'session')}/seats/{seat}"
        shell.run(
            blocks("A tour")[1],
            'post readme-release "$SCHEDULING/fairs/$FAIR/booths/P-002/release" {}',
            f'post readme-cancel "$TICKETING/{seat_path}/cancel" {{}}',
        )
        in_python.wait_for(f"{FAIR} P-002 is free", 60)
        in_node.wait_for("is free (cancelled_by_attendee)", 60)
        for command in (in_python, in_node):
            for _ in range(3):
                command.press_ctrl_c()
            command.process.wait(30)
        assert "Traceback" not in in_python.printed()
        assert "Error" not in in_node.printed()


def installed(shell: Shell, line: str) -> None:
    """Run an installation, or skip where its registry is out of reach."""
    try:
        shell.run(line)
    except AssertionError as failed:
        if "npm error network" in str(failed) or "ENOTFOUND" in str(failed):
            pytest.skip(f"the npm packages cannot be had here: {failed}")
        raise


def test_the_consumer_in_typescript_fits_the_generated_types(shell: Shell) -> None:
    installed(
        shell,
        next(
            line
            for line in "".join(blocks("Consume our events")).splitlines()
            if line.startswith("npm")
        ),
    )
    shell.run("cd examples/node; node node_modules/typescript/bin/tsc")


@needs_curl
def test_what_operations_need_works_while_everything_runs(shell: Shell, tour: str) -> None:
    (commands,) = blocks("In short", "docs/operations.md")
    printed = shell.run(blocks("A tour")[1], commands)
    assert tour
    assert '"ready":true' in printed
    assert '"alive":true' in printed
    assert "maarid_relay_lag_seconds{" in printed
    assert "booth_assigned in scheduling" in printed
    assert "Read tables of scheduling were made again" in printed
    assert printed.count("✓") > 10
    assert "✗" not in printed


def test_ctrl_c_stops_everything_and_the_next_start_finds_its_data(
    shell: Shell, up: Command, tour: str, tmp_path: Path
) -> None:
    assert tour
    family = up.family()
    names = {" ".join(process.cmdline()) for process in family}
    for part in ("services.registration", "services.notifications", "kafka.Kafka", "postgres"):
        assert any(part in name for name in names), names
    stop(up)
    assert shell.home.name not in " ".join(
        argument for process in psutil.process_iter() for argument in arguments(process)
    )
    with shell.running(blocks("A tour")[0], tmp_path / "again.log") as again:
        again.wait_for(READY, START_SECONDS)
        assert FAIR in shell.run(blocks("A tour")[1], 'get "$REGISTRATION/fairs"')
        stop(again)


def stop(command: Command) -> None:
    """Press Ctrl-C; everything is gone within 20 seconds."""
    family = command.family()
    began = time.monotonic()
    command.press_ctrl_c()
    _, left = psutil.wait_procs(
        [process for process in family if process.pid != command.process.pid], timeout=20
    )
    assert left == [], command.printed()
    # Make ends by the signal that it was sent, as a shell wants it.
    code = command.process.wait(max(20 - (time.monotonic() - began), 0.1))
    assert code in (0, -signal.SIGINT, 128 + signal.SIGINT), command.printed()
    assert "Traceback" not in command.printed()


def arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


# Commands of "Try it".  `make check` and `make test` are what runs this, and `make demo` and
# `make chaos` are steps of CI beside it; they are not run in turn.
TRIED = {"demo", "up", "check", "coverage", "test", "chaos", "bench", "clean"}


def targets() -> list[str]:
    (block,) = blocks("Try it")
    return re.findall(r"^make ([a-z]+)", block, re.MULTILINE)


def test_every_target_of_the_readme_is_one_of_the_makefile(shell: Shell) -> None:
    assert set(targets()) == TRIED
    for target in targets():
        assert shell.run(f"make -n {target}")
    assert "pytest" in shell.run("make -n test")
    assert "lint-imports" in shell.run("make -n check")
    assert "--cov" not in shell.run("make -n check")
    assert "--cov" in shell.run("make -n check COVERED=1")
    assert "--cov" in shell.run("make -n coverage")
    # Without a path everything is typed.
    assert "dist/index.js contracts/maarid_contracts chassis" in shell.run("make -n check")
    assert re.search(r"dist/index.js *$", shell.run("make -n check COVERED=1"), re.MULTILINE)
    assert "maarid demo oujda-2019" in shell.run("make -n demo FAIR=oujda-2019")
    assert "benchmarks desk" in shell.run("make -n bench ONLY=desk")


def test_clean_removes_what_was_made_and_nothing_else(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for made in (".venv", ".maarid", "services/__pycache__"):
        (tmp_path / made).mkdir(parents=True)
    (tmp_path / "services" / "kept.py").touch()
    subprocess.run(["make", "-C", str(tmp_path), "clean"], check=True, capture_output=True)
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert left == ["Makefile", "services", "services/kept.py"]
