"""What the audit says: one line a promise, and the problems behind a line that does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

TOLD = 5
"""So many problems of a line are told one by one; the others are counted."""


@dataclass(frozen=True)
class Line:
    """One promise, whether it holds, and the figures behind it."""

    promise: str
    holds: bool
    figures: str


@dataclass
class Problems:
    """What speaks against a promise: the first few in words, all of them counted."""

    first: list[str] = field(default_factory=list[str])
    count: int = 0

    def add(self, problem: str, times: int = 1) -> None:
        self.count += times
        if len(self.first) < TOLD:
            self.first.append(problem)

    def __str__(self) -> str:
        more = self.count - len(self.first)
        return "; ".join(self.first) + (f" and {more} more" if more > 0 else "")


def line(promise: str, found: Iterable[Problems], figures: str) -> Line:
    """The line of a promise: its figures, or what speaks against it."""
    everything = Problems()
    for problems in found:
        everything.count += problems.count
        everything.first += problems.first[: TOLD - len(everything.first)]
    return Line(promise, not everything.count, str(everything) if everything.count else figures)
