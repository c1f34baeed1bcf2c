"""The reasons for a booth, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from chassis.answers.shapes import known
from chassis.api.fields import FairId, PathId
from chassis.api.requests import Caller, Role, RuntimeDep, allow
from chassis.kernel.refused import Refused
from services.scheduling.fairs.handlers import known_fair
from services.scheduling.floor import read as floor
from services.scheduling.reasons import handlers
from services.scheduling.reasons.read import ReasonsOut

router = APIRouter(tags=["assignment"])

Reader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]


@router.get("/exhibitors/{exhibitor_id}/reasons")
async def explain_booth(
    fair_id: FairId, exhibitor_id: PathId, runtime: RuntimeDep, caller: Reader
) -> ReasonsOut:
    """Why an exhibitor stands where it does, what three others would cost and whom, and what one
    without a booth lacks; an exhibitor asks about itself alone."""
    await known_fair(runtime, fair_id)
    found = await floor.exhibitor(runtime.pool, fair_id, exhibitor_id)
    found = known(found, "exhibitor_unknown", exhibitor=exhibitor_id)
    if not caller.may_read(found.organisation_id):
        raise Refused("exhibitor_unknown", exhibitor=exhibitor_id)
    return await handlers.reasons(runtime, fair_id, exhibitor_id)
