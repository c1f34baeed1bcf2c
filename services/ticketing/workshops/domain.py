"""Stream `workshop-{session_id}`: the seats of one workshop, and its waiting list.

First come, first served, and never more seats than the capacity.  The waiting list is empty while
a seat is free: its first moves up in the decision that frees the seat.  The places of one
organisation, seats and places on the waiting list together, are bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import NamedTuple, TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from chassis.kernel.text import Text

PLACES_PER_ORGANISATION = 4
"""Where the team sets no other bound: two people a booth, and hardly any exhibitor has three."""


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


# Commands


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
    """Take a seat; where none is free, wait for one if `wait`.

    `organisation_id` is that of the exhibitor who asks; None for the team, which has no bound.
    """

    session_id: str
    seat_id: str
    attendee_id: str
    contact_id: str | None
    wait: bool
    now: datetime
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class CancelSeat:
    """Give up a seat, or a place on the waiting list."""

    session_id: str
    seat_id: str
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SetRules:
    """Bound the places of an organisation from now on; what was reserved stays."""

    session_id: str
    places_per_organisation: int


Command: TypeAlias = (
    OpenWorkshop | MoveWorkshop | CancelWorkshop | ReserveSeat | CancelSeat | SetRules
)


# Events


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
    """A seat, or a place on the waiting list, and who has it."""

    fair_id: str
    session_id: str
    seat_id: str
    attendee_id: str
    contact_id: str | None


@dataclass(frozen=True, slots=True)
class SeatReserved(SeatDetails):
    from_waitlist: bool = False
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeatWaitlisted(SeatDetails):
    rank: int
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeatReleased(SeatDetails):
    waited: bool
    reason: str


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


SeatEvent: TypeAlias = SeatReserved | SeatWaitlisted | SeatReleased
Event: TypeAlias = (
    SeatEvent  # First, because most events are of seats: `isinstance` tries one after another.
    | WorkshopOpened
    | WorkshopMoved
    | WorkshopCancelled
    | WorkshopFull
    | WorkshopReopened
    | WorkshopRulesSet
)


# State


class Slot(NamedTuple):
    """When and where a workshop takes place."""

    hall_id: str
    starts_at: datetime
    ends_at: datetime


class Place(NamedTuple):
    """The attendee of a seat or place on the waiting list, the contact to tell, and the
    organisation that took it, if one did."""

    attendee_id: str
    contact_id: str | None
    organisation_id: str | None = None


def _queue() -> OrderedDict[str, Place]:
    # A plain dict finds its first key by walking over all that were removed before it; this one
    # finds it at once, however many have moved up.
    return OrderedDict()


@dataclass(slots=True)
class Workshop:
    """Seats by seat id, in the order in which they were taken; `slot` is None before opening."""

    fair_id: str = ""
    session_id: str = ""
    capacity: int = 0
    slot: Slot | None = None
    cancelled: bool = False
    places_per_organisation: int | None = None
    reserved: dict[str, Place] = field(default_factory=dict[str, Place])
    waiting: OrderedDict[str, Place] = field(default_factory=_queue)
    seat_of: dict[str, str] = field(default_factory=dict[str, str])
    places_of: dict[str, int] = field(default_factory=dict[str, int])
    released: set[str] = field(default_factory=set[str])


def initial() -> Workshop:
    return Workshop()


# Decisions


def decide(command: Command, workshop: Workshop) -> list[Event]:
    """Raises Refused where the workshop is unknown, cancelled, full or begun, the seat is taken, or
    the organisation has places enough.

    To reserve or give up a seat takes constant time, however many there are.
    """
    match command:
        case ReserveSeat():
            return _reserve(command, workshop)
        case CancelSeat():
            return _cancel_seat(command, workshop)
        case OpenWorkshop() if workshop.slot is not None:
            return []  # A session is scheduled once; hearing of it again changes nothing.
        case OpenWorkshop():
            details = {each.name: getattr(command, each.name) for each in fields(WorkshopDetails)}
            return [WorkshopOpened(**details)]
        case MoveWorkshop():
            return _move(command, workshop)
        case CancelWorkshop():
            return _cancel(command, workshop)
        case SetRules():
            return _set_rules(command, workshop)


def _reserve(command: ReserveSeat, workshop: Workshop) -> list[Event]:
    seat, attendee, contact = command.seat_id, command.attendee_id, command.contact_id
    if seat in workshop.reserved or seat in workshop.waiting:
        return []
    slot = _slot(workshop, command.session_id)
    if workshop.cancelled:
        raise Refused("workshop_cancelled", session=command.session_id)
    if seat in workshop.released:
        raise Refused("seat_released", seat=seat)
    _not_begun(slot, command.now)
    if (held := workshop.seat_of.get(attendee)) is not None:
        raise _already_reserved(held, command, workshop)
    organisation = command.organisation_id
    if organisation is not None:
        most = workshop.places_per_organisation or PLACES_PER_ORGANISATION
        if (places := workshop.places_of.get(organisation, 0)) >= most:
            raise Refused("enough_places", places=places, most=most)
    fair, session = workshop.fair_id, workshop.session_id
    taken = len(workshop.reserved)
    if taken < workshop.capacity:
        reserved = SeatReserved(
            fair, session, seat, attendee, contact, organisation_id=organisation
        )
        if taken + 1 < workshop.capacity:
            return [reserved]
        return [reserved, WorkshopFull(fair, session, workshop.capacity)]
    if not command.wait:
        raise Refused("workshop_full", capacity=workshop.capacity, waiting=len(workshop.waiting))
    rank = len(workshop.waiting) + 1
    return [SeatWaitlisted(fair, session, seat, attendee, contact, rank, organisation)]


def _already_reserved(held: str, command: ReserveSeat, workshop: Workshop) -> Refused:
    """Names the seat only to the team, the organisation that took it, and the contact told of it.

    Otherwise a caller could find the seats of strangers by trying their ids.
    """
    place = workshop.reserved.get(held) or workshop.waiting[held]
    known = command.organisation_id in (None, place.organisation_id) or (
        (command.contact_id or command.attendee_id) == (place.contact_id or place.attendee_id)
    )
    return Refused("already_reserved", seat=held) if known else Refused("already_reserved")


def _cancel_seat(command: CancelSeat, workshop: Workshop) -> list[Event]:
    seat = command.seat_id
    slot = _slot(workshop, command.session_id)
    if seat in workshop.released:
        return []
    if (place := workshop.waiting.get(seat)) is not None:
        _not_begun(slot, command.now)
        return [_released(workshop, seat, place, command.reason, waited=True)]
    if (place := workshop.reserved.get(seat)) is None:
        raise Refused("seat_unknown", seat=seat)
    _not_begun(slot, command.now)
    freed = _released(workshop, seat, place, command.reason, waited=False)
    fair, session = workshop.fair_id, workshop.session_id
    if workshop.waiting:
        first = next(iter(workshop.waiting))
        who = workshop.waiting[first]
        moved_up = SeatReserved(
            fair, session, first, who.attendee_id, who.contact_id, True, who.organisation_id
        )
        return [freed, moved_up]
    if len(workshop.reserved) == workshop.capacity:
        return [freed, WorkshopReopened(fair, session, seats_left=1)]
    return [freed]


def _move(command: MoveWorkshop, workshop: Workshop) -> list[Event]:
    before = _slot(workshop, command.session_id)
    if workshop.cancelled:
        raise Refused("workshop_cancelled", session=command.session_id)
    slot = Slot(command.hall_id, command.starts_at, command.ends_at)
    if slot == before:
        return []
    return [WorkshopMoved(workshop.fair_id, workshop.session_id, *slot)]


def _cancel(command: CancelWorkshop, workshop: Workshop) -> list[Event]:
    _slot(workshop, command.session_id)
    if workshop.cancelled:
        return []
    reason = "workshop_cancelled"
    return [
        *(_released(workshop, s, p, reason, waited=False) for s, p in workshop.reserved.items()),
        *(_released(workshop, s, p, reason, waited=True) for s, p in workshop.waiting.items()),
        WorkshopCancelled(workshop.fair_id, workshop.session_id, command.reason),
    ]


def _set_rules(command: SetRules, workshop: Workshop) -> list[Event]:
    _slot(workshop, command.session_id)
    if workshop.cancelled:
        raise Refused("workshop_cancelled", session=command.session_id)
    places = command.places_per_organisation
    if places == workshop.places_per_organisation:
        return []
    return [WorkshopRulesSet(workshop.fair_id, workshop.session_id, places)]


def _slot(workshop: Workshop, session_id: str) -> Slot:
    if workshop.slot is None:
        raise Refused("workshop_unknown", session=session_id)
    return workshop.slot


def _not_begun(slot: Slot, now: datetime) -> None:
    if now >= slot.starts_at:
        raise Refused("workshop_started", starts_at=slot.starts_at.isoformat())


def _released(
    workshop: Workshop, seat: str, place: Place, reason: str, *, waited: bool
) -> SeatReleased:
    fair, session = workshop.fair_id, workshop.session_id
    return SeatReleased(fair, session, seat, place.attendee_id, place.contact_id, waited, reason)


def evolve(workshop: Workshop, event: Event) -> Workshop:
    match event:
        case SeatReserved(seat_id=seat):
            if event.from_waitlist:
                workshop.reserved[seat] = workshop.waiting.pop(seat)
            else:
                workshop.reserved[seat] = _taken(workshop, event)
        case SeatWaitlisted(seat_id=seat):
            workshop.waiting[seat] = _taken(workshop, event)
        case SeatReleased(seat_id=seat, attendee_id=attendee):
            places = workshop.waiting if event.waited else workshop.reserved
            _count(workshop, places.pop(seat).organisation_id, -1)
            del workshop.seat_of[attendee]
            workshop.released.add(seat)
        case WorkshopOpened():
            workshop.fair_id = event.fair_id
            workshop.session_id = event.session_id
            workshop.capacity = event.capacity
            workshop.slot = Slot(event.hall_id, event.starts_at, event.ends_at)
        case WorkshopMoved():
            workshop.slot = Slot(event.hall_id, event.starts_at, event.ends_at)
        case WorkshopCancelled():
            workshop.cancelled = True
        case WorkshopRulesSet():
            workshop.places_per_organisation = event.places_per_organisation
        case WorkshopFull() | WorkshopReopened():
            pass  # Both follow from how many seats are reserved.
    return workshop


def _taken(workshop: Workshop, event: SeatReserved | SeatWaitlisted) -> Place:
    workshop.seat_of[event.attendee_id] = event.seat_id
    _count(workshop, event.organisation_id, 1)
    return Place(event.attendee_id, event.contact_id, event.organisation_id)


def _count(workshop: Workshop, organisation_id: str | None, more: int) -> None:
    """Count a place of an organisation that is taken or given up."""
    if organisation_id is not None:
        workshop.places_of[organisation_id] = workshop.places_of.get(organisation_id, 0) + more


DECIDER = Decider("workshop", initial, decide, evolve)


def workshop_stream(session_id: str) -> Stream[Command, Workshop, Event]:
    """The stream of one workshop."""
    return DECIDER.stream(session_id)
