"""Whatever runs beside each other ends when it is told to, and with whoever fails."""

from __future__ import annotations

import asyncio

import pytest

from chassis import tasks
from chassis.tasks import end, run_together


async def deaf(ended: list[str]) -> None:
    """Loses the first cancellation, as a library on `asyncio.wait_for` may."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        ended.append("did not hear")
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("ended")


async def started(*parts: asyncio.Task[None]) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    assert not any(part.done() for part in parts)


async def test_what_loses_a_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN", 0.01)
    ended: list[str] = []
    together = asyncio.create_task(run_together(deaf(ended), deaf(ended)))
    await started(together)
    await end(together)
    assert ended == ["did not hear", "did not hear", "ended", "ended"]
    assert together.cancelled()


async def test_impatience_is_passed_on_and_leaves_nothing_running() -> None:
    ended: list[str] = []
    together = asyncio.create_task(run_together(deaf(ended)))
    await started(together)
    together.cancel()
    await started(together)
    # The second cancellation does not wait for AGAIN to be over.
    together.cancel()
    with pytest.raises(asyncio.CancelledError):
        await together
    assert ended == ["did not hear", "ended"]


async def test_one_that_fails_ends_the_others_and_is_told_of() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("a failure")

    with pytest.raises(ValueError, match="a failure"):
        await run_together(waits(), fails())
    assert ended == ["ended"]
