"""Gather what a decision on a ticket needs, then let the desk decide."""

from __future__ import annotations

from datetime import date
from uuid import uuid5

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.ticketing.fairs.read import known_fair
from services.ticketing.tickets.domain import CheckIn, IssueTicket, TicketKind, ticket_stream
from services.ticketing.tickets.read import Ticket


async def issue_ticket(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    kind: TicketKind,
    day: date,
    party: int,
    province: str | None,
) -> str:
    """The id of the new ticket."""
    fair = await known_fair(runtime.pool, fair_id)
    ticket_id = str(uuid5(context.command_id, "ticket"))
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
    await runtime.desk.execute(ticket_stream(ticket_id), command, context)
    return ticket_id


async def check_in(runtime: Runtime, context: CommandContext, ticket: Ticket, gate_id: str) -> None:
    """What day it is depends on where the fair takes place."""
    fair = await known_fair(runtime.pool, ticket.fair_id)
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
    await runtime.desk.execute(ticket_stream(ticket.ticket_id), command, context)
