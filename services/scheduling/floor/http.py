"""Floor plans, booths, and who takes part, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.scheduling import BoothId, Side as BoothSide
from pydantic import Field

from chassis.answers.shapes import AnswerOut, known
from chassis.api.fields import Flag, RequestIn
from chassis.api.requests import (
    Caller,
    ContextDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
)
from chassis.kernel.refused import Refused
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.floor import read
from services.scheduling.floor.domain import (
    AssignBooth,
    FirstFit,
    Floor,
    PublishPlan,
    ReleaseBooth,
    SwapBooths,
    floor_stream,
)
from services.scheduling.floor.first_fit import unplaced
from services.scheduling.floor.read import BoothOut, ParticipantOut, PlanBody, PlanOut

router = APIRouter(tags=["floor"])

TEAM = (Role.ORGANISER, Role.AUDITOR, Role.SERVICE)

MAX_BOOTHS = 1000
"""Booths of one plan: three times the largest fair, and far from the largest event."""

Metres = Annotated[float, Field(ge=0, le=10_000, strict=True, allow_inf_nan=False)]
Side = Annotated[float, Field(ge=0.1, le=1000, strict=True, allow_inf_nan=False)]
Degrees = Annotated[float, Field(ge=-360, le=360, strict=True, allow_inf_nan=False)]
Point = tuple[Metres, Metres]
Polygon = Annotated[list[Point], Field(min_length=3, max_length=40)]


class BoothIn(RequestIn):
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
    turn_deg: Degrees = Field(default=0.0, description="Clockwise about its middle.")
    open_sides: list[BoothSide] = Field(
        default=[], max_length=4, description="Where visitors come, before it is turned."
    )


class EntranceIn(RequestIn):
    """Where visitors come in."""

    x_m: Metres
    y_m: Metres
    step_free: Flag = True


class AisleIn(RequestIn):
    """Where visitors walk: the middle of the way and its width."""

    line: list[Point] = Field(min_length=2, max_length=20)
    width_m: Side
    step_free: Flag = True


class StageIn(RequestIn):
    """Where shows are given, and how far away they are loud."""

    area: Polygon
    noise_radius_m: Metres = 0.0


class FloorPlanIn(RequestIn):
    """The whole plan: what it leaves out is removed.  Points are x and y in metres."""

    booths: list[BoothIn] = Field(min_length=1, max_length=MAX_BOOTHS)
    outline: Annotated[list[Point], Field(max_length=200)] = Field(
        default=[], description="The corners of the ground; none means not drawn."
    )
    entrances: list[EntranceIn] = Field(default=[], max_length=50)
    aisles: list[AisleIn] = Field(default=[], max_length=200)
    obstacles: list[Polygon] = Field(default=[], max_length=200)
    stages: list[StageIn] = Field(default=[], max_length=20)


class AssignIn(RequestIn):
    """Who gets the booth."""

    exhibitor_id: Id
    override: Flag = Field(default=False, description="Even where the booth leaves needs open.")


class ReleaseIn(RequestIn):
    """Why the booth is taken back."""

    reason: Code = Field(default="by_hand", examples=["by_hand"])


class SwapIn(RequestIn):
    """Two booths whose holders change places; one of them may be free."""

    first: BoothId
    second: BoothId = Field(examples=["P-013"])
    override: Flag = Field(default=False, description="Even where a booth leaves needs open.")


class FirstFitIn(RequestIn):
    """Which pole to fill; all of them where none is named."""

    pole_id: Slug | None = Field(default=None, examples=["products"])


class FloorPlanOut(AnswerOut):
    """The revision of the floor plan in force."""

    revision: int = Field(examples=[1])


class SwapOut(AnswerOut):
    """Both booths as they are held now."""

    booths: list[BoothOut]


class PlacedOut(AnswerOut):
    """A booth that was given by first fit, and what spoke for it."""

    booth_id: str = Field(examples=["P-012"])
    exhibitor_id: str
    reasons: list[str] = Field(examples=[["pole_matches", "electricity_as_needed"]])


class UnplacedOut(AnswerOut):
    """An exhibitor who lacks booths, how many, and why."""

    exhibitor_id: str
    missing: int = Field(examples=[1])
    reason: str = Field(examples=["no_booth_with_electricity"])


class FirstFitOut(AnswerOut):
    """Who was placed, and who could not be."""

    assigned: list[PlacedOut]
    unplaced: list[UnplacedOut]


@router.post("/floor-plan", dependencies=[allow(Role.ORGANISER)])
async def publish_floor_plan(
    fair_id: Slug, body: FloorPlanIn, runtime: RuntimeDep, context: ContextDep
) -> FloorPlanOut:
    """Put a floor plan in force.  Booths that it leaves out are taken from their holders."""
    fair = await standing_fair(runtime, fair_id)
    command = body.as_a(PublishPlan, fair_id=fair_id, poles=fair.poles)
    await runtime.desk.execute(floor_stream(fair_id), command, context)
    return FloorPlanOut(revision=await read.revision(runtime.pool, fair_id))


@router.get("/floor-plan", dependencies=[public()])
async def show_floor_plan(fair_id: Slug, runtime: RuntimeDep) -> PlanOut:
    """The plan in force, as it is drawn; who holds its booths is in `/booths`."""
    await known_fair(runtime, fair_id)
    plan = (await runtime.desk.state(floor_stream(fair_id))).plan
    if not plan.booths:
        raise Refused("floor_plan_missing")
    body = PlanBody.of_drawing(plan.booths.values(), plan.ground)
    return PlanOut(revision=plan.revision, floor_plan=body)


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
    part = await read.BOOTHS.part(runtime.pool, page, fair_id, pole_id, free, exhibitor_id)
    return paged(part, BoothOut.of)


@router.post("/booths/swap", dependencies=[allow(Role.ORGANISER)])
async def swap_booths(
    fair_id: Slug, body: SwapIn, runtime: RuntimeDep, context: ContextDep
) -> SwapOut:
    """Let the holders of two booths change places, or move one to a free booth."""
    await standing_fair(runtime, fair_id)
    # Of all, for who holds the two booths is known only when the desk decides.
    exhibitors = await read.exhibitors(runtime.pool, fair_id)
    command = body.as_a(SwapBooths, exhibitors=exhibitors)
    await runtime.desk.execute(floor_stream(fair_id), command, context)
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
    await standing_fair(runtime, fair_id)
    stream = floor_stream(fair_id)
    exhibitors = tuple((await read.exhibitors(runtime.pool, fair_id)).values())
    outcome = await runtime.desk.execute(stream, FirstFit(exhibitors, body.pole_id), context)
    # What is missing is told from the floor as it stands when this is answered.
    floor: Floor = await runtime.desk.state(stream)
    lacking = unplaced(floor.plan, floor.occupied(), exhibitors, body.pole_id)
    return FirstFitOut.model_validate({"assigned": outcome.events, "unplaced": lacking})


@router.get("/booths/{booth_id}", dependencies=[public()])
async def show_booth(fair_id: Slug, booth_id: BoothId, runtime: RuntimeDep) -> BoothOut:
    """A booth, who holds it, and why this one."""
    return await _booth(runtime, fair_id, booth_id)


@router.post("/booths/{booth_id}/assign", dependencies=[allow(Role.ORGANISER)])
async def assign_booth(
    fair_id: Slug, booth_id: BoothId, body: AssignIn, runtime: RuntimeDep, context: ContextDep
) -> BoothOut:
    """Give a booth to an exhibitor by hand."""
    await standing_fair(runtime, fair_id)
    exhibitor = await read.exhibitor(runtime.pool, fair_id, body.exhibitor_id)
    exhibitor = known(exhibitor, "exhibitor_unknown", exhibitor=body.exhibitor_id)
    command = AssignBooth(booth_id, exhibitor, body.override)
    await runtime.desk.execute(floor_stream(fair_id), command, context)
    return await _booth(runtime, fair_id, booth_id)


@router.post("/booths/{booth_id}/release", dependencies=[allow(Role.ORGANISER)])
async def release_booth(
    fair_id: Slug, booth_id: BoothId, body: ReleaseIn, runtime: RuntimeDep, context: ContextDep
) -> BoothOut:
    """Take a booth back from its holder."""
    await known_fair(runtime, fair_id)
    await runtime.desk.execute(floor_stream(fair_id), ReleaseBooth(booth_id, body.reason), context)
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
    organisation_id = None if caller.has(*TEAM) else caller.organisation_id or ""
    part = await read.PARTICIPANTS.part(
        runtime.pool, page, fair_id, placed, pole_id, organisation_id
    )
    return paged(part, ParticipantOut.of)


async def _booth(runtime: RuntimeDep, fair_id: str, booth_id: str) -> BoothOut:
    booth = await read.booth(runtime.pool, fair_id, booth_id)
    return known(booth, "booth_unknown", booth=booth_id)
