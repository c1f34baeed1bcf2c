"""Routes of visitors' tickets."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from maarid_contracts.envelope import Code, Id, Slug
from pydantic import ConfigDict, Field

from chassis.answers.shapes import AnswerOut, known
from chassis.api.fields import Day, FairId, Flag, JsonNumber, RequestIn, new_id
from chassis.api.requests import Caller, ContextDep, Role, RuntimeDep, allow, public
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from services.ticketing.tickets import handlers, read
from services.ticketing.tickets.domain import (
    LARGEST_PARTY,
    ReissueTicket,
    RevokeTicket,
    TicketDetails,
    TicketKind,
)
from services.ticketing.tickets.handlers import Passing
from services.ticketing.tickets.keys import KeyState, TicketKeys, text_of
from services.ticketing.tickets.read import TicketOut

People = Annotated[int, Field(ge=1, le=LARGEST_PARTY), JsonNumber]
Issue = Annotated[int, Field(ge=1, le=255), JsonNumber]
TicketPath = Annotated[Id, Path(examples=["c0a8f3d2-61b4-5f7e-9a0c-3e5d7b9f1a2c"])]


# Models


class TicketIn(RequestIn):
    """A day of the fair or several, and the party that wants to come on them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "pupils", "day": "2025-09-18", "party": 28, "province": "tinghir"},
                {"kind": "buyer", "day": "2025-09-18", "last_day": "2025-09-20", "party": 1},
            ]
        }
    )

    kind: TicketKind
    day: Day
    last_day: Day | None = Field(default=None, description="Of a ticket for several days.")
    party: People = Field(description="People it lets in, together.")
    province: Slug | None = Field(default=None, description="Where they come from, if said.")


class IssuedOut(AnswerOut):
    ticket_id: Id


class GateIn(RequestIn):
    """The gate at which the bearer of a ticket stands, and who wants to pass it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"gate_id": "gate-north"}, {"gate_id": "gate-north", "people": 12}]
        }
    )

    gate_id: Slug
    people: People | None = Field(default=None, description="Fewer than the whole party.")
    direction: Literal["in", "out"] = "in"
    issue: Issue | None = Field(default=None, description="Of the code that was shown.")
    overrule: Flag = Field(default=False, description="A steward lets them in against a rule.")


class RevocationIn(RequestIn):
    """Why a ticket is to open no gate any more."""

    reason: Code = Field(examples=["stolen"])


class KeyOut(AnswerOut):
    """One key; what a compromised key has signed is not valid."""

    id: int = Field(description="As codes name it, 1 to 255.")
    state: KeyState
    signs: bool = Field(description="Whether it is the key that signs now.")
    public: str = Field(description="The 32 bytes of an Ed25519 public key in base64url.")


class KeysOut(AnswerOut):
    keys: list[KeyOut]


def keys_out(keys: TicketKeys) -> KeysOut:
    signer, _ = keys.signer
    shown = [
        KeyOut(id=key.id, state=key.state, signs=key.id == signer, public=text_of(key.public))
        for key in keys.keys
    ]
    return KeysOut(keys=shown)


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
    """Give out a ticket for a day or several, for a party that comes together."""
    if not caller.may_act_at(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    ticket_id = new_id(context, "ticket")
    details = wanted.as_a(TicketDetails, fair_id=fair_id, ticket_id=ticket_id)
    await handlers.issue_ticket(runtime, context, details)
    return IssuedOut(ticket_id=ticket_id)


@router.get("/tickets/{ticket_id}")
async def show_ticket(
    ticket_id: TicketPath,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)],
    runtime: RuntimeDep,
) -> TicketOut:
    """A ticket with its code, and where and when it let its party in."""
    ticket = await _ticket(runtime, ticket_id)
    if caller.may_act_at(ticket.fair_id):
        return _with_code(runtime, ticket)
    if not caller.may_read_fair(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    return ticket


@router.post("/tickets/{ticket_id}/revoke")
async def revoke_ticket(
    ticket_id: TicketPath,
    body: RevocationIn,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE)],
    context: ContextDep,
    runtime: RuntimeDep,
) -> TicketOut:
    """Let a ticket open no gate any more.  There is no way back: give out another one."""
    await _ticket(runtime, ticket_id)
    await handlers.execute(runtime, context, RevokeTicket(ticket_id, body.reason))
    return await _ticket(runtime, ticket_id)


@router.post("/tickets/{ticket_id}/reissue")
async def reissue_ticket(
    ticket_id: TicketPath,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE)],
    context: ContextDep,
    runtime: RuntimeDep,
) -> TicketOut:
    """Give out a ticket once more, with a new code: what was printed before opens no gate."""
    ticket = await _ticket(runtime, ticket_id)
    if not caller.may_act_at(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    await handlers.execute(runtime, context, ReissueTicket(ticket_id))
    return _with_code(runtime, await _ticket(runtime, ticket_id))


@router.post("/tickets/{ticket_id}/check-in")
async def check_in(
    ticket_id: TicketPath,
    gate: GateIn,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.DEVICE)],
    context: ContextDep,
    runtime: RuntimeDep,
    request: Request,
) -> TicketOut:
    """Let a party in on a day of its ticket, once, or again where the rules of the gates say so.

    With `direction` out, note that people went out.  A device does so at its own gate alone.  Its
    Idempotency-Key is the id of its scan: uploaded later, it is no second entry.
    """
    ticket = await _ticket(runtime, ticket_id)
    if not caller.may_act_at(ticket.fair_id):
        raise Refused("ticket_unknown", ticket=ticket_id)
    device = scan = None
    if caller.has(Role.DEVICE):
        device, place = caller.subject, request.state.device
        if place.session_id is not None or place.gate_id != gate.gate_id:
            raise Refused("gate_differs", gate=gate.gate_id, own=place.gate_id)
        scan = _scan_of(request.headers["idempotency-key"])
    passing = Passing(gate.gate_id, gate.people, gate.issue, gate.overrule, scan, device)
    if gate.direction == "in":
        await handlers.check_in(runtime, context, ticket, passing)
    else:
        await handlers.check_out(runtime, context, ticket, passing)
    return await _ticket(runtime, ticket_id)


@router.get("/ticket-keys", dependencies=[public()])
async def list_keys(runtime: RuntimeDep) -> KeysOut:
    """The public keys by which anybody may check the code of a ticket."""
    return keys_out(handlers.ring_of(runtime).current())


async def _ticket(runtime: Runtime, ticket_id: str) -> TicketOut:
    return known(await read.ticket(runtime.pool, ticket_id), "ticket_unknown", ticket=ticket_id)


def _scan_of(key: str) -> str:
    try:
        return str(UUID(key))
    except ValueError as error:
        raise Refused("scan_id_expected") from error


def _with_code(runtime: Runtime, ticket: TicketOut) -> TicketOut:
    code = handlers.code_of(handlers.ring_of(runtime).current(), ticket)
    return ticket.model_copy(update={"code": code})
