"""What ticketing's events are called on disk; a name, once stored, stays for ever."""

from __future__ import annotations

from chassis.names import Names
from services.ticketing.domain import ticket, workshop

NAMES = Names(
    {
        "workshop_opened.v1": workshop.WorkshopOpened,
        "workshop_moved.v1": workshop.WorkshopMoved,
        "workshop_cancelled.v1": workshop.WorkshopCancelled,
        "seat_reserved.v1": workshop.SeatReserved,
        "seat_waitlisted.v1": workshop.SeatWaitlisted,
        "seat_released.v1": workshop.SeatReleased,
        "workshop_full.v1": workshop.WorkshopFull,
        "workshop_reopened.v1": workshop.WorkshopReopened,
        "workshop_rules_set.v1": workshop.WorkshopRulesSet,
        "ticket_issued.v1": ticket.TicketIssued,
        "ticket_checked_in.v1": ticket.TicketCheckedIn,
    }
)
