"""What is asked of a workshop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.ticketing.workshops.events import WorkshopDetails
from services.ticketing.workshops.state import Rules


@dataclass(frozen=True, slots=True)
class OpenWorkshop(WorkshopDetails):
    """Let people reserve the seats of a session."""


@dataclass(frozen=True, slots=True)
class MoveWorkshop:
    session_id: str
    hall_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CancelWorkshop:
    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReserveSeat:
    """Take places for a group, all or none; where too few are free, wait for them if `wait`.

    `organisation_id` is that of the exhibitor who asks; None for the team, which has no bound.
    `supported` is whether a programme supports who asks, for whom places may be held.
    """

    session_id: str
    seat_id: str
    attendee_id: str
    contact_id: str | None
    wait: bool
    now: datetime
    organisation_id: str | None = None
    places: int = 1
    supported: bool = False


@dataclass(frozen=True, slots=True)
class CancelSeat:
    """Give up a seat, or a place on the waiting list; where it is offered, the offer too."""

    session_id: str
    seat_id: str
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SetRules:
    """The rules that hold from now on; what was reserved stays."""

    session_id: str
    rules: Rules
    now: datetime


@dataclass(frozen=True, slots=True)
class BeginOffer:
    """The contact was told at `told_at`: the time of the offer begins, once."""

    session_id: str
    seat_id: str
    told_at: datetime


@dataclass(frozen=True, slots=True)
class PassOffer:
    """The contact cannot be told: offer to the next."""

    session_id: str
    seat_id: str
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    session_id: str
    seat_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    session_id: str
    seat_id: str
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class MeetDeadlines:
    """A time has come: release what is held no more, and end the offers that are late."""

    session_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class ReleaseNoShows:
    """Release the seats that were not scanned, where the door recorded anything at all."""

    session_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class AttendSeat:
    """A seat was scanned at the door, at `at` by the corrected clock of the device."""

    session_id: str
    seat_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AdmitWalkIn:
    """Let in people without a seat, if there is room for all of them."""

    session_id: str
    walk_in_id: str
    people: int
    at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class NoteLetIn:
    """Take note of people whom a phone at the door has let in; that is so, with room or without.

    `attendee_id` is of the ticket or badge that they showed, if they showed any.
    """

    session_id: str
    walk_in_id: str
    attendee_id: str | None
    people: int
    at: datetime
    now: datetime


OnOffer: TypeAlias = BeginOffer | PassOffer | AcceptOffer | DeclineOffer
AtDoor: TypeAlias = AttendSeat | AdmitWalkIn | NoteLetIn | ReleaseNoShows
Command: TypeAlias = (
    ReserveSeat
    | CancelSeat
    | OnOffer
    | AtDoor
    | MeetDeadlines
    | OpenWorkshop
    | MoveWorkshop
    | CancelWorkshop
    | SetRules
)
