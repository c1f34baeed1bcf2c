"""Floor plans, booths, and who takes part, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.scheduling import BoothId
from pydantic import Field

from chassis.api.requests import (
    Caller,
    ContextDep,
    NotFound,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
)
from services.scheduling.fairs.handlers import known_fair
from services.scheduling.fairs.http import Request, Response
from services.scheduling.floor import handlers, read
from services.scheduling.floor.plan import Booth

router = APIRouter(tags=["floor"])

TEAM = (Role.ORGANISER, Role.AUDITOR, Role.SERVICE)

MAX_BOOTHS = 1000
"""Booths of one plan: three times the largest fair, and far from the largest event."""

Flag = Annotated[bool, Field(strict=True)]
Metres = Annotated[float, Field(ge=0, le=10_000, strict=True, allow_inf_nan=False)]
Side = Annotated[float, Field(ge=0.1, le=1000, strict=True, allow_inf_nan=False)]


class BoothIn(Request):
    """One booth, in metres from the plan's corner, and what it offers."""

    booth_id: BoothId
    pole_id: Slug = Field(examples=["products"])
    x_m: Metres = Field(examples=[3.0])
    y_m: Metres = Field(examples=[0.0])
    width_m: Side = Field(examples=[3.0])
    depth_m: Side = Field(examples=[3.0])
    electricity: Flag = False
    water: Flag = False
    corner: Flag = False
    step_free: Flag = True
    institutional: Flag = Field(default=False, description="Kept for institutional partners.")


class FloorPlanIn(Request):
    """The whole plan: what it leaves out is removed."""

    booths: list[BoothIn] = Field(min_length=1, max_length=MAX_BOOTHS)


class AssignIn(Request):
    """Who gets the booth."""

    exhibitor_id: Id
    override: Flag = Field(default=False, description="Even where the booth leaves needs open.")


class ReleaseIn(Request):
    """Why the booth is taken back."""

    reason: Code = Field(default="by_hand", examples=["by_hand"])


class SwapIn(Request):
    """Two booths whose holders change places; one of them may be free."""

    first: BoothId
    second: BoothId = Field(examples=["P-013"])
    override: Flag = Field(default=False, description="Even where a booth leaves needs open.")


class FirstFitIn(Request):
    """Which pole to fill; all of them where none is named."""

    pole_id: Slug | None = Field(default=None, examples=["products"])


class FloorPlanOut(Response):
    """The revision of the floor plan in force."""

    revision: int = Field(examples=[1])


class HolderOut(Response):
    """Who holds a booth, how it came to that, and what spoke for this booth."""

    exhibitor_id: str
    organisation_id: str
    method: str
    reasons: list[str]
    assigned_at: datetime


class BoothOut(Response):
    """A booth of the plan in force; without a holder it is free."""

    booth_id: str
    pole_id: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    electricity: bool
    water: bool
    corner: bool
    step_free: bool
    institutional: bool
    holder: HolderOut | None


class SwapOut(Response):
    """Both booths as they are held now."""

    booths: list[BoothOut]


class PlacedOut(Response):
    """A booth that was given by first fit, and what spoke for it."""

    booth_id: str = Field(examples=["P-012"])
    exhibitor_id: str
    reasons: list[str] = Field(examples=[["pole_matches", "electricity_as_needed"]])


class UnplacedOut(Response):
    """An exhibitor who lacks booths, how many, and why."""

    exhibitor_id: str
    missing: int = Field(examples=[1])
    reason: str = Field(examples=["no_booth_with_electricity"])


class FirstFitOut(Response):
    """Who was placed, and who could not be."""

    assigned: list[PlacedOut]
    unplaced: list[UnplacedOut]


class NeedsOut(Response):
    """What an exhibitor cannot do without."""

    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = False
    min_area_m2: float = 0.0


class ParticipantOut(Response):
    """An exhibitor or partner who takes part, and the booths it holds."""

    exhibitor_id: str
    organisation_id: str
    partner: bool
    pole_id: str
    booths_wanted: int
    booths: list[str]
    families: list[str]
    needs: NeedsOut
    programmes: list[str]


@router.post("/floor-plan", dependencies=[allow(Role.ORGANISER)])
async def publish_floor_plan(
    fair_id: Slug, body: FloorPlanIn, runtime: RuntimeDep, context: ContextDep
) -> FloorPlanOut:
    """Put a floor plan in force.  Booths that it leaves out are taken from their holders."""
    booths = tuple(Booth(**booth.model_dump()) for booth in body.booths)
    revision = await handlers.publish_plan(runtime, context, fair_id, booths)
    return FloorPlanOut(revision=revision)


