"""The marks of one application, by criterion: stream `application-{application_id}`.

They are the organising team's, given before the draw: see `handlers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.kernel.decider import Decider, Stream


@dataclass(frozen=True, slots=True)
class MarkApplication:
    """Give a mark, or another in its place; 0 takes it back."""

    fair_id: str
    application_id: str
    criterion: str
    mark: int


Command = MarkApplication


@dataclass(frozen=True, slots=True)
class ApplicationMarked:
    fair_id: str
    application_id: str
    criterion: str
    mark: int


Event = ApplicationMarked


@dataclass
class Marks:
    given: dict[str, int] = field(default_factory=dict[str, int])
    """Criterion -> mark."""


def initial() -> Marks:
    return Marks()


def decide(command: Command, marks: Marks) -> list[Event]:
    """Returns an empty list where it is so already."""
    if marks.given.get(command.criterion, 0) == command.mark:
        return []
    of = (command.fair_id, command.application_id)
    return [ApplicationMarked(*of, command.criterion, command.mark)]


def evolve(marks: Marks, event: Event) -> Marks:
    """Takes over the state that it is given, and changes it in place."""
    marks.given[event.criterion] = event.mark
    return marks


DECIDER = Decider("application", initial, decide, evolve)


def application_stream(application_id: str) -> Stream[Command, Marks, Event]:
    """The stream of one application."""
    return DECIDER.stream(application_id)
