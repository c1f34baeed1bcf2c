"""`maarid` where something is in its way: no traceback, nothing left behind, and what to do."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until

MAARID = Path(sys.executable).with_name("maarid")
NOWHERE = "/proc/nowhere"
"""Where nobody can write, root neither."""
PRESSES = 3

pytestmark = pytest.mark.timeout(300)


class Command:
    """`maarid` in a directory of its own, with a temporary directory of its own."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._output = folder / "output"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(MAARID), *arguments],
                cwd=folder,
                env={**os.environ, "TMPDIR": str(self.temporary), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Who runs the tests in the background has Ctrl-C ignored, and it is inherited.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

    @property
    def printed(self) -> str:
        return self._output.read_text(errors="replace")

    def ended(self, seconds: float = 60) -> int:
        """The exit code.  Fails where Python told of an error in its own words."""
        code = self.process.wait(seconds)
        assert "Traceback" not in self.printed, self.printed
        assert "Exception ignored" not in self.printed, self.printed
        return code

    def reads_modules(self) -> bool:
        return "pydantic_core" in Path(f"/proc/{self.process.pid}/maps").read_text()

    def has(self, pattern: str) -> bool:
        return any(self.temporary.glob(pattern))


@pytest.fixture
def folder() -> Generator[Path]:
    # Not one of pytest's: below a worker's these are too long for the path of a socket.
    with tempfile.TemporaryDirectory(prefix="maarid-") as directory:
        folder = Path(directory)
        # PostgreSQL runs as another account under root, which has to get through.
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXGRP | stat.S_IXOTH)
        yield folder


@pytest.mark.parametrize("variable", ["HOME", "MAARID_HOME"])
@pytest.mark.parametrize("arguments", [("audit",), ("up",)])
def test_where_nobody_can_write_a_sentence_says_what_to_do(
    folder: Path, variable: str, arguments: tuple[str, ...]
) -> None:
    # The jars stand in the cache of HOME, unless somebody says where.
    free = {"XDG_CACHE_HOME": ""} if variable == "HOME" else {}
    command = Command(folder, *arguments, **{variable: NOWHERE}, **free)
    assert command.ended() == 2
    assert NOWHERE in command.printed
    assert "MAARID_HOME" in command.printed
    assert not list(command.temporary.iterdir())


@pytest.mark.parametrize("arguments", [("token", "--role", "organiser"), ("issuer",)])
def test_a_key_that_cannot_be_kept_is_told_of(folder: Path, arguments: tuple[str, ...]) -> None:
    command = Command(folder, *arguments, MAARID_HOME=NOWHERE)
    assert command.ended() == 2
    assert NOWHERE in command.printed


def test_without_a_directory_for_temporary_files_the_usual_one_is_taken(folder: Path) -> None:
    command = Command(folder, "token", "--role", "organiser", TMPDIR=NOWHERE)
    assert command.ended() == 0


@pytest.mark.parametrize(("role", "missing"), [("steward", "--fair"), ("exhibitor", "--organ")])
def test_a_token_that_would_open_nothing_is_refused(folder: Path, role: str, missing: str) -> None:
    command = Command(folder, "token", "--role", role)
    assert command.ended() == 2
    assert missing in command.printed


@pytest.fixture
def full_disk(folder: Path) -> Generator[Path]:
    """A file system with room for the beginning of a database and no more."""
    disk = folder / "disk"
    disk.mkdir()
    size = "size=24m,mode=0755"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "maarid-test", str(disk)])
    if mounted.returncode:
        pytest.skip("only root may mount a small file system here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_told_of(folder: Path, full_disk: Path) -> None:
    command = Command(folder, "audit", MAARID_HOME=str(full_disk / "home"))
    assert command.ended(120) == 2
    assert "No space left" in command.printed
    assert "MAARID_HOME" in command.printed


MOMENTS: dict[str, Callable[[Command], bool]] = {
    "while its modules are read": Command.reads_modules,
    "when it begins": lambda command: "Starting PostgreSQL" in command.printed,
    "while PostgreSQL is initialised": lambda command: command.has("*/postgres.new"),
    "while the services start": lambda command: command.has("*/logs/ticketing.log"),
    "while the fair is played": lambda command: command.has("*/ports.json"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_ends_a_demo_at_any_moment(folder: Path, moment: str) -> None:
    command = Command(folder, "demo")
    process = psutil.Process(command.process.pid)

    def come() -> bool:
        return command.process.poll() is not None or MOMENTS[moment](command)

    wait_until(come, moment)
    assert command.process.poll() is None, command.printed
    children = process.children(recursive=True)
    for _ in range(PRESSES):
        # A terminal's key goes to the whole group.
        os.killpg(command.process.pid, signal.SIGINT)
        time.sleep(0.25)  # As fast as an impatient person presses.
    assert command.ended() == 128 + signal.SIGINT, command.printed
    wait_until(lambda: not any(map(is_running, children)), "what it started has ended")
    assert not list(command.temporary.iterdir())


def is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
