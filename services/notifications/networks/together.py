"""Writes of many tasks in one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")
Answer = TypeVar("Answer")


class Together(Generic[Row, Answer]):
    """Takes rows one by one and writes those that came meanwhile at once.

    `write` is given rows and returns an answer for each, in their order.  What it raises, every
    task raises whose row was among them.
    """

    def __init__(self, write: Callable[[Sequence[Row]], Awaitable[Sequence[Answer]]]) -> None:
        self._write = write
        self._queue: list[tuple[Row, asyncio.Future[Answer]]] = []
        self._turn = asyncio.Lock()

    async def add(self, row: Row) -> Answer:
        """Write a row, with those of others, and return its answer."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((row, answer))
        # Rows that others add in this turn of the loop are written with it.
        await asyncio.sleep(0)
        async with self._turn:
            if not answer.done():
                await self._write_all()
        return answer.result()

    async def _write_all(self) -> None:
        batch, self._queue = self._queue, []
        try:
            answers = await self._write([row for row, _ in batch])
        except asyncio.CancelledError:
            self._queue[:0] = batch  # The next in line writes them.
            raise
        except Exception as error:  # noqa: BLE001
            for _, answer in batch:
                answer.set_exception(error)
                answer.exception()  # Whoever was cancelled meanwhile asks no more.
            return
        for (_, answer), given in zip(batch, answers, strict=True):
            answer.set_result(given)
