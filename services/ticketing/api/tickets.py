"""Routes of visitors' tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from chassis.api import Caller, IntentDep, Role, RuntimeDep, allow
from chassis.runtime import Runtime
from services.ticketing import handlers, queries
from services.ticketing.api.bodies import (
    AtGate,
    FairPath,
    Issued,
    Ticket,
    TicketPath,
    TicketWanted,
)
from services.ticketing.domain.refused import Refused

router = APIRouter(tags=["tickets"])


@router.post("/fairs/{fair_id}/tickets", status_code=201)
async def issue_ticket(
    fair_id: FairPath,
    wanted: TicketWanted,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE)],
    intent: IntentDep,
    runtime: RuntimeDep,
) -> Issued:
    """Give out a ticket for one day, for a party that comes together."""
    if not caller.may_act_at(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    ticket_id = await handlers.issue_ticket(
        runtime, fair_id, wanted.kind, wanted.day, wanted.party, wanted.province, intent
    )
    return Issued(ticket_id=ticket_id)


@router.get("/tickets/{ticket_id}")
async def show_ticket(
    ticket_id: TicketPath,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)],
    runtime: RuntimeDep,
) -> Ticket:
    """A ticket, and where and when it let its party in."""
    ticket = await _known_ticket(runtime, ticket_id)
    if not caller.may_read_fair(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    return Ticket.model_validate(ticket)


@router.post("/tickets/{ticket_id}/check-in")
async def check_in(
    ticket_id: TicketPath,
    gate: AtGate,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD)],
    intent: IntentDep,
    runtime: RuntimeDep,
) -> Ticket:
    """Let a party in, on the day of its ticket, once."""
    ticket = await _known_ticket(runtime, ticket_id)
    if not caller.may_act_at(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    await handlers.check_in(runtime, ticket, gate.gate_id, intent)
    return Ticket.model_validate(await _known_ticket(runtime, ticket_id))


async def _known_ticket(runtime: Runtime, ticket_id: str) -> queries.Ticket:
    ticket = await queries.ticket(runtime.pool, ticket_id)
    if ticket is None:
        raise Refused("ticket_unknown", ticket=ticket_id)
    return ticket
