"""Routes of a fair's gates: their rules, who is inside, and what does not add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from chassis.answers.shapes import AnswerOut, known
from chassis.api.fields import FairId, JsonNumber, RequestIn
from chassis.api.requests import (
    Caller,
    ContextDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from services.ticketing.fairs import read as fairs
from services.ticketing.gates import handlers, read
from services.ticketing.gates.kinds import TicketKind
from services.ticketing.gates.read import DoubleEntryOut, PresenceOut

Limit = Annotated[int, Field(ge=1, le=1_000_000), JsonNumber]

router = APIRouter(tags=["gates"])
Team = Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)]


class GateRulesIn(RequestIn):
    """The rules of all gates of a fair that hold from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reentry": ["exhibitor", "visitor"], "inside_limit": 5000}]
        }
    )

    reentry: list[TicketKind] = Field(
        default=[], max_length=20, description="Kinds of tickets that let in again."
    )
    inside_limit: Limit | None = Field(default=None, description="People inside at once.")


class GateRulesOut(AnswerOut):
    """The rules of all gates of a fair that hold from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reentry": ["exhibitor", "visitor"], "inside_limit": 5000}]
        }
    )

    reentry: Sequence[TicketKind]
    inside_limit: int | None


@router.post("/fairs/{fair_id}/gate-rules", dependencies=[allow(Role.ORGANISER)])
async def set_gate_rules(
    fair_id: FairId, rules: GateRulesIn, context: ContextDep, runtime: RuntimeDep
) -> GateRulesOut:
    """Say which tickets let in again, and how many people may be inside.

    Until something is said, each ticket lets its party in once, and there is no limit.
    """
    known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    reentry = sorted(set(rules.reentry))
    await handlers.set_rules(runtime, context, fair_id, reentry, rules.inside_limit)
    return GateRulesOut(reentry=reentry, inside_limit=rules.inside_limit)


@router.get("/fairs/{fair_id}/presence")
async def show_presence(fair_id: FairId, caller: Team, runtime: RuntimeDep) -> PresenceOut:
    """Who is inside, by gate and hour, at the peak, and what devices have not uploaded yet."""
    await _readable(fair_id, caller, runtime)
    return await read.presence(runtime.pool, fair_id, runtime.clock.now())


@router.get("/fairs/{fair_id}/double-entries")
async def list_double_entries(
    fair_id: FairId,
    caller: Team,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.DOUBLES)],
) -> Paged[DoubleEntryOut]:
    """Tickets that let more people in than they are for, without an exit between."""
    await _readable(fair_id, caller, runtime)
    return paged(await read.double_entries(runtime.pool, fair_id, page))


async def _readable(fair_id: str, caller: Caller, runtime: Runtime) -> None:
    known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    if not caller.may_read_fair(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
