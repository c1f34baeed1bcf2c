"""The press, with a child of its own: what takes too long is ended, and the next print is made."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from services.ticketing.prints.handlers import press as presses
from services.ticketing.prints.handlers.press import Press, PressBusy
from services.ticketing.prints.sheets import BadgeFacts, Form, Paper, Sheets, badges
from services.ticketing.prints.words import PrintLanguage

DAYS = (date(2025, 9, 17), date(2025, 9, 22))


def labels(count: int) -> Sheets:
    people = [BadgeFacts(f"Nom Inventé {n}", "guest", "") for n in range(count)]
    return badges("Salon", DAYS, people, Paper.LABEL, PrintLanguage.FRENCH)


async def test_what_takes_too_long_is_ended_and_the_next_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    press = Press()
    try:
        monkeypatch.setattr(presses, "PRINT_SECONDS", 0.001)
        assert await press.print(labels(200), Form.PDF, 1) is None
        assert press.child.pid is None
        monkeypatch.undo()
        made = await press.print(labels(1), Form.PDF, 1)
        assert made is not None
        assert made.startswith(b"%PDF")
    finally:
        await press.child.kill()


async def test_a_caller_who_goes_away_leaves_the_press_to_others() -> None:
    press = Press()
    try:
        going = asyncio.create_task(press.print(labels(200), Form.PDF, 1))
        waiting = asyncio.create_task(press.print(labels(1), Form.PDF, 1))
        await asyncio.sleep(0)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        assert await waiting is not None
    finally:
        await press.child.kill()


async def test_who_waits_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presses, "TURN_SECONDS", 0.001)
    press = Press()
    try:
        first = asyncio.create_task(press.print(labels(50), Form.PDF, 1))
        await asyncio.sleep(0)
        with pytest.raises(PressBusy):
            await press.print(labels(1), Form.PDF, 1)
        assert await first is not None
    finally:
        await press.child.kill()


async def test_what_cannot_be_printed_is_nothing_and_a_child_is_replaced_after_many_prints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presses, "MOST_PRINTS", 2)
    press = Press()
    try:
        spoilt: Sheets = {**labels(1), "kind": "unknown"}
        assert await press.print(spoilt, Form.PDF, 1) is None
        assert press.child.pid is not None
        assert await press.print(labels(1), Form.PNG, 1) is not None
        assert press.child.pid is None
    finally:
        await press.child.kill()
