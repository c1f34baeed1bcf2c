"""Own events to contracts, and what scheduling says to commands.  Pure."""

from __future__ import annotations

from typing import TypeAlias

from maarid_contracts import Contract
from maarid_contracts import envelope as public
from maarid_contracts.scheduling import (
    SessionCancelledV1,
    SessionRescheduledV1,
    SessionScheduledV1,
)
from maarid_contracts.ticketing import (
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    TicketCheckedInV1,
    TicketIssuedV1,
    WorkshopCancelledV1,
    WorkshopFullV1,
    WorkshopMovedV1,
    WorkshopOpenedV1,
    WorkshopReopenedV1,
    WorkshopRulesSetV1,
)

from services.ticketing.domain import ticket, workshop

Event: TypeAlias = workshop.Event | ticket.Event


def translate(event: Event) -> Contract:
    """The contract that says the same as an own event; there is one for each."""
    match event:
        case workshop.SeatReserved():
            return SeatReservedV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                seat_id=event.seat_id,
                attendee_id=event.attendee_id,
                contact_id=event.contact_id,
                from_waitlist=event.from_waitlist,
            )
        case workshop.SeatWaitlisted():
            return SeatWaitlistedV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                seat_id=event.seat_id,
                attendee_id=event.attendee_id,
                contact_id=event.contact_id,
                rank=event.rank,
            )
        case workshop.SeatReleased():
            return SeatReleasedV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                seat_id=event.seat_id,
                attendee_id=event.attendee_id,
                contact_id=event.contact_id,
                waited=event.waited,
                reason=event.reason,
            )
        case ticket.TicketIssued():
            return TicketIssuedV1(
                fair_id=event.fair_id,
                ticket_id=event.ticket_id,
                kind=event.kind.value,
                day=event.day,
                party=event.party,
                province=event.province,
            )
        case ticket.TicketCheckedIn():
            return TicketCheckedInV1(
                fair_id=event.fair_id,
                ticket_id=event.ticket_id,
                gate_id=event.gate_id,
                party=event.party,
                checked_in_at=event.checked_in_at,
            )
        case workshop.WorkshopOpened():
            return WorkshopOpenedV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                title=_public(event.title),
                hall_id=event.hall_id,
                capacity=event.capacity,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
            )
        case workshop.WorkshopMoved():
            return WorkshopMovedV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                hall_id=event.hall_id,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
            )
        case workshop.WorkshopCancelled():
            return WorkshopCancelledV1(
                fair_id=event.fair_id, session_id=event.session_id, reason=event.reason
            )
        case workshop.WorkshopFull():
            return WorkshopFullV1(
                fair_id=event.fair_id, session_id=event.session_id, capacity=event.capacity
            )
        case workshop.WorkshopReopened():
            return WorkshopReopenedV1(
                fair_id=event.fair_id, session_id=event.session_id, seats_left=event.seats_left
            )
        case workshop.WorkshopRulesSet():
            return WorkshopRulesSetV1(
                fair_id=event.fair_id,
                session_id=event.session_id,
                places_per_organisation=event.places_per_organisation,
            )


def open_workshop(session: SessionScheduledV1) -> workshop.OpenWorkshop | None:
    """A session with seats to reserve opens as a workshop; any other is open to all who come."""
    if session.seats is None:
        return None
    return workshop.OpenWorkshop(
        session.fair_id,
        session.session_id,
        _own(session.title),
        session.hall_id,
        session.seats,
        session.starts_at,
        session.ends_at,
    )


def move_workshop(session: SessionRescheduledV1) -> workshop.MoveWorkshop:
    """The workshop follows its session to another time or hall."""
    return workshop.MoveWorkshop(
        session.session_id, session.hall_id, session.starts_at, session.ends_at
    )


def cancel_workshop(session: SessionCancelledV1) -> workshop.CancelWorkshop:
    """The workshop is called off with its session, for the same reason."""
    return workshop.CancelWorkshop(session.session_id, session.reason)


def _public(text: workshop.Text) -> public.Text:
    return public.Text(ar=text.ar, fr=text.fr, zgh=text.zgh, en=text.en)


def _own(text: public.Text) -> workshop.Text:
    return workshop.Text(text.ar, text.fr, text.zgh, text.en)
