"""Tasks that run beside each other until they are told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

AGAIN = 8.0
"""Seconds after which a task that was told to end is told again; what we clean up is quicker."""


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
