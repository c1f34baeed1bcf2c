"""The events of tickets and their contracts."""

from __future__ import annotations

from maarid_contracts.ticketing import TicketCheckedInV1, TicketIssuedV1

from chassis.log.event_types import EventType
from services.ticketing.tickets.domain import TicketCheckedIn, TicketIssued

EVENTS = (
    EventType("ticket_issued.v1", TicketIssued, TicketIssuedV1),
    EventType("ticket_checked_in.v1", TicketCheckedIn, TicketCheckedInV1),
)
