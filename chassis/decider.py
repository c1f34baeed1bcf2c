"""The three pure functions that are an aggregate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Decider:
    """How the streams of one category decide.

    `decide(command, state)` returns new events, or raises the service's refusal; it never changes
    the state.  `evolve(state, event)` owns the state that it is given and returns the next one, so
    it may change it in place: a hall of 350 booths is not copied 350 times.
    The stream `floor-agadir-2025` belongs to the category `floor`.
    """

    category: str
    initial: Callable[[], Any]
    decide: Callable[[Any, Any], list[Any]]
    evolve: Callable[[Any, Any], Any]
