"""The routes of offers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.answers.shapes import known
from chassis.api.fields import FairId, IdFilter, PathId, ReasonIn
from chassis.api.requests import (
    Caller,
    ContextDep,
    Page,
    Paged,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from chassis.kernel.refused import Refused
from services.registration.fairs.domain import fair_stream
from services.registration.fairs.read import fair
from services.registration.offers import handlers, read
from services.registration.offers.read import OfferOut, OfferState
from services.registration.organisations.http import acts_for, whose
from services.registration.selection.offering import AcceptOffer, DeclineOffer, Told

router = APIRouter(tags=["offers"])

Reader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]
OwnOrTeam = Annotated[Caller, allow(Role.ORGANISER, Role.EXHIBITOR)]
Organiser = allow(Role.ORGANISER)


@router.get("/fairs/{fair_id}/offers")
async def list_offers(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.OFFERS_OF_FAIR)],
    caller: Reader,
    state: OfferState | None = None,
    told: Annotated[
        bool | None, Query(description="Whose contact was told, or was not told yet.")
    ] = None,
    organisation_id: IdFilter = None,
) -> Paged[OfferOut]:
    """Places offered to the waiting list, and what became of them; an exhibitor sees its own."""
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    ids = await whose(runtime, caller, organisation_id)
    part = await read.OFFERS_OF_FAIR.part(runtime.pool, page, fair_id, state, told, ids)
    return paged(part, OfferOut.of)


@router.post("/fairs/{fair_id}/offers/{offer_id}/accept")
async def accept_offer(
    fair_id: FairId, offer_id: PathId, runtime: RuntimeDep, caller: OwnOrTeam, context: ContextDep
) -> OfferOut:
    """Take the place that is offered: the organisation exhibits."""
    await _offer(runtime, fair_id, offer_id, caller)
    command = AcceptOffer(offer_id, now=runtime.clock.now())
    await runtime.desk.execute(fair_stream(fair_id), command, context)
    return await _offer(runtime, fair_id, offer_id)


@router.post("/fairs/{fair_id}/offers/{offer_id}/decline")
async def decline_offer(
    fair_id: FairId,
    offer_id: PathId,
    body: ReasonIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> OfferOut:
    """Leave the place to the next on the list: the application is withdrawn."""
    await _offer(runtime, fair_id, offer_id, caller)
    command = DeclineOffer(offer_id, now=runtime.clock.now(), reason=body.reason)
    await runtime.desk.execute(fair_stream(fair_id), command, context)
    return await _offer(runtime, fair_id, offer_id)


@router.post("/fairs/{fair_id}/offers/{offer_id}/told", dependencies=[Organiser])
async def tell_offer(
    fair_id: FairId, offer_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> OfferOut:
    """The team has told the organisation itself: the time to answer begins, if it does not run
    yet."""
    found = await _offer(runtime, fair_id, offer_id)
    await handlers.begin_offer(runtime, context, found, runtime.clock.now(), Told.TOLD)
    return await _offer(runtime, fair_id, offer_id)


async def _offer(
    runtime: Runtime, fair_id: str, offer_id: str, caller: Caller | None = None
) -> OfferOut:
    """Raises Refused where a fair has no such offer, or the caller may not answer it."""
    found = await read.offer(runtime.pool, offer_id)
    if found is None or found.fair_id != fair_id:
        raise Refused("offer_unknown", offer_id=offer_id)
    if caller is not None and not await acts_for(runtime, caller, found.organisation_id):
        raise Refused("offer_unknown", offer_id=offer_id)
    return found
