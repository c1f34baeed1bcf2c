"""What a decision on a workshop needs to know, folded from its events in constant time each."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.ticketing.workshops.events import (
    CapacityExceeded,
    Event,
    HeldSeatsReleased,
    SeatAttended,
    SeatOfferDeadlineSet,
    SeatOfferDeclined,
    SeatOffered,
    SeatOfferLapsed,
    SeatOfferPassed,
    SeatReleased,
    SeatReserved,
    SeatWaitlisted,
    WalkInAdmitted,
    WorkshopCancelled,
    WorkshopFull,
    WorkshopMoved,
    WorkshopOpened,
    WorkshopReopened,
    WorkshopRulesSet,
)


class Slot(NamedTuple):
    """When and where a workshop takes place."""

    hall_id: str
    starts_at: datetime
    ends_at: datetime


PLACES_PER_ORGANISATION = 4
"""Where the team sets no other bound: two people a booth, and hardly any exhibitor has three."""


class Rules(NamedTuple):
    """What the team has set; None where it has set nothing."""

    places_per_organisation: int
    """Places, reserved and waited for together, that one organisation may take."""
    opens_at: datetime | None = None
    """Nobody reserves before."""
    held: int | None = None
    """So many places are for those whom a programme supports, until `held_until`."""
    held_until: datetime | None = None
    offer_minutes: int | None = None
    """Whoever was told of an offer has so long to answer; None: who waits moves up at once."""
    no_show_minutes: int | None = None
    """So long after the start are seats kept that were not scanned; None: to the end."""


class Place(NamedTuple):
    """The attendee of a seat or place on the waiting list, the contact to tell, and the
    organisation that took it, if one did; how many they are, and when they began to wait."""

    attendee_id: str
    contact_id: str | None
    organisation_id: str | None = None
    places: int = 1
    supported: bool = False
    arrival: int = 0


class Offer(NamedTuple):
    """How long an offer stands: so many minutes once told, and to `lapses_at` at the latest."""

    minutes: int
    lapses_at: datetime
    began: bool = False


class Line(NamedTuple):
    """Those on the waiting list whom the same places fit.  Whoever could not be told of an offer
    is `passed`, and comes after all who can."""

    passed: bool
    supported: bool
    places: int


Queue = OrderedDict[str, None]
"""Seat ids in order.  A plain dict finds its first key by walking over all that were removed before
it; this one finds it at once, however many have moved up."""


@dataclass(slots=True)
class Workshop:
    """Seats by seat id, in the order in which they were taken; `slot` is None before opening.

    Who is offered a seat waits until the answer, but stands in no line.
    """

    fair_id: str = ""
    session_id: str = ""
    capacity: int = 0
    slot: Slot | None = None
    cancelled: bool = False
    rules: Rules | None = None
    """None: those of a workshop for which the team has set none."""
    held_over: bool = False
    """Whether the places that are held by the rules were released."""
    taken: int = 0
    """Places that are reserved or offered, or that walk-ins have."""
    supported: int = 0
    """Those of them that were given to people whom a programme supports."""
    reserved: dict[str, Place] = field(default_factory=dict[str, Place])
    waiting: dict[str, Place] = field(default_factory=dict[str, Place])
    lines: dict[Line, Queue] = field(default_factory=dict[Line, Queue])
    offered: dict[str, Offer] = field(default_factory=dict[str, Offer])
    passed: set[str] = field(default_factory=set[str])
    arrivals: int = 0
    seat_of: dict[str, str] = field(default_factory=dict[str, str])
    places_of: dict[str, int] = field(default_factory=dict[str, int])
    released: set[str] = field(default_factory=set[str])
    attended: set[str] = field(default_factory=set[str])
    walk_ins: set[str] = field(default_factory=set[str])
    over: int = 0
    """People who were let in beyond what was free then; they are among the walk-ins."""


def initial() -> Workshop:
    return Workshop()


NO_RULES = Rules(PLACES_PER_ORGANISATION)


def rules_of(workshop: Workshop) -> Rules:
    """The rules that hold."""
    return NO_RULES if workshop.rules is None else workshop.rules


def line_of(place: Place, *, passed: bool) -> Line:
    return Line(passed, place.supported, place.places)


def evolve(workshop: Workshop, event: Event) -> Workshop:
    match event:
        case SeatReserved(seat_id=seat, from_waitlist=True):
            workshop.reserved[seat] = _left_the_list(workshop, seat, served=True)
        case SeatReserved(seat_id=seat):
            workshop.reserved[seat] = place = _asked(workshop, event)
            _take(workshop, place, place.places)
        case SeatWaitlisted(seat_id=seat):
            workshop.waiting[seat] = place = _asked(workshop, event)
            _stand(workshop, seat, place)
        case SeatReleased(seat_id=seat, attendee_id=attendee):
            if event.waited:
                place = _left_the_list(workshop, seat, served=False)
            else:
                place = workshop.reserved.pop(seat)
                _take(workshop, place, -place.places)
                workshop.attended.discard(seat)
            _count(workshop, place.organisation_id, -place.places)
            del workshop.seat_of[attendee]
            workshop.released.add(seat)
        case SeatOffered(seat_id=seat):
            place = workshop.waiting[seat]
            _leave(workshop, seat, place)
            workshop.offered[seat] = Offer(event.minutes, event.lapses_at)
            _take(workshop, place, place.places)
        case SeatOfferDeadlineSet(seat_id=seat):
            minutes = workshop.offered[seat].minutes
            workshop.offered[seat] = Offer(minutes, event.lapses_at, began=True)
        case SeatOfferPassed(seat_id=seat):
            place = workshop.waiting[seat]
            del workshop.offered[seat]
            _take(workshop, place, -place.places)
            workshop.passed.add(seat)
            _stand(workshop, seat, place)
        case SeatOfferDeclined() | SeatOfferLapsed():
            pass  # The place is released by the event after it.
        case SeatAttended(seat_id=seat):
            workshop.attended.add(seat)
        case WalkInAdmitted():
            workshop.walk_ins.add(event.walk_in_id)
            workshop.taken += event.people
        case CapacityExceeded():
            workshop.walk_ins.add(event.walk_in_id)
            workshop.over += event.people
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
            workshop.rules = rules_in(event)
            workshop.held_over = False
        case HeldSeatsReleased():
            workshop.held_over = True
        case WorkshopFull() | WorkshopReopened():
            pass  # Both follow from how many places are taken.
    return workshop


def rules_in(event: WorkshopRulesSet) -> Rules:
    return Rules(
        event.places_per_organisation,
        event.opens_at,
        event.held,
        event.held_until,
        event.offer_minutes,
        event.no_show_minutes,
    )


def _asked(workshop: Workshop, event: SeatReserved | SeatWaitlisted) -> Place:
    workshop.seat_of[event.attendee_id] = event.seat_id
    workshop.arrivals += 1
    _count(workshop, event.organisation_id, event.places)
    return Place(
        event.attendee_id,
        event.contact_id,
        event.organisation_id,
        event.places,
        event.supported,
        workshop.arrivals,
    )


def _count(workshop: Workshop, organisation_id: str | None, more: int) -> None:
    """Count places of an organisation that are taken or given up."""
    if organisation_id is not None:
        workshop.places_of[organisation_id] = workshop.places_of.get(organisation_id, 0) + more


def _take(workshop: Workshop, place: Place, more: int) -> None:
    workshop.taken += more
    if place.supported:
        workshop.supported += more


def _left_the_list(workshop: Workshop, seat: str, *, served: bool) -> Place:
    """Take a place off the waiting list, with its offer if it has one."""
    place = workshop.waiting.pop(seat)
    offered = workshop.offered.pop(seat, None) is not None
    if not offered:
        _leave(workshop, seat, place)
    if served != offered:
        _take(workshop, place, place.places if served else -place.places)
    workshop.passed.discard(seat)
    return place


def _stand(workshop: Workshop, seat: str, place: Place) -> None:
    line = line_of(place, passed=seat in workshop.passed)
    workshop.lines.setdefault(line, OrderedDict())[seat] = None


def _leave(workshop: Workshop, seat: str, place: Place) -> None:
    line = line_of(place, passed=seat in workshop.passed)
    queue = workshop.lines[line]
    del queue[seat]
    if not queue:
        del workshop.lines[line]
