"""Runs jobs, one at a time, in a child process that is started when a job comes and kept warm:
claims them, keeps the lease, and ends what does not end in time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import orjson
import structlog

from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.jobs.frames import DONE, INPUT, JOB, PROGRESS, STOP, STOPPED, Frame, receive
from chassis.jobs.store import CRASHED, MARGIN, TOO_LONG, Claimed, Ended
from chassis.kernel.refused import Refused
from chassis.postgres.database import RACE, TROUBLE, Pool
from chassis.process import tasks

log = structlog.get_logger(__name__)

POLL = 0.2
RENEW = 0.4
"""Seconds between two looks whether a running job is to stop; its progress is written then too."""
ANSWER = 2.0
"""Seconds in which the database must have renewed a lease."""
WARM = 300.0
"""Seconds that a child without work is kept."""
PRUNE_EVERY = 3600.0
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


class Worker:
    """What one replica does for the jobs of its service."""

    def __init__(
        self, service: str, kinds: Sequence[JobKind], pool: Pool, *, lease: float = store.LEASE
    ) -> None:
        self._service = service
        self._kinds = {kind.name: kind for kind in kinds}
        self._pool = pool
        self._lease = lease
        self._progress = (0.0, "")
        self._prune_at = 0.0
        self.child = Child()

    async def run(self) -> None:
        """Run what is asked for, for ever."""
        try:
            while True:
                try:
                    while await self._run_one():
                        pass
                    if time.monotonic() >= self._prune_at:
                        self._prune_at = time.monotonic() + PRUNE_EVERY
                        await store.prune(self._pool)
                except (*TROUBLE, *RACE) as error:
                    log.warning("jobs.trouble", service=self._service, error=repr(error))
                    await asyncio.sleep(1)
                await self.child.rest(WARM)
                await asyncio.sleep(POLL)
        finally:
            await self.child.kill()

    async def _run_one(self) -> bool:
        job = await store.claim(self._pool, list(self._kinds), self._lease)
        if job is None:
            return False
        try:
            ended = await self._carried_out(job)
        except asyncio.CancelledError:
            # We are told to end.  Another replica need not wait for the end of the lease.
            await self.child.kill()
            with suppress(*TROUBLE, *RACE):
                async with asyncio.timeout(ANSWER):
                    await store.leave(self._pool, job, crashed=False)
            raise
        if ended is None:
            log.warning("jobs.lost", service=self._service, job=str(job.id), kind=job.kind)
            return True
        await self._write_down(job, ended)
        told = {"job": str(job.id), "kind": job.kind, "state": ended.state, "code": ended.error}
        log.info("jobs.ended", **told, seconds=round(time.monotonic() - job.claimed_at, 3))
        return True

    async def _write_down(self, job: Claimed, ended: Ended) -> None:
        """Try until it is in; of a job that somebody has taken over nothing is written."""
        while True:
            try:
                if ended is CRASHED:
                    await store.leave(self._pool, job, crashed=True)
                else:
                    await store.end(self._pool, job, ended)
                return
            except (*TROUBLE, *RACE) as error:
                log.warning("jobs.trouble", service=self._service, error=repr(error))
                await asyncio.sleep(0.5)

    async def _carried_out(self, job: Claimed) -> Ended | None:
        """What came of a job; None where it is not ours any more."""
        self._progress = (0.0, "")
        running = asyncio.create_task(self._computed(job, self._kinds[job.kind]))
        keeping = asyncio.create_task(self._keep(job))
        try:
            await asyncio.wait(
                {running, keeping}, timeout=job.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if running.done():
                return running.result()
            if not keeping.done():
                return Ended("failed", error=TOO_LONG)
            if not keeping.result():
                return None
            self.child.stop()
            await asyncio.wait({running}, timeout=self._kinds[job.kind].grace)
            return running.result() if running.done() else Ended("stopped")
        finally:
            if not running.done():
                await self.child.kill()
            await tasks.end(running, keeping)

    async def _computed(self, job: Claimed, kind: JobKind) -> Ended:
        """Run a job, with its input and its result where its kind keeps them."""
        given = orjson.loads(job.input)
        if kind.load is not None:
            try:
                loaded = await kind.load(self._pool, given)
            except Refused as refused:
                return Ended("failed", error=refused.code)
            if loaded is None:
                return Ended("done", result="null")
            job = replace(job, input=loaded)
        ended = await self.child.carry_out(job, kind.function, self._note)
        if kind.take is None or ended.result is None:
            return ended
        return replace(ended, result=await kind.take(self._pool, given, ended.result))

    def _note(self, share: float, code: str) -> None:
        self._progress = (share, code)

    async def _keep(self, job: Claimed) -> bool:
        """Renew the lease until the job must not go on: returns True where somebody asked for its
        end, False where it may be somebody else's by now."""
        good_until = job.claimed_at + job.lease - MARGIN
        while (now := time.monotonic()) < good_until:
            await asyncio.sleep(min(RENEW, good_until - now))
            sent = time.monotonic()
            try:
                async with asyncio.timeout(min(ANSWER, max(good_until - sent, 0))):
                    stopping = await store.renew(self._pool, job, *self._progress)
            except (*TROUBLE, *RACE) as error:
                log.warning("jobs.trouble", service=self._service, error=repr(error))
                continue
            if stopping is None:
                break
            if stopping:
                return True
            good_until = sent + job.lease - MARGIN
        return False
