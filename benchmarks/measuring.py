"""What a line of the table is, and how a ratio is taken."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from benchmarks.ground import Ground

Side = Callable[[], Awaitable[float]]
"""One turn of one side: makes its own data, then returns events a second or seconds."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The limit a ratio has to keep."""

    limit: float
    at_least: bool

    def holds(self, ratio: float) -> bool:
        return ratio >= self.limit if self.at_least else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='}{self.limit:g}"


def at_least(limit: float) -> Bound:
    return Bound(limit, at_least=True)


def at_most(limit: float) -> Bound:
    return Bound(limit, at_least=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """A ratio and the figures behind it; `said` tells a person both sides with their units."""

    ratio: float
    said: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what is claimed, and how it is measured."""

    name: str
    claim: str
    bound: Bound
    measure: Callable[[Ground], Awaitable[Measured]]


async def in_turns(
    ground: Ground, ours: Side, theirs: Side, *, unit: str, scale: float = 1.0
) -> Measured:
    """Both sides in turns; each turn gives a ratio, and the median of the turns is the result.

    A load that comes and goes on the machine meets both sides of a turn alike.
    """
    pairs: list[tuple[float, float]] = []
    for _ in range(ground.turns):
        theirs_now = await theirs()
        pairs.append((await ours(), theirs_now))
    ratios = [mine / other for mine, other in pairs]
    mine = statistics.median(first for first, _ in pairs) * scale
    other = statistics.median(second for _, second in pairs) * scale
    return Measured(
        statistics.median(ratios),
        f"{_rounded(mine):,} {unit} : {_rounded(other):,} {unit}",
        {
            "unit": unit,
            "ours": _rounded(mine),
            "theirs": _rounded(other),
            "ratios": [round(ratio, 4) for ratio in ratios],
        },
    )


def share_of(value: float, limit: float, unit: str, **figures: object) -> Measured:
    """What is needed, as a share of what may be needed."""
    said = f"{value:.1f} {unit} of {limit:g} {unit}"
    return Measured(
        value / limit, said, {"value": round(value, 3), "limit": limit, "unit": unit, **figures}
    )


def _rounded(value: float) -> float:
    return round(value) if value >= 100 else round(value, 3)


async def rate_of(
    work: Sequence[Any], callers: int, act: Callable[[Any], Awaitable[object]]
) -> float:
    """Pieces of work a second, done by so many callers at once; each takes the next piece."""
    pieces: Iterator[Any] = iter(work)

    async def caller() -> None:
        for piece in pieces:
            await act(piece)

    settle()
    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(work) / (time.perf_counter() - began)


async def paced(count: int, a_second: float, act: Callable[[int], Awaitable[None]]) -> None:
    """So many acts, each begun at its time whether the ones before have ended or not."""
    began = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for number in range(count):
        await asyncio.sleep(max(began + number / a_second - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(cast(Any, act(number))))
    await asyncio.gather(*tasks)


async def until(
    condition: Callable[[], Awaitable[bool]], pause: float = 0.01, most: float = 120
) -> None:
    """Wait until a condition holds.  Raises TimeoutError after so many seconds."""
    async with asyncio.timeout(most):
        while True:
            if await condition():
                return
            await asyncio.sleep(pause)


def settle() -> None:
    """Collect garbage now, and leave what was prepared out of the collections to come."""
    gc.collect()
    gc.freeze()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
