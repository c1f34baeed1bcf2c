"""The route of a fair's figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from chassis.api.requests import Caller, Role, RuntimeDep, allow
from chassis.kernel.refused import Refused
from services.ticketing.fairs.http import FairPath, Response
from services.ticketing.fairs.read import known_fair
from services.ticketing.figures import read


class FiguresOut(Response):
    """A fair in numbers; cancelled workshops do not count."""

    workshops: int
    workshops_full: int
    seats: int
    seats_reserved: int
    seats_waitlisted: int
    tickets: int
    people_expected: int
    people_in: int
    people_in_by_day: Mapping[str, int] = Field(
        description="By the days of their tickets, also those from which the fair has moved away."
    )
    people_in_by_gate: Mapping[str, int]
    people_in_by_province: Mapping[str, int] = Field(
        description="Those who did not say where they come from are under `not_said`."
    )


router = APIRouter(tags=["workshops"])


@router.get("/fairs/{fair_id}/figures")
async def show_figures(
    fair_id: FairPath,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE, Role.AUDITOR)],
    runtime: RuntimeDep,
) -> FiguresOut:
    """Seats, tickets, and who came in: by day, by gate, by province."""
    await known_fair(runtime.pool, fair_id)
    if not caller.may_read_fair(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    return FiguresOut.model_validate(await read.figures(runtime.pool, fair_id))
