"""Routes of a fair: its workshops and its figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.api import Caller, Page, Paged, Role, RuntimeDep, allow, page_of, paged, public
from services.ticketing import queries
from services.ticketing.api.bodies import Day, FairPath, Figures, Workshop
from services.ticketing.domain.refused import Refused
from services.ticketing.handlers import known_fair

router = APIRouter(prefix="/fairs/{fair_id}", tags=["workshops"])


@router.get("/workshops", dependencies=[public()])
async def list_workshops(
    fair_id: FairPath,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.WORKSHOPS_OF_FAIR)],
    full: Annotated[bool | None, Query(description="Only those without a seat left.")] = None,
    day: Annotated[Day | None, Query(description="A day by the clocks of the town.")] = None,
) -> Paged[Workshop]:
    """Workshops with the seats they have left, in the order in which they begin."""
    fair = await known_fair(runtime, fair_id)
    part = await queries.workshops(runtime.pool, fair, page, full=full, day=day)
    return paged(part, Workshop.model_validate)


@router.get("/figures")
async def show_figures(
    fair_id: FairPath,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)],
    runtime: RuntimeDep,
) -> Figures:
    """Seats, tickets, and who came in: by day, by gate, by province."""
    await known_fair(runtime, fair_id)
    if not caller.may_read_fair(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    return Figures.model_validate(await queries.figures(runtime.pool, fair_id))
