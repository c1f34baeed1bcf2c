"""Has sheets printed by a child process, which is started when something is to be printed and stays
warm for a while.

typst takes 60 MB and holds the interpreter: a service that had it would hold its callers.  One
thing is printed after the other, so that memory is bounded, and only so many wait for their turn.
"""

from __future__ import annotations

import asyncio
import base64

import orjson
import structlog

from chassis.answers.problems import Problem
from chassis.definition.runtime import Runtime
from chassis.jobs.store import CRASHED, Claimed
from chassis.jobs.worker import Child
from chassis.postgres.database import Pool
from chassis.process.ids import uuid7
from services.ticketing.prints.sheets import Form, Sheets

log = structlog.get_logger(__name__)

FUNCTION = "services.ticketing.prints.printing:run"
PRINT_SECONDS = 10.0
"""For one print; two hundred certificates take two seconds."""
TURN_SECONDS = 5.0
"""Whoever waits longer for a turn is to come again."""
MOST_WAITING = 8
MEGABYTES = 500
WARM_SECONDS = 30.0
"""A child that has nothing to print is ended after so long."""
MOST_PRINTS = 500
"""After so many prints a child is replaced: typst remembers what it has laid out."""


class PressBusy(Exception):
    """Too many wait for the press, or the service is only starting."""


class Press:
    """Prints for one running service."""

    def __init__(self) -> None:
        self.child = Child()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._prints = 0

    async def print(self, sheets: Sheets, form: Form, page: int) -> bytes | None:
        """The file; None where it could not be made, or not in time.  Raises PressBusy."""
        if self._waiting >= MOST_WAITING:
            raise PressBusy
        self._waiting += 1
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise PressBusy from None
        finally:
            self._waiting -= 1
        try:
            return await self._print(orjson.dumps({"sheets": sheets, "form": form, "page": page}))
        finally:
            self._turn.release()

    async def _print(self, given: bytes) -> bytes | None:
        wanted = Claimed(uuid7(), "print", given.decode(), PRINT_SECONDS, MEGABYTES, 0.0, uuid7())
        ended = CRASHED
        try:
            async with asyncio.timeout(PRINT_SECONDS):
                ended = await self.child.carry_out(wanted, FUNCTION, lambda share, code: None)
        except TimeoutError:
            log.warning("prints.too_long", seconds=PRINT_SECONDS)
        finally:
            self._prints += 1
            if ended is CRASHED or self._prints >= MOST_PRINTS:
                # Also where its caller has gone: what it would answer is nobody's.
                self._prints = 0
                await self.child.kill()
        made: str | None = orjson.loads(ended.result or "null")
        return None if made is None else base64.b64decode(made)

    async def rest(self) -> None:
        """End a child that has had nothing to do for a while."""
        if not self._turn.locked():
            async with self._turn:
                await self.child.rest(WARM_SECONDS)


_OPEN: dict[Pool, Press] = {}
"""The press of each service that runs in this process."""


def open_press(runtime: Runtime) -> Press:
    """Have prints of this service made from now on."""
    _OPEN[runtime.pool] = press = Press()
    return press


async def close_press(runtime: Runtime) -> None:
    """End what still prints for it."""
    await _OPEN.pop(runtime.pool).child.kill()


async def printed(runtime: Runtime, sheets: Sheets, form: Form, page: int = 1) -> bytes:
    """The sheets as a file.  Raises Problem 503 where the caller is to come again."""
    press = _OPEN.get(runtime.pool)
    try:
        if press is None:
            raise PressBusy
        made = await press.print(sheets, form, page)
    except PressBusy:
        raise Problem(503, "print_busy", retry_after=2) from None
    if made is None:
        raise Problem(503, "print_failed", retry_after=5)
    return made
