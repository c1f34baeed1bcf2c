"""Waiting for what must come about, for a bounded time, without knowing how long it takes."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 120.0
"""Seconds after which what was to come is taken not to come any more."""


async def eventually(
    ask: Callable[[], Awaitable[T]], holds: Callable[[T], object], seconds: float = PATIENCE
) -> T:
    """Ask until the answer is as it should be; fails after the seconds, saying what it still is."""
    deadline = time.monotonic() + seconds
    while not holds(answer := await ask()):
        assert time.monotonic() < deadline, f"after {seconds} s it is still {answer}"
        await asyncio.sleep(0.02)
    return answer


async def until(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]],
    what: str = "",
    seconds: float = PATIENCE,
) -> None:
    """Wait for a condition; fails after the seconds, saying what has not come about: in words, or
    by the name of the function."""
    deadline = time.monotonic() + seconds
    while not (await answer if inspect.isawaitable(answer := holds()) else answer):
        assert time.monotonic() < deadline, f"not so after {seconds} s: {what or holds.__name__}"
        await asyncio.sleep(0.02)


def wait_until(
    holds: Callable[[], Any],
    what: str | Callable[[], str],
    seconds: float = PATIENCE,
    alive: Callable[[], bool] = lambda: True,
) -> None:
    """Wait for a condition without an event loop; fails at once where nothing lives any more."""

    def said() -> str:
        return what if isinstance(what, str) else what()

    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so after {seconds} s: {said()}"
        assert alive() or holds(), f"nothing lives any more that could bring it about: {said()}"
        time.sleep(0.1)
