"""Routes of visitors' tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from maarid_contracts.envelope import Id, Slug
from pydantic import ConfigDict, Field

from chassis.answers.shapes import AnswerOut, known
from chassis.api.fields import Day, FairId, JsonNumber, RequestIn
from chassis.api.requests import Caller, ContextDep, Role, RuntimeDep, allow
from chassis.kernel.refused import Refused
from services.ticketing.tickets import handlers, read
from services.ticketing.tickets.domain import LARGEST_PARTY, TicketKind
from services.ticketing.tickets.read import TicketOut

People = Annotated[int, Field(ge=1, le=LARGEST_PARTY), JsonNumber]
TicketPath = Annotated[Id, Path(examples=["c0a8f3d2-61b4-5f7e-9a0c-3e5d7b9f1a2c"])]


# Models


class TicketIn(RequestIn):
    """A day of the fair, and the party that wants to come on it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "pupils", "day": "2025-09-18", "party": 28, "province": "tinghir"}
            ]
        }
    )

    kind: TicketKind
    day: Day
    party: People = Field(description="People it lets in, together.")
    province: Slug | None = Field(default=None, description="Where they come from, if said.")


class IssuedOut(AnswerOut):
    ticket_id: Id


class GateIn(RequestIn):
    """The gate at which the bearer of a ticket stands."""

    gate_id: Slug = Field(examples=["gate-north"])


# Routes

router = APIRouter(tags=["tickets"])


@router.post("/fairs/{fair_id}/tickets", status_code=201)
async def issue_ticket(
    fair_id: FairId,
    wanted: TicketIn,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE)],
    context: ContextDep,
    runtime: RuntimeDep,
) -> IssuedOut:
    """Give out a ticket for one day, for a party that comes together."""
    if not caller.may_act_at(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    ticket_id = await handlers.issue_ticket(
        runtime, context, fair_id, wanted.kind, wanted.day, wanted.party, wanted.province
    )
    return IssuedOut(ticket_id=ticket_id)


@router.get("/tickets/{ticket_id}")
async def show_ticket(
    ticket_id: TicketPath,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)],
    runtime: RuntimeDep,
) -> TicketOut:
    """A ticket, and where and when it let its party in."""
    ticket = known(await read.ticket(runtime.pool, ticket_id), "ticket_unknown", ticket=ticket_id)
    if not caller.may_read_fair(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    return ticket


@router.post("/tickets/{ticket_id}/check-in")
async def check_in(
    ticket_id: TicketPath,
    gate: GateIn,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD)],
    context: ContextDep,
    runtime: RuntimeDep,
) -> TicketOut:
    """Let a party in, on the day of its ticket, once."""
    ticket = known(await read.ticket(runtime.pool, ticket_id), "ticket_unknown", ticket=ticket_id)
    if not caller.may_act_at(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    await handlers.check_in(runtime, context, ticket, gate.gate_id)
    return known(await read.ticket(runtime.pool, ticket_id), "ticket_unknown", ticket=ticket_id)
