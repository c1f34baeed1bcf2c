"""Gather what a decision on a ticket needs, then let the desk decide."""

from __future__ import annotations

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.ticketing.fairs import read as fairs
from services.ticketing.tickets.code import FIRST_DAY, Payload, fair_hash, signed
from services.ticketing.tickets.domain import (
    CheckIn,
    IssueTicket,
    ReissueTicket,
    RevokeTicket,
    TicketDetails,
    ticket_stream,
)
from services.ticketing.tickets.keys import KeyRing, TicketKeys
from services.ticketing.tickets.read import TicketOut


def ring_of(runtime: Runtime) -> KeyRing:
    """The keys that sign tickets."""
    return runtime.settings.ticket_keys


def code_of(keys: TicketKeys, ticket: TicketOut) -> str | None:
    """The text of a ticket's QR code; None where it opens no gate any more, or its days are before
    those that a code can say."""
    if ticket.revoked or ticket.day < FIRST_DAY:
        return None
    key_id, key = keys.signer
    payload = Payload(
        key_id,
        fair_hash(ticket.fair_id),
        ticket.ticket_id,
        ticket.kind,
        ticket.day,
        ticket.last_day,
        ticket.issue,
        ticket.party,
    )
    return signed(payload, key)


async def issue_ticket(runtime: Runtime, context: CommandContext, wanted: TicketDetails) -> None:
    fair_id = wanted.fair_id
    fair = known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    command = IssueTicket(wanted, fair.first_day, fair.last_day, fair.cancelled)
    await runtime.desk.execute(ticket_stream(wanted.ticket_id), command, context)


async def execute(
    runtime: Runtime, context: CommandContext, command: RevokeTicket | ReissueTicket
) -> None:
    await runtime.desk.execute(ticket_stream(command.ticket_id), command, context)


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
