"""The three pure functions that are an aggregate, and the streams that decide by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Command = TypeVar("Command")
State = TypeVar("State")
Event = TypeVar("Event")


@dataclass(frozen=True)
class Decider(Generic[Command, State, Event]):
    """How the streams of one category decide.

    `decide(command, state)` returns new events, or raises Refused; it never changes the state.
    `evolve(state, event)` owns the state that it is given and returns the next one, so it may
    change it in place: a hall of 350 booths is not copied 350 times.
    """

    category: str
    initial: Callable[[], State]
    decide: Callable[[Command, State], list[Event]]
    evolve: Callable[[State, Event], State]

    def stream(self, id_: str) -> Stream[Command, State, Event]:
        """The stream `floor-agadir-2025` belongs to the category `floor`."""
        return Stream(f"{self.category}-{id_}", self)


@dataclass(frozen=True, slots=True)
class Stream(Generic[Command, State, Event]):
    """The name of one aggregate's events, and what decides on it."""

    name: str
    decider: Decider[Command, State, Event]
