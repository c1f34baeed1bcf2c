"""Stream `workshop-{session_id}`: the seats of one workshop, and its waiting list.

First come, first served, and never more seats than the capacity.  What becomes free goes to the
first on the waiting list whom it fits, in the decision that frees it: at once, or as an offer where
the rules say so.  The places of one organisation, seats and places on the waiting list together,
are bounded.
"""

from __future__ import annotations

from dataclasses import fields

from chassis.kernel.decider import Decider, Stream
from services.ticketing.workshops.commands import (
    AcceptOffer as AcceptOffer,
    AdmitWalkIn as AdmitWalkIn,
    AttendSeat as AttendSeat,
    BeginOffer as BeginOffer,
    CancelSeat as CancelSeat,
    CancelWorkshop as CancelWorkshop,
    Command as Command,
    DeclineOffer as DeclineOffer,
    MeetDeadlines as MeetDeadlines,
    MoveWorkshop as MoveWorkshop,
    NoteLetIn as NoteLetIn,
    OpenWorkshop as OpenWorkshop,
    PassOffer as PassOffer,
    ReleaseNoShows as ReleaseNoShows,
    ReserveSeat as ReserveSeat,
    SetRules as SetRules,
)
from services.ticketing.workshops.doors import at_door
from services.ticketing.workshops.events import (
    CapacityExceeded as CapacityExceeded,
    DoorEvent as DoorEvent,
    Event as Event,
    HeldSeatsReleased as HeldSeatsReleased,
    OfferEvent as OfferEvent,
    SeatAttended as SeatAttended,
    SeatEvent as SeatEvent,
    SeatOfferDeadlineSet as SeatOfferDeadlineSet,
    SeatOfferDeclined as SeatOfferDeclined,
    SeatOffered as SeatOffered,
    SeatOfferLapsed as SeatOfferLapsed,
    SeatOfferPassed as SeatOfferPassed,
    SeatReleased as SeatReleased,
    SeatReserved as SeatReserved,
    SeatWaitlisted as SeatWaitlisted,
    WalkInAdmitted as WalkInAdmitted,
    WorkshopCancelled as WorkshopCancelled,
    WorkshopDetails as WorkshopDetails,
    WorkshopFull as WorkshopFull,
    WorkshopMoved as WorkshopMoved,
    WorkshopOpened as WorkshopOpened,
    WorkshopReopened as WorkshopReopened,
    WorkshopRulesSet as WorkshopRulesSet,
)
from services.ticketing.workshops.offering import meet_deadlines, on_offer
from services.ticketing.workshops.reserving import give_up, reserve
from services.ticketing.workshops.seating import (
    LARGEST_GROUP as LARGEST_GROUP,
    LONGEST_OFFER as LONGEST_OFFER,
    Draft,
    check_stands,
    released,
    slot_of,
)
from services.ticketing.workshops.state import (
    PLACES_PER_ORGANISATION as PLACES_PER_ORGANISATION,
    Rules as Rules,
    Slot as Slot,
    Workshop as Workshop,
    evolve as evolve,
    initial as initial,
    rules_of as rules_of,
)


def decide(command: Command, workshop: Workshop) -> list[Event]:
    """Raises Refused where the workshop is unknown, cancelled, not open yet, full or begun, the
    seat is taken, the organisation has places enough, or an offer is over.

    To reserve or give up a seat takes constant time, however many there are.
    """
    match command:
        case ReserveSeat():
            return reserve(command, workshop)
        case CancelSeat():
            return give_up(command, workshop)
        case BeginOffer() | PassOffer() | AcceptOffer() | DeclineOffer():
            return on_offer(command, workshop)
        case AttendSeat() | AdmitWalkIn() | NoteLetIn() | ReleaseNoShows():
            return at_door(command, workshop)
        case MeetDeadlines():
            return meet_deadlines(command, workshop)
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


def _move(command: MoveWorkshop, workshop: Workshop) -> list[Event]:
    before = slot_of(workshop, command.session_id)
    check_stands(workshop, command.session_id)
    slot = Slot(command.hall_id, command.starts_at, command.ends_at)
    if slot == before:
        return []
    return [WorkshopMoved(workshop.fair_id, workshop.session_id, *slot)]


def _cancel(command: CancelWorkshop, workshop: Workshop) -> list[Event]:
    slot_of(workshop, command.session_id)
    if workshop.cancelled:
        return []
    reason = "workshop_cancelled"
    return [
        *(released(workshop, s, p, reason, waited=False) for s, p in workshop.reserved.items()),
        *(released(workshop, s, p, reason, waited=True) for s, p in workshop.waiting.items()),
        WorkshopCancelled(workshop.fair_id, workshop.session_id, command.reason),
    ]


def _set_rules(command: SetRules, workshop: Workshop) -> list[Event]:
    """Where fewer places are held than before, some of those who wait move up."""
    slot_of(workshop, command.session_id)
    check_stands(workshop, command.session_id)
    if command.rules == workshop.rules:
        return []
    draft = Draft(workshop, command.now, command.rules)
    draft.add(WorkshopRulesSet(workshop.fair_id, workshop.session_id, *command.rules))
    draft.settle()
    return draft.finish()


DECIDER = Decider("workshop", initial, decide, evolve)


def workshop_stream(session_id: str) -> Stream[Command, Workshop, Event]:
    """The stream of one workshop."""
    return DECIDER.stream(session_id)
