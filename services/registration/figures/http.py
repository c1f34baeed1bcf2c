"""The route of the figures of a fair."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.answers.shapes import known
from chassis.api.fields import FairId
from chassis.api.requests import Role, RuntimeDep, allow
from services.registration.applications.handlers import AsOf, applications_at
from services.registration.fairs.read import fair
from services.registration.figures import read
from services.registration.figures.read import FiguresOut

router = APIRouter(tags=["fairs"])


@router.get(
    "/fairs/{fair_id}/figures", dependencies=[allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)]
)
async def show_figures(fair_id: FairId, runtime: RuntimeDep, as_of: AsOf = None) -> FiguresOut:
    """The figures of a fair, now or as they were: its exhibitors and partners, counted."""
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    if as_of is None:
        return await read.figures(runtime.pool, fair_id)
    past = await applications_at(runtime, fair_id, as_of)
    return await read.figures(runtime.pool, fair_id, await past.pieces())
