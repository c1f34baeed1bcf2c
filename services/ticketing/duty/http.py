"""The route of stand duty."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from chassis.answers.shapes import known
from chassis.api.fields import FairId
from chassis.api.requests import (
    Caller,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from chassis.kernel.refused import Refused
from services.ticketing.duty import read
from services.ticketing.duty.read import BrokenOut
from services.ticketing.fairs import read as fairs

router = APIRouter(tags=["workshops"])


@router.get("/fairs/{fair_id}/duty")
async def list_broken_duty(
    fair_id: FairId,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)],
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.BROKEN)],
) -> Paged[BrokenOut]:
    """Exhibitors whose stand nobody would attend, because a workshop was moved; the soonest
    first.  Nothing is undone: the team speaks with them, or they give a seat up."""
    known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    if not caller.may_read_fair(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    return paged(await read.broken(runtime.pool, fair_id, page))
