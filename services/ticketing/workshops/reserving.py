"""Places are reserved, waited for, and given up."""

from __future__ import annotations

from chassis.kernel.refused import Refused
from services.ticketing.workshops.commands import CancelSeat, ReserveSeat
from services.ticketing.workshops.events import (
    Event,
    SeatOfferDeclined,
    SeatReserved,
    SeatWaitlisted,
)
from services.ticketing.workshops.seating import (
    Draft,
    check_not_begun,
    check_stands,
    slot_of,
    whose,
)
from services.ticketing.workshops.state import Workshop, rules_of


def reserve(command: ReserveSeat, workshop: Workshop) -> list[Event]:
    seat, places = command.seat_id, command.places
    if seat in workshop.reserved or seat in workshop.waiting:
        return []
    slot = slot_of(workshop, command.session_id)
    check_stands(workshop, command.session_id)
    if seat in workshop.released:
        raise Refused("seat_released", seat=seat)
    check_not_begun(slot, command.now)
    opens_at = rules_of(workshop).opens_at
    if opens_at is not None and command.now < opens_at:
        raise Refused("workshop_not_open", opens_at=opens_at.isoformat())
    if (held := workshop.seat_of.get(command.attendee_id)) is not None:
        raise _already_reserved(held, command, workshop)
    if places > workshop.capacity:
        raise Refused("group_too_large", places=places, most=workshop.capacity)
    _check_bound(command, workshop)
    draft = Draft(workshop, command.now)
    draft.settle()
    details = (workshop.fair_id, workshop.session_id, seat, command.attendee_id, command.contact_id)
    what = (command.organisation_id, places, command.supported)
    free = draft.free_for(command.supported)
    if places <= free:
        draft.take(SeatReserved(*details, False, *what), places, command.supported)
        return draft.finish()
    waiting = len(workshop.waiting) - len(workshop.offered) - draft.moved_up
    if not command.wait and free > 0:
        raise Refused("too_few_seats", left=free, places=places, waiting=waiting)
    if not command.wait:
        raise Refused("workshop_full", capacity=workshop.capacity, waiting=waiting)
    draft.add(SeatWaitlisted(*details, waiting + 1, *what))
    return draft.finish()


def _check_bound(command: ReserveSeat, workshop: Workshop) -> None:
    """Raises Refused where an organisation would have more places than it may."""
    if command.organisation_id is None:
        return
    most = rules_of(workshop).places_per_organisation
    places = workshop.places_of.get(command.organisation_id, 0)
    if places + command.places > most:
        raise Refused("enough_places", places=places, most=most)


def _already_reserved(held: str, command: ReserveSeat, workshop: Workshop) -> Refused:
    """Names the seat only to the team, the organisation that took it, and the contact told of it.

    Otherwise a caller could find the seats of strangers by trying their ids.
    """
    place = workshop.reserved.get(held) or workshop.waiting[held]
    known = command.organisation_id in (None, place.organisation_id) or (
        (command.contact_id or command.attendee_id) == (place.contact_id or place.attendee_id)
    )
    return Refused("already_reserved", seat=held) if known else Refused("already_reserved")


def give_up(command: CancelSeat, workshop: Workshop) -> list[Event]:
    seat, reason = command.seat_id, command.reason
    slot = slot_of(workshop, command.session_id)
    if seat in workshop.released:
        return []
    waited = seat in workshop.waiting
    place = workshop.waiting.get(seat) or workshop.reserved.get(seat)
    if place is None:
        raise Refused("seat_unknown", seat=seat)
    check_not_begun(slot, command.now)
    if seat in workshop.attended:
        raise Refused("already_attended", seat=seat)
    draft = Draft(workshop, command.now)
    offered = seat in workshop.offered
    if offered:
        draft.add(SeatOfferDeclined(*whose(workshop, seat, place), place.places, reason))
    draft.release(seat, place, reason, waited=waited, kept=offered or not waited)
    if offered or not waited:
        draft.settle()
    return draft.finish()
