"""What is recorded of a workshop, its seats, its offers and its door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from chassis.kernel.text import Text


@dataclass(frozen=True, slots=True)
class WorkshopDetails:
    """What is said of a workshop when it opens."""

    fair_id: str
    session_id: str
    title: Text
    hall_id: str
    capacity: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class WorkshopOpened(WorkshopDetails):
    """The seats of a session can be reserved."""


@dataclass(frozen=True, slots=True)
class WorkshopMoved:
    fair_id: str
    session_id: str
    hall_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class WorkshopCancelled:
    fair_id: str
    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeatDetails:
    """A seat, or a place on the waiting list, and who has it; for a group, one for all of it."""

    fair_id: str
    session_id: str
    seat_id: str
    attendee_id: str
    contact_id: str | None


@dataclass(frozen=True, slots=True)
class SeatReserved(SeatDetails):
    from_waitlist: bool = False
    organisation_id: str | None = None
    places: int = 1
    supported: bool = False
    from_offer: bool = False


@dataclass(frozen=True, slots=True)
class SeatWaitlisted(SeatDetails):
    rank: int
    organisation_id: str | None = None
    places: int = 1
    supported: bool = False


@dataclass(frozen=True, slots=True)
class SeatReleased(SeatDetails):
    waited: bool
    reason: str
    places: int = 1


@dataclass(frozen=True, slots=True)
class WorkshopFull:
    fair_id: str
    session_id: str
    capacity: int


@dataclass(frozen=True, slots=True)
class WorkshopReopened:
    fair_id: str
    session_id: str
    seats_left: int


@dataclass(frozen=True, slots=True)
class WorkshopRulesSet:
    fair_id: str
    session_id: str
    places_per_organisation: int
    opens_at: datetime | None = None
    held: int | None = None
    held_until: datetime | None = None
    offer_minutes: int | None = None
    no_show_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class HeldSeatsReleased:
    """The time is over for which places were held for programmes: these are for everybody."""

    fair_id: str
    session_id: str
    places: int


@dataclass(frozen=True, slots=True)
class SeatOffered(SeatDetails):
    """Places are kept for somebody who waited: `minutes` long once told, and until `lapses_at` at
    the latest."""

    places: int
    minutes: int
    lapses_at: datetime


@dataclass(frozen=True, slots=True)
class SeatOfferDeadlineSet(SeatDetails):
    """The contact was told at `began_at`: the offer lapses at its deadline."""

    began_at: datetime
    lapses_at: datetime


@dataclass(frozen=True, slots=True)
class SeatOfferPassed(SeatDetails):
    """The contact cannot be told: whoever fits is next, and this place goes on waiting."""

    places: int
    reason: str


@dataclass(frozen=True, slots=True)
class SeatOfferDeclined(SeatDetails):
    places: int
    reason: str


@dataclass(frozen=True, slots=True)
class SeatOfferLapsed(SeatDetails):
    places: int
    lapsed_at: datetime


@dataclass(frozen=True, slots=True)
class SeatAttended(SeatDetails):
    """A seat was scanned at the door of the hall."""

    places: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WalkInAdmitted:
    """People without a seat were let in."""

    fair_id: str
    session_id: str
    walk_in_id: str
    people: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CapacityExceeded:
    """A phone at the door let people in for whom too few seats were free."""

    fair_id: str
    session_id: str
    walk_in_id: str
    people: int
    left: int
    at: datetime


SeatEvent: TypeAlias = SeatReserved | SeatWaitlisted | SeatReleased
OfferEvent: TypeAlias = (
    SeatOffered | SeatOfferDeadlineSet | SeatOfferPassed | SeatOfferDeclined | SeatOfferLapsed
)
DoorEvent: TypeAlias = SeatAttended | WalkInAdmitted | CapacityExceeded
Event: TypeAlias = (
    SeatEvent  # First, because most events are of seats: `isinstance` tries one after another.
    | OfferEvent
    | DoorEvent
    | WorkshopOpened
    | WorkshopMoved
    | WorkshopCancelled
    | WorkshopFull
    | WorkshopReopened
    | WorkshopRulesSet
    | HeldSeatsReleased
)
