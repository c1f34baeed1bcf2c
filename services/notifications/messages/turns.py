"""In which order a contact reads of what happened."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable


class Turns:
    """The turns of the messages to one contact that tell of one stream, by the stream's version.

    A turn is the number of an event's id: these sort by time.  But clocks differ: within a stream
    no turn is earlier than that of a version before it, nor later than that of one behind it.
    """

    def __init__(self, taken: Iterable[tuple[int, int]] = ()) -> None:
        self._taken = sorted(set(taken))

    def take(self, version: int, told_of: int) -> int:
        """The turn of a message that tells of an event of this version."""
        at = bisect_left(self._taken, (version,))
        turn = told_of
        if at > 0:
            turn = max(turn, self._taken[at - 1][1])
        if at < len(self._taken):
            turn = min(turn, self._taken[at][1])
        insort(self._taken, (version, turn))
        return turn