@router.get("/booths", dependencies=[public()])
async def list_booths(
    fair_id: Slug,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.BOOTHS)],
    pole_id: Slug | None = None,
    free: bool | None = None,
    exhibitor_id: Id | None = None,
) -> Paged[BoothOut]:
    """The booths of the plan in force, by the number on their sign."""
    await known_fair(runtime, fair_id)
    part = await read.booths(
        runtime.pool,
        fair_id,
        page,
        pole_id=pole_id,
        free=free,
        exhibitor_id=exhibitor_id,
    )
    return paged(part, BoothOut.model_validate)


@router.post("/booths/swap", dependencies=[allow(Role.ORGANISER)])
async def swap_booths(
    fair_id: Slug, body: SwapIn, runtime: RuntimeDep, context: ContextDep
) -> SwapOut:
    """Let the holders of two booths change places, or move one to a free booth."""
    await handlers.swap_booths(runtime, context, fair_id, body.first, body.second, body.override)
    both = [await _booth(runtime, fair_id, name) for name in (body.first, body.second)]
    return SwapOut(booths=both)


@router.post("/booths/first-fit", dependencies=[allow(Role.ORGANISER)])
async def place_by_first_fit(
    fair_id: Slug,
    runtime: RuntimeDep,
    context: ContextDep,
    body: Annotated[FirstFitIn, Body()] = FirstFitIn(),  # noqa: B008 - immutable in use
) -> FirstFitOut:
    """Place the exhibitors that lack booths; those with the rarest needs choose first."""
    outcome = await handlers.place_by_first_fit(runtime, context, fair_id, body.pole_id)
    return FirstFitOut(
        assigned=[
            PlacedOut(
                booth_id=event.booth_id,
                exhibitor_id=event.exhibitor_id,
                reasons=list(event.reasons),
            )
            for event in outcome.assigned
        ],
        unplaced=[
            UnplacedOut(exhibitor_id=exhibitor_id, missing=missing, reason=reason)
            for exhibitor_id, missing, reason in outcome.unplaced
        ],
    )


@router.get("/booths/{booth_id}", dependencies=[public()])
async def show_booth(fair_id: Slug, booth_id: BoothId, runtime: RuntimeDep) -> BoothOut:
    """A booth, who holds it, and why this one."""
    return await _booth(runtime, fair_id, booth_id)


@router.post("/booths/{booth_id}/assign", dependencies=[allow(Role.ORGANISER)])
async def assign_booth(
    fair_id: Slug, booth_id: BoothId, body: AssignIn, runtime: RuntimeDep, context: ContextDep
) -> BoothOut:
    """Give a booth to an exhibitor by hand."""
    await handlers.assign_booth(
        runtime, context, fair_id, booth_id, body.exhibitor_id, body.override
    )
    return await _booth(runtime, fair_id, booth_id)


@router.post("/booths/{booth_id}/release", dependencies=[allow(Role.ORGANISER)])
async def release_booth(
    fair_id: Slug, booth_id: BoothId, body: ReleaseIn, runtime: RuntimeDep, context: ContextDep
) -> BoothOut:
    """Take a booth back from its holder."""
    await handlers.release_booth(runtime, context, fair_id, booth_id, body.reason)
    return await _booth(runtime, fair_id, booth_id)


@router.get("/exhibitors")
async def list_exhibitors(
    fair_id: Slug,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.PARTICIPANTS)],
    caller: Annotated[Caller, allow(*TEAM, Role.EXHIBITOR)],
    placed: bool | None = None,
    pole_id: Slug | None = None,
) -> Paged[ParticipantOut]:
    """Who takes part, and the booths they hold; an exhibitor sees its own organisation only."""
    await known_fair(runtime, fair_id)
    part = await read.participants(
        runtime.pool,
        fair_id,
        page,
        placed=placed,
        pole_id=pole_id,
        organisation_id=None if caller.has(*TEAM) else caller.organisation_id or "",
    )
    return paged(part, ParticipantOut.model_validate)


async def _booth(runtime: RuntimeDep, fair_id: str, booth_id: str) -> BoothOut:
    booth = await read.booth(runtime.pool, fair_id, booth_id)
    if booth is None:
        raise NotFound("booth_unknown", booth=booth_id)
    return BoothOut.model_validate(booth)
