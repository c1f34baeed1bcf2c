"""The service's end of its child process: started when a job comes, kept warm, killed in time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress

import orjson
import structlog

from chassis.jobs.frames import DONE, INPUT, JOB, PROGRESS, STOP, STOPPED, Frame, receive
from chassis.jobs.store import CRASHED, TOO_LONG, Claimed, Ended

log = structlog.get_logger(__name__)

READ_AHEAD = 1_000_000
"""Bytes of an answer that are read before somebody takes them."""


class Child:
    """One child at a time; after a crash the next job gets a new one."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._idle_since = 0.0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def carry_out(
        self, job: Claimed, function: str, progress: Callable[[float, str], None]
    ) -> Ended:
        """Run a job to its end, saying its progress meanwhile; `CRASHED` where the child ends."""
        process = await self._ready()
        assert process.stdin is not None
        assert process.stdout is not None
        head = {"function": function, "seconds": job.seconds, "megabytes": job.megabytes}
        try:
            process.stdin.write(Frame(JOB, orjson.dumps(head)).encoded)
            process.stdin.write(Frame(INPUT, job.input.encode()).encoded)
            await process.stdin.drain()
            while (frame := await receive(process.stdout)).tag == PROGRESS:
                progress(*orjson.loads(frame.payload))
        except (OSError, asyncio.IncompleteReadError):
            code = await self._gone(process)
            log.warning("jobs.child_ended", job=str(job.id), kind=job.kind, exit_code=code)
            return Ended("failed", error=TOO_LONG) if code == -signal.SIGALRM else CRASHED
        self._idle_since = time.monotonic()
        if frame.tag == DONE:
            return Ended("done", result=frame.payload.decode())
        if frame.tag == STOPPED:
            return Ended("stopped")
        code, told = orjson.loads(frame.payload)
        if told:
            log.error("jobs.failed", job=str(job.id), kind=job.kind, code=code, told=told)
        return Ended("failed", error=code)

    async def _ready(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "chassis.jobs", str(os.getpid())),
            stdin=PIPE,
            stdout=PIPE,
            limit=READ_AHEAD,
            # Its own group, so that what a function starts is killed along.
            start_new_session=True,
            env=environment(),
        )
        return self._process

    def stop(self) -> None:
        """Let the function know that it is to stop."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(Frame(STOP).encoded)

    async def rest(self, seconds: float) -> None:
        """End a child that has had nothing to do for so long."""
        if self._process is not None and time.monotonic() - self._idle_since > seconds:
            await self.kill()

    async def kill(self) -> None:
        """End the child, and all that it started, at once."""
        if self._process is not None:
            await self._gone(self._process)

    async def _gone(self, process: Process) -> int:
        self._process = None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin is not None:
            process.stdin.close()
        return await process.wait()


def environment() -> dict[str, str]:
    """What the child is told: where modules are, and no setting or secret of the service."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAARID_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
