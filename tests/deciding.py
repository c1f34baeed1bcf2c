"""Decisions as sentences: `given(DECIDER, *events).when(command).then(*events)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic

import pytest

from chassis.kernel.decider import Command, Decider, Event, State
from chassis.kernel.refused import Refused


@dataclass(frozen=True)
class Given(Generic[Command, State, Event]):
    """An aggregate after some events."""

    decider: Decider[Command, State, Event]
    events: Sequence[Event]

    def state(self) -> State:
        """What the events come to."""
        return reduce(self.decider.evolve, self.events, self.decider.initial())

    def when(self, command: Command) -> When[Command, State, Event]:
        """Ask for something."""
        return When(self, command)


@dataclass(frozen=True)
class When(Generic[Command, State, Event]):
    """A command to an aggregate."""

    given: Given[Command, State, Event]
    command: Command

    def events(self) -> list[Event]:
        """What is decided.  Raises Refused."""
        return self.given.decider.decide(self.command, self.given.state())

    def then(self, *expected: Event) -> None:
        """Exactly these events are decided; none where all was so already."""
        assert self.events() == list(expected)

    def refused(self, code: str, **details: Any) -> None:
        """The command is refused, with at least these details."""
        with pytest.raises(Refused) as error:
            self.events()
        assert error.value.code == code
        assert {name: error.value.details[name] for name in details} == details


def given(decider: Decider[Command, State, Event], *events: Event) -> Given[Command, State, Event]:
    """An aggregate after some events."""
    return Given(decider, events)
