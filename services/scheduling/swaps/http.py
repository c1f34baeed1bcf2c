"""Exhibitors who change places, over HTTP: each with its own token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.scheduling import BoothId

from chassis.api.fields import FairId, PathId, RequestIn
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
from chassis.kernel.refused import Refused
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.swaps import handlers, rows
from services.scheduling.swaps.rows import SwapProposalOut

router = APIRouter(prefix="/swaps", tags=["swaps"])

TEAM = (Role.ORGANISER, Role.AUDITOR, Role.SERVICE)
Exhibitor = Annotated[Caller, allow(Role.EXHIBITOR)]


class SwapProposalIn(RequestIn):
    """One's own booth, and the booth that one would like in its place."""

    booth_id: BoothId
    for_booth_id: BoothId


@router.post("", status_code=201)
async def propose_swap(
    fair_id: FairId,
    body: SwapProposalIn,
    runtime: RuntimeDep,
    context: ContextDep,
    caller: Exhibitor,
) -> SwapProposalOut:
    """Propose to another exhibitor to change places.  It lapses with either booth."""
    await standing_fair(runtime, fair_id)
    own = caller.organisation_id or ""
    about = (fair_id, own, body.booth_id, body.for_booth_id)
    swap_id = await handlers.propose(runtime, context, *about)
    return await rows.swap(runtime.pool, fair_id, str(swap_id), own)


@router.get("")
async def list_swaps(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.SWAPS)],
    caller: Annotated[Caller, allow(*TEAM, Role.EXHIBITOR)],
) -> Paged[SwapProposalOut]:
    """The proposals of a fair, for 30 days; an exhibitor sees those of its own organisation."""
    await known_fair(runtime, fair_id)
    own = None if caller.has(*TEAM) else caller.organisation_id or ""
    return paged(await rows.SWAPS.part(runtime.pool, page, fair_id, own), SwapProposalOut.of)


@router.post("/{swap_id}/agree")
async def agree_to_swap(
    fair_id: FairId, swap_id: PathId, runtime: RuntimeDep, context: ContextDep, caller: Exhibitor
) -> SwapProposalOut:
    """Agree to change places: it is done at once, where needs and rules allow it."""
    own = caller.organisation_id or ""
    found = await rows.swap(runtime.pool, fair_id, swap_id, own)
    if found.for_organisation_id != own:
        raise Refused("swap_unknown", swap=swap_id)
    await standing_fair(runtime, fair_id)
    await handlers.agree(runtime, context, found)
    return await rows.swap(runtime.pool, fair_id, swap_id, own)


@router.post("/{swap_id}/withdraw")
async def withdraw_swap(
    fair_id: FairId, swap_id: PathId, runtime: RuntimeDep, context: ContextDep, caller: Exhibitor
) -> SwapProposalOut:
    """Take a proposal back, or decline it; one that was agreed to stays."""
    await runtime.desk.refused_before(context)
    own = caller.organisation_id or ""
    await rows.swap(runtime.pool, fair_id, swap_id, own)
    await rows.withdraw(runtime.pool, swap_id, runtime.clock.now())
    return await rows.swap(runtime.pool, fair_id, swap_id, own)
