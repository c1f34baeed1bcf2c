"""Gather what a decision needs, then let the desk decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid5

from chassis.intent import Intent
from chassis.runtime import Runtime
from services.ticketing import queries
from services.ticketing.domain.refused import Refused
from services.ticketing.domain.ticket import CheckIn, IssueTicket, TicketKind
from services.ticketing.domain.workshop import CancelSeat, ReserveSeat, SeatWaitlisted, SetRules


@dataclass(frozen=True, slots=True)
class Reservation:
    """A seat, or a rank on the waiting list."""

    seat_id: str
    rank: int | None


async def reserve_seat(
    runtime: Runtime,
    session_id: str,
    attendee_id: str,
    contact_id: str | None,
    wait: bool,
    organisation_id: str | None,
    intent: Intent,
) -> Reservation:
    """Asks no table: in a rush the desk alone decides, for hundreds at once."""
    seat_id = str(uuid5(intent.command_id, "seat"))
    now = runtime.clock.now()
    command = ReserveSeat(session_id, seat_id, attendee_id, contact_id, wait, now, organisation_id)
    outcome = await runtime.desk.execute(f"workshop-{session_id}", command, intent)
    first = outcome.events[0]
    return Reservation(seat_id, first.rank if isinstance(first, SeatWaitlisted) else None)


async def cancel_seat(
    runtime: Runtime, session_id: str, seat_id: str, reason: str, intent: Intent
) -> None:
    command = CancelSeat(session_id, seat_id, reason, runtime.clock.now())
    await runtime.desk.execute(f"workshop-{session_id}", command, intent)


async def set_rules(
    runtime: Runtime, session_id: str, places_per_organisation: int, intent: Intent
) -> None:
    command = SetRules(session_id, places_per_organisation)
    await runtime.desk.execute(f"workshop-{session_id}", command, intent)


async def issue_ticket(
    runtime: Runtime,
    fair_id: str,
    kind: TicketKind,
    day: date,
    party: int,
    province: str | None,
    intent: Intent,
) -> str:
    """The id of the new ticket."""
    fair = await known_fair(runtime, fair_id)
    ticket_id = str(uuid5(intent.command_id, "ticket"))
    command = IssueTicket(
        fair_id,
        ticket_id,
        kind,
        day,
        party,
        province,
        fair.first_day,
        fair.last_day,
        fair.cancelled,
    )
    await runtime.desk.execute(f"ticket-{ticket_id}", command, intent)
    return ticket_id


async def check_in(runtime: Runtime, ticket: queries.Ticket, gate_id: str, intent: Intent) -> None:
    """What day it is depends on where the fair takes place."""
    fair = await known_fair(runtime, ticket.fair_id)
    now = runtime.clock.now()
    command = CheckIn(
        ticket.ticket_id,
        gate_id,
        now,
        fair.day_of(now),
        fair.first_day,
        fair.last_day,
        fair.cancelled,
    )
    await runtime.desk.execute(f"ticket-{ticket.ticket_id}", command, intent)


async def known_fair(runtime: Runtime, fair_id: str) -> queries.Fair:
    fair = await queries.fair(runtime.pool, fair_id)
    if fair is None:
        raise Refused("fair_unknown", fair=fair_id)
    return fair
