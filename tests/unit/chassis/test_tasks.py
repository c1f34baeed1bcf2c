"""Whatever runs beside each other ends when it is told to, and with whoever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from chassis.process import tasks
from chassis.process.tasks import end, run_together, supervised
from tests.waiting import until


async def deaf(steps: list[str]) -> None:
    """Loses the first cancellation, as a library on `asyncio.wait_for` may."""
    steps.append("begun")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        steps.append("did not hear")
    try:
        await asyncio.Event().wait()
    finally:
        steps.append("ended")


async def test_a_task_that_loses_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AGAIN", 0.01)
    steps: list[str] = []
    together = asyncio.create_task(run_together(deaf(steps), deaf(steps)))
    await until(lambda: steps == ["begun"] * 2)
    await end(together)
    assert steps[2:] == ["did not hear", "did not hear", "ended", "ended"]
    assert together.cancelled()


async def test_a_second_cancellation_is_passed_on_and_leaves_nothing_running() -> None:
    steps: list[str] = []
    together = asyncio.create_task(run_together(deaf(steps)))
    await until(lambda: steps == ["begun"])
    together.cancel()
    await until(lambda: steps == ["begun", "did not hear"])
    assert not together.done()
    # The second cancellation does not wait for AGAIN to be over.
    together.cancel()
    with pytest.raises(asyncio.CancelledError):
        await together
    assert steps == ["begun", "did not hear", "ended"]


async def test_a_part_that_fails_ends_the_others_and_its_error_is_raised() -> None:
    begun, ended = asyncio.Event(), list[str]()

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def fails() -> None:
        await begun.wait()
        raise ValueError("a failure")

    with pytest.raises(ValueError, match="a failure"):
        await run_together(waits(), fails())
    assert ended == ["ended"]


class Lost(Exception):
    """Passes by itself."""


async def supervise(
    monkeypatch: pytest.MonkeyPatch, raised: Sequence[Exception | None], good_while: float = 60.0
) -> tuple[list[float], list[EventDict]]:
    """A part that raises one thing after the other; returns the pauses and what was logged."""
    pauses: list[float] = []
    left = iter(raised)

    async def part() -> None:
        error = next(left)
        if error is not None:
            raise error

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(tasks, "GOOD_WHILE", good_while)
    monkeypatch.setattr(asyncio, "sleep", pause)
    with capture_logs() as logged:
        await supervised("part", part, (Lost,))
    return pauses, logged


async def test_what_passes_by_itself_is_one_line_and_a_bug_is_told_whole_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raised = [Lost("away"), ValueError("a bug"), ValueError("a bug"), None]
    _, logged = await supervise(monkeypatch, raised)
    told = [(entry["log_level"], "exc_info" in entry) for entry in logged]
    assert told == [("warning", False), ("error", True), ("error", False)]


async def test_pauses_grow_to_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, _ = await supervise(monkeypatch, [*(Lost() for _ in range(8)), None])
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


async def test_what_ran_a_good_while_starts_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Any while is good enough.
    pauses, _ = await supervise(monkeypatch, [*(Lost() for _ in range(8)), None], good_while=-1)
    assert pauses == [0.2] * 8
