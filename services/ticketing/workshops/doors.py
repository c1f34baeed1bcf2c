"""The door of the hall: who came, who did not, and who is let in without a seat."""

from __future__ import annotations

from datetime import timedelta

from chassis.kernel.refused import Refused
from services.ticketing.workshops.commands import (
    AdmitWalkIn,
    AtDoor,
    AttendSeat,
    NoteLetIn,
    ReleaseNoShows,
)
from services.ticketing.workshops.events import (
    CapacityExceeded,
    Event,
    SeatAttended,
    WalkInAdmitted,
)
from services.ticketing.workshops.seating import Draft, check_stands, slot_of, whose
from services.ticketing.workshops.state import Workshop, rules_of

NO_SHOW = "no_show"
"""Why a seat is released to whose people nobody opened the door."""


def at_door(command: AtDoor, workshop: Workshop) -> list[Event]:
    """Raises Refused where a seat is none, or there is no room."""
    slot_of(workshop, command.session_id)
    match command:
        case AttendSeat():
            return _attend(command, workshop)
        case AdmitWalkIn():
            return _admit(command, workshop)
        case NoteLetIn():
            return _note_let_in(command, workshop)
        case ReleaseNoShows():  # pragma: no branch
            return _release_no_shows(command, workshop)


def _attend(command: AttendSeat, workshop: Workshop) -> list[Event]:
    seat = command.seat_id
    if seat in workshop.attended:
        return []
    place = workshop.reserved.get(seat)
    if place is not None:
        return [SeatAttended(*whose(workshop, seat, place), place.places, command.at)]
    if seat in workshop.waiting or seat in workshop.released:
        raise Refused("no_seat", seat=seat)
    raise Refused("seat_unknown", seat=seat)


def _admit(command: AdmitWalkIn, workshop: Workshop) -> list[Event]:
    if command.walk_in_id in workshop.walk_ins:
        return []
    check_stands(workshop, command.session_id)
    draft = Draft(workshop, command.now)
    draft.settle()
    if command.people > (left := _room(draft, workshop)):
        raise Refused("no_room", people=command.people, left=left)
    fair, session, people = workshop.fair_id, workshop.session_id, command.people
    admitted = WalkInAdmitted(fair, session, command.walk_in_id, people, command.at)
    draft.take(admitted, people, supported=False)
    return draft.finish()


def _note_let_in(command: NoteLetIn, workshop: Workshop) -> list[Event]:
    """Who has a seat comes to it, once; more people than it has places for, and everybody else,
    are walk-ins.  Where there is no room for these, it is said that they are inside all the same.
    """
    if workshop.cancelled or command.walk_in_id in workshop.walk_ins:
        return []
    seat = workshop.seat_of.get(command.attendee_id or "", "")
    place = workshop.reserved.get(seat)
    if place is not None and seat in workshop.attended:
        return []
    draft, people = Draft(workshop, command.now), command.people
    if place is not None:
        draft.add(SeatAttended(*whose(workshop, seat, place), place.places, command.at))
        people -= place.places
    if people > 0:
        draft.settle()
        left = _room(draft, workshop)
        who = (workshop.fair_id, workshop.session_id, command.walk_in_id, people)
        if people <= left:
            draft.take(WalkInAdmitted(*who, command.at), people, supported=False)
        else:
            draft.add(CapacityExceeded(*who, max(left, 0), command.at))
    return draft.finish()


def _room(draft: Draft, workshop: Workshop) -> int:
    """Places for people without a seat: also those take some whom nobody should have let in."""
    return draft.free_for(supported=False) - workshop.over


def _release_no_shows(command: ReleaseNoShows, workshop: Workshop) -> list[Event]:
    """All in one decision.  Where the door recorded nothing, nobody looked, and nobody is let go.

    The waiting list stands still by then; what is released is for whoever stands at the door.
    """
    minutes, slot = rules_of(workshop).no_show_minutes, slot_of(workshop, command.session_id)
    if minutes is None or command.now < slot.starts_at + timedelta(minutes=minutes):
        return []
    if not workshop.attended and not workshop.walk_ins:
        return []
    draft = Draft(workshop, command.now)
    for seat, place in workshop.reserved.items():
        if seat not in workshop.attended:
            draft.release(seat, place, NO_SHOW, waited=False, kept=True)
    return draft.finish()
