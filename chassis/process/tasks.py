"""Tasks that run beside each other until they are told to end."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

log = structlog.get_logger(__name__)

AGAIN = 8.0
"""Seconds after which a task that was told to end is told again; what we clean up is quicker."""

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
"""Seconds between a failure and the next start; they double from the first pause on."""
GOOD_WHILE = 60.0
"""Seconds after which a part that has run is taken for sound again."""


async def run_together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run until one fails, all have ended or we are cancelled; the others are ended then."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await end(*tasks)


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, again and again, until all have ended.

    Once is not enough, and a TaskGroup does it once: `asyncio.wait_for`, on which libraries stand,
    loses a cancellation that meets the result it waits for (cpython issue 86296, before 3.12).
    """
    left = {task for task in tasks if not task.done()}
    cancelled = False
    while left:
        for task in left:
            task.cancel()
        try:
            await asyncio.wait(left, timeout=AGAIN)
        except asyncio.CancelledError:
            # Whoever waits for us grows impatient: pass it on, and leave nothing running.
            cancelled = True
        left = {task for task in left if not task.done()}
    if cancelled:
        raise asyncio.CancelledError


async def woken(wake: asyncio.Event, seconds: float) -> None:
    """Wait until somebody wakes us, and for so many seconds at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
    wake.clear()


async def supervised(
    name: str, part: Callable[[], Awaitable[None]], passing: tuple[type[Exception], ...]
) -> None:
    """Run a part until it returns or is cancelled, and start it again where it fails.

    A part that fails must not take the others with it, nor stay away for ever.  `passing` is what
    passes by itself: one line of warning.  What else is raised comes with its traceback, once.
    """
    pause = FIRST_PAUSE
    told: set[tuple[type[Exception], str, int | None]] = set()
    while True:
        started = time.monotonic()
        try:
            await part()
            return
        except passing as error:
            log.warning("service.part_restarts", part=name, error=repr(error))
        except Exception as error:
            (place,) = traceback.extract_tb(error.__traceback__, limit=-1)
            kind = (type(error), place.filename, place.lineno)
            if kind in told:
                log.error("service.part_failed", part=name, error=repr(error))
            else:
                told.add(kind)
                log.exception("service.part_failed", part=name)
        if time.monotonic() - started > GOOD_WHILE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
