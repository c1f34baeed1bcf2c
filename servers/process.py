"""One server process: started as our child, stopped by its pid, found again when we were killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from servers.settings import StackError

_LAUNCH = Path(__file__).with_name("launch.py")
_LOG_LIMIT = 10_000_000
TOOL_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


@dataclass(frozen=True)
class Account:
    """The system account a server runs under when we are root."""

    name: str
    uid: int
    gid: int


class ServerProcess:
    """A server of ours and the pid file that lets a later run recognise it.

    `marks` are strings that all stand in the command line of this server and of no other process;
    a pid from a file is only ever signalled after they were found there.
    """

    def __init__(self, name: str, home: Path, marks: Sequence[str]) -> None:
        self.name = name
        self.log = home / "logs" / f"{name}.log"
        self._pid_file = home / f"{name}.pid"
        self._marks = tuple(marks)
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The pid while the server runs, else None."""
        return self._popen.pid if self._popen and self._popen.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How the server ended by itself: its code, or minus the signal; None while it runs."""
        return self._popen.poll() if self._popen else None

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        account: Account | None = None,
        on_parent_death: signal.Signals,
    ) -> None:
        """Start the server; it gets `on_parent_death` from the kernel should we be killed."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        uid, gid = (account.uid, account.gid) if account else (-1, -1)
        follow = (os.getpid(), int(on_parent_death), uid, gid)
        with self.log.open("ab") as output:
            # A session of its own: a Ctrl-C in the terminal reaches us, and we decide the order.
            self._popen = subprocess.Popen(  # noqa: S603 - the stack's own command line.
                [sys.executable, "-IS", str(_LAUNCH), *map(str, follow), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd="/",
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self._popen.pid}\n")

    async def stop(self, signals: Sequence[tuple[signal.Signals, float]]) -> None:
        """Send each signal in turn, waiting its seconds for the end, then SIGKILL."""
        for number, grace in (*signals, (signal.SIGKILL, 5.0)):
            if self._popen is None or self._popen.poll() is not None:
                break
            self._popen.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._popen.wait, grace)
        self._popen = None
        self._pid_file.unlink(missing_ok=True)

    async def end_stale(self, signals: Sequence[tuple[signal.Signals, float]]) -> None:
        """End the server that an earlier, killed run of ours has left behind on this home."""
        process = self._stale()
        for number, grace in (*signals, (signal.SIGKILL, 5.0)):
            if process is None or not process.is_running():
                break
            try:
                process.send_signal(number)
                await asyncio.to_thread(process.wait, grace)
            except psutil.TimeoutExpired:
                continue
            except psutil.NoSuchProcess:
                break
        self._pid_file.unlink(missing_ok=True)

    def failure(self, what: str) -> StackError:
        """An error that says what happened, with the end of the server's own log."""
        tail = self.log.read_text(errors="replace").splitlines()[-15:] if self.log.exists() else []
        return StackError("\n".join([f"{what} Its log is {self.log}; it ends:", *tail]))

    def _stale(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            command = " ".join(process.cmdline())
        except (
            FileNotFoundError,
            ValueError,
            psutil.NoSuchProcess,
            psutil.AccessDenied,
        ):
            return None
        return process if all(mark in command for mark in self._marks) else None


async def run_tool(command: Sequence[str], account: Account | None = None) -> tuple[int, str]:
    """Run a server's tool to its end: (exit code, what it printed). Cancelling ends the tool."""
    with tempfile.TemporaryFile() as output:
        tool = _tool(command, account, output)
        try:
            await asyncio.to_thread(tool.wait)
        finally:
            if tool.poll() is None:
                # It has a session of its own: what it has started ends with it.
                os.killpg(tool.pid, signal.SIGKILL)
                tool.wait()
        output.seek(0)
        return tool.returncode, output.read().decode(errors="replace").strip()


def _tool(
    command: Sequence[str], account: Account | None, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the stack's own command line.
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=TOOL_ENVIRONMENT,
        cwd="/",
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
