"""Gather what a decision on a ticket needs, then let the desk decide."""

from __future__ import annotations

from datetime import date

from chassis.answers.shapes import known
from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.ticketing.fairs import read as fairs
from services.ticketing.tickets.domain import CheckIn, IssueTicket, TicketKind, ticket_stream
from services.ticketing.tickets.read import TicketOut


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
    fair = known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    ticket = new_id(context, "ticket")
    first, last, cancelled = fair.first_day, fair.last_day, fair.cancelled
    command = IssueTicket(fair_id, ticket, kind, day, party, province, first, last, cancelled)
    await runtime.desk.execute(ticket_stream(ticket), command, context)
    return ticket


async def check_in(
    runtime: Runtime, context: CommandContext, ticket: TicketOut, gate_id: str
) -> None:
    """What day it is depends on where the fair takes place."""
    fair_id = ticket.fair_id
    fair = known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    now, first, last = runtime.clock.now(), fair.first_day, fair.last_day
    today = fair.day_of(now)
    command = CheckIn(ticket.ticket_id, gate_id, now, today, first, last, fair.cancelled)
    await runtime.desk.execute(ticket_stream(ticket.ticket_id), command, context)
