"""A fair in numbers, over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from maarid_contracts.envelope import Slug

from chassis.api.requests import Role, RuntimeDep, allow
from services.scheduling.fairs.handlers import known_fair
from services.scheduling.figures import read
from services.scheduling.figures.read import FiguresOut

router = APIRouter(tags=["floor"])


@router.get("/figures", dependencies=[allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)])
async def show_figures(fair_id: Slug, runtime: RuntimeDep) -> FiguresOut:
    """The floor and the programme in numbers."""
    return await read.figures(runtime.pool, await known_fair(runtime, fair_id))
