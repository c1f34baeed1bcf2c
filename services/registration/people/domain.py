"""The people who wear an exhibitor's badges: stream `exhibitor-{exhibitor_id}`.

Names and phone numbers are not here: see rows.py.  Who exhibits, and with how many badges, is
decided on the fair's stream and comes with each command.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused


@dataclass(frozen=True, slots=True)
class Exhibitor:
    """Whose people they are; its id is that of the application that was accepted."""

    fair_id: str
    exhibitor_id: str
    organisation_id: str


# Commands


@dataclass(frozen=True, slots=True)
class NewWearer(Exhibitor):
    """Somebody who is to wear a badge, for what they do there."""

    wearer_id: str
    role: str


@dataclass(frozen=True, slots=True)
class AddWearer(NewWearer):
    """Add somebody; the exhibitor has at most `badges` of them."""

    badges: int


@dataclass(frozen=True, slots=True)
class ReplaceWearer(NewWearer):
    """Somebody comes in place of another one."""

    leaving_id: str


@dataclass(frozen=True, slots=True)
class OnWearer:
    wearer_id: str


@dataclass(frozen=True, slots=True)
class CorrectWearer(OnWearer):
    """The name or phone changes.  No event holds them: this asks only whether it may."""


@dataclass(frozen=True, slots=True)
class RemoveWearer(OnWearer):
    """Somebody does not come after all, so nothing personal is kept of them."""

    reason: str


@dataclass(frozen=True, slots=True)
class EraseWearer(OnWearer):
    """Somebody asks that nothing personal is kept of them."""


Command = AddWearer | ReplaceWearer | CorrectWearer | RemoveWearer | EraseWearer


# Events


@dataclass(frozen=True, slots=True)
class OfWearer(Exhibitor):
    """What every event of a wearer begins with."""

    wearer_id: str


@dataclass(frozen=True, slots=True)
class WearerAdded(OfWearer):
    role: str


@dataclass(frozen=True, slots=True)
class WearerRemoved(OfWearer):
    reason: str


@dataclass(frozen=True, slots=True)
class WearerErased(OfWearer):
    """Nothing personal is left of the wearer."""


Event = WearerAdded | WearerRemoved | WearerErased

REPLACED = "replaced"
"""The reason of a removal in whose place somebody else comes."""


# State


class Standing(StrEnum):
    """Whether somebody wears a badge, or has left."""

    WEARS = "wears"
    REMOVED = "removed"
    ERASED = "erased"


@dataclass
class People:
    exhibitor: Exhibitor | None = None
    standings: dict[str, Standing] = field(default_factory=dict[str, Standing])
    wearing: int = 0
    """How many wear a badge."""


def initial() -> People:
    return People()


# Decisions


def decide(command: Command, people: People) -> list[Event]:
    """Raises Refused.  Returns an empty list where it is so already."""
    match command:
        case AddWearer() | ReplaceWearer() if command.wearer_id in people.standings:
            # The id is made from the caller's key: it is the same person, asked for again.
            return []
        case AddWearer() if people.wearing >= command.badges:
            raise Refused("badges_given_out", badges=command.badges)
        case AddWearer():
            return [_added(command)]
        case ReplaceWearer():
            leaving = _wearing(command.leaving_id, people)
            return [WearerRemoved(*leaving, REPLACED), _added(command)]
        case CorrectWearer():
            _wearing(command.wearer_id, people)
            return []
        case RemoveWearer() | EraseWearer():  # pragma: no branch
            return _leave(command, people)


def _leave(command: RemoveWearer | EraseWearer, people: People) -> list[Event]:
    whose = _whose(command.wearer_id, people)
    if people.standings[command.wearer_id] is not Standing.WEARS:
        return []
    match command:
        case RemoveWearer(reason=reason):
            return [WearerRemoved(*whose, reason)]
        case EraseWearer():  # pragma: no branch
            return [WearerErased(*whose)]


def _whose(wearer_id: str, people: People) -> tuple[str, str, str, str]:
    """What the events of somebody begin with.  Raises Refused of a stranger."""
    whose = people.exhibitor
    if whose is None or wearer_id not in people.standings:
        raise Refused("wearer_unknown", wearer_id=wearer_id)
    return whose.fair_id, whose.exhibitor_id, whose.organisation_id, wearer_id


def _wearing(wearer_id: str, people: People) -> tuple[str, str, str, str]:
    """The same, of somebody who wears a badge.  Raises Refused of anybody else."""
    whose = _whose(wearer_id, people)
    if people.standings[wearer_id] is not Standing.WEARS:
        raise Refused("wearer_gone", wearer_id=wearer_id)
    return whose


def _added(command: NewWearer) -> WearerAdded:
    return WearerAdded(
        command.fair_id,
        command.exhibitor_id,
        command.organisation_id,
        command.wearer_id,
        command.role,
    )


def evolve(people: People, event: Event) -> People:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case WearerAdded():
            people.exhibitor = event
            people.standings[event.wearer_id] = Standing.WEARS
            people.wearing += 1
        case WearerRemoved():
            people.standings[event.wearer_id] = Standing.REMOVED
            people.wearing -= 1
        case WearerErased():  # pragma: no branch
            people.standings[event.wearer_id] = Standing.ERASED
            people.wearing -= 1
    return people


DECIDER = Decider("exhibitor", initial, decide, evolve)


def exhibitor_stream(exhibitor_id: str) -> Stream[Command, People, Event]:
    """The stream of the people of one exhibitor."""
    return DECIDER.stream(exhibitor_id)
