"""What the scans of one ticket come to, whatever the order in which gates and devices told them.

`read/counting.py` says the same in SQL, for many tickets at once; a test compares both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """People who went in or out with a ticket; `at` is a time by the server's clock.

    Of a gate with a network `device_id` is empty, and `sequence` tells which came first.
    """

    scan_id: str
    at: datetime
    direction: str
    people: int
    gate_id: str
    device_id: str = ""
    sequence: int = 0

    @property
    def place(self) -> tuple[datetime, str, int, str]:
        return (self.at, self.device_id, self.sequence, self.scan_id)


@dataclass(frozen=True, slots=True)
class Presence:
    """The people of one ticket."""

    inside: int = 0
    entered: int = 0
    """All entries together: somebody who came twice counts twice."""
    most: int = 0
    """The most who were inside at once."""
    first: Movement | None = None
    """The first entry."""
    doubles: tuple[tuple[Movement, Movement], ...] = ()
    """Each entry that was one too many, behind the entry before it."""


def presence_of(movements: Iterable[Movement], party: int) -> Presence:
    """The presence of a ticket for `party` people."""
    inside = entered = most = 0
    first: Movement | None = None
    before: Movement | None = None
    doubles: list[tuple[Movement, Movement]] = []
    for movement in in_order(movements):
        if movement.direction == "in":
            first = first or movement
            entered += movement.people
            inside += movement.people
            most = max(most, inside)
            if before is not None and before.direction == "in" and inside > party:
                doubles.append((before, movement))
        else:
            # More than came in: a scan of theirs is missing, or was never made.
            inside = max(0, inside - movement.people)
        before = movement
    return Presence(inside, entered, most, first, tuple(doubles))


def in_order(movements: Iterable[Movement]) -> list[Movement]:
    """Each scan once, also where a gate and a device told it, in the order of time."""
    told = sorted(movements, key=lambda each: (each.device_id, each.sequence))
    once: dict[str, Movement] = {}
    for movement in told:
        once.setdefault(movement.scan_id, movement)
    return sorted(once.values(), key=lambda each: each.place)
