"""A fair in numbers, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from maarid_contracts.envelope import Slug

from chassis.api.requests import Role, RuntimeDep, allow
from services.scheduling.fairs.handlers import known_fair
from services.scheduling.fairs.http import Response
from services.scheduling.figures import read

router = APIRouter(tags=["floor"])


class PoleFiguresOut(Response):
    booths: int
    assigned: int


class FiguresOut(Response):
    """A fair in numbers.  Cancelled sessions do not count; `area_m2` is the whole fair's."""

    booths: int
    booths_assigned: int
    institutional_booths: int
    institutional_booths_assigned: int
    booths_by_pole: Mapping[str, PoleFiguresOut]
    booths_area_m2: float
    area_m2: int | None
    halls: int
    sessions: int
    sessions_by_kind: Mapping[str, int]
    sessions_by_day: Mapping[str, int]


@router.get("/figures", dependencies=[allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)])
async def show_figures(fair_id: Slug, runtime: RuntimeDep) -> FiguresOut:
    """The floor and the programme in numbers."""
    figures = await read.figures(runtime.pool, await known_fair(runtime, fair_id))
    return FiguresOut.model_validate(figures)
