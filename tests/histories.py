"""Whether what callers of one workshop were told, and when, fits the log of its stream.

A call takes effect at one moment between its beginning and its end.  The log is the order of those
moments, so an operation that was answered before another began stands before it; and a caller that
was told "full" was told so at a moment at which all seats were taken.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf


@dataclass(frozen=True)
class Call:
    """One wish of a caller, from when it was first sent until it was answered.

    `step` is what the log has of it: `+seat` or `-seat`; None where it was told that all is taken.
    """

    began: float
    ended: float
    step: str | None

    def __str__(self) -> str:
        return f"{self.step or 'full'} [{self.began:g}, {self.ended:g}]"


def contradictions(calls: Sequence[Call], log: Sequence[str], capacity: int) -> list[str]:
    """What cannot be true of a history; nothing where it can."""
    of_step = {call.step: call for call in calls if call.step is not None}
    taken = _taken(log)
    return [
        *_unlike(calls, log),
        *(f"{taken[k]} seats of {capacity} after {log[k - 1]}" for k in _oversold(taken, capacity)),
        *_turned_round(log, of_step),
        *_refused_while_free(calls, log, of_step, [each >= capacity for each in taken]),
    ]


def _taken(log: Sequence[str]) -> list[int]:
    """Seats taken before the first step, and after each."""
    taken = [0]
    for step in log:
        taken.append(taken[-1] + (1 if step.startswith("+") else -1))
    return taken


def _unlike(calls: Sequence[Call], log: Sequence[str]) -> Iterable[str]:
    """Each step of the log was told to somebody, once, and no other was."""
    told = Counter(call.step for call in calls if call.step is not None)
    kept = Counter(log)
    yield from (f"{step} was told, and is not in the log" for step in (told - kept).elements())
    yield from (f"{step} is in the log, and was not told" for step in (kept - told).elements())


def _oversold(taken: Sequence[int], capacity: int) -> Iterable[int]:
    return (k for k, seats in enumerate(taken) if seats > capacity or seats < 0)


def _turned_round(log: Sequence[str], of_step: Mapping[str, Call]) -> Iterable[str]:
    """Whoever stands behind a call that began only after its own answer."""
    latest: Call | None = None
    for step in log:
        call = of_step.get(step)
        if call is None:
            continue
        if latest is not None and call.ended < latest.began:
            yield f"{call} stands behind {latest}"
        if latest is None or call.began > latest.began:
            latest = call


def _refused_while_free(
    calls: Sequence[Call], log: Sequence[str], of_step: Mapping[str, Call], full: Sequence[bool]
) -> Iterable[str]:
    """Whoever was told "full" although no moment that the order leaves to it was a full one."""
    spans = [
        (call.began, call.ended) if (call := of_step.get(step)) is not None else (-inf, inf)
        for step in log
    ]
    # How many steps stand before the last of those that had ended by a moment; and before the
    # first of those that began after one.
    ended = sorted((end, k) for k, (_, end) in enumerate(spans, 1))
    begun = sorted(((begin, k) for k, (begin, _) in enumerate(spans)), reverse=True)
    furthest = [0, *accumulate((k for _, k in ended), max)]
    nearest = [len(log), *accumulate((k for _, k in begun), min)]
    ends, begins = [end for end, _ in ended], [-begin for begin, _ in begun]
    moments = [0, *accumulate(full)]
    for call in calls:
        if call.step is not None:
            continue
        first = furthest[bisect_left(ends, call.began)]
        last = nearest[bisect_left(begins, -call.ended)]
        if first > last or moments[last + 1] == moments[first]:
            yield f"{call} was told while a seat was free"
