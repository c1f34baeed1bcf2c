"""The route of a fair's figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from chassis.answers.shapes import known
from chassis.api.fields import FairId
from chassis.api.requests import Caller, Role, RuntimeDep, allow
from chassis.kernel.refused import Refused
from services.ticketing.fairs import read as fairs
from services.ticketing.figures.read import FiguresOut, figures

router = APIRouter(tags=["workshops"])


@router.get("/fairs/{fair_id}/figures")
async def show_figures(
    fair_id: FairId,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)],
    runtime: RuntimeDep,
) -> FiguresOut:
    """Seats, tickets, and who came in: by day, by gate, by province."""
    known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    if not caller.may_read_fair(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    return await figures(runtime.pool, fair_id)
