"""Floor plans, booths, and who takes part."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from maarid_contracts.envelope import Id, Slug
from maarid_contracts.scheduling import BoothId

from chassis.api import (
    Caller,
    IntentDep,
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
from services.scheduling import handlers, queries
from services.scheduling.api.bodies import AssignIn, FirstFitIn, FloorPlanIn, ReleaseIn, SwapIn
from services.scheduling.api.views import FirstFitOut, Placed, Revision, Swapped, Unplaced
from services.scheduling.domain.plan import Booth

router = APIRouter(tags=["floor"])

TEAM = (Role.ORGANISER, Role.AUDITOR, Role.SERVICE)


@router.post("/floor-plan", dependencies=[allow(Role.ORGANISER)])
async def publish_floor_plan(
    fair_id: Slug, body: FloorPlanIn, runtime: RuntimeDep, intent: IntentDep
) -> Revision:
    """Put a floor plan in force.  Booths that it leaves out are taken from their holders."""
    booths = tuple(Booth(**booth.model_dump()) for booth in body.booths)
    return Revision(revision=await handlers.publish_plan(runtime, fair_id, booths, intent))


@router.get("/booths", dependencies=[public()])
async def list_booths(
    fair_id: Slug,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.BOOTHS)],
    pole_id: Slug | None = None,
    free: bool | None = None,
    exhibitor_id: Id | None = None,
) -> Paged[queries.Booth]:
    """The booths of the plan in force, by the number on their sign."""
    await handlers.known_fair(runtime, fair_id)
    part = await queries.booths(
        runtime.pool,
        fair_id,
        page,
        pole_id=pole_id,
        free=free,
        exhibitor_id=exhibitor_id,
    )
    return paged(part, lambda booth: booth)


@router.post("/booths/swap", dependencies=[allow(Role.ORGANISER)])
async def swap_booths(
    fair_id: Slug, body: SwapIn, runtime: RuntimeDep, intent: IntentDep
) -> Swapped:
    """Let the holders of two booths change places, or move one to a free booth."""
    await handlers.swap_booths(runtime, fair_id, body.first, body.second, body.override, intent)
    both = [await _booth(runtime, fair_id, name) for name in (body.first, body.second)]
    return Swapped(booths=both)


@router.post("/booths/first-fit", dependencies=[allow(Role.ORGANISER)])
async def place_by_first_fit(
    fair_id: Slug,
    runtime: RuntimeDep,
    intent: IntentDep,
    body: Annotated[FirstFitIn, Body()] = FirstFitIn(),  # noqa: B008 - immutable in use
) -> FirstFitOut:
    """Place whoever lacks booths; those with the rarest needs choose first."""
    outcome = await handlers.first_fit(runtime, fair_id, body.pole_id, intent)
    return FirstFitOut(
        assigned=[
            Placed(
                booth_id=event.booth_id,
                exhibitor_id=event.exhibitor_id,
                reasons=list(event.reasons),
            )
            for event in outcome.assigned
        ],
        unplaced=[
            Unplaced(exhibitor_id=exhibitor_id, missing=missing, reason=reason)
            for exhibitor_id, missing, reason in outcome.unplaced
        ],
    )


@router.get("/booths/{booth_id}", dependencies=[public()])
async def show_booth(fair_id: Slug, booth_id: BoothId, runtime: RuntimeDep) -> queries.Booth:
    """A booth, who holds it, and why this one."""
    return await _booth(runtime, fair_id, booth_id)


@router.post("/booths/{booth_id}/assign", dependencies=[allow(Role.ORGANISER)])
async def assign_booth(
    fair_id: Slug, booth_id: BoothId, body: AssignIn, runtime: RuntimeDep, intent: IntentDep
) -> queries.Booth:
    """Give a booth to an exhibitor by hand."""
    await handlers.assign_booth(
        runtime, fair_id, booth_id, body.exhibitor_id, body.override, intent
    )
    return await _booth(runtime, fair_id, booth_id)


@router.post("/booths/{booth_id}/release", dependencies=[allow(Role.ORGANISER)])
async def release_booth(
    fair_id: Slug, booth_id: BoothId, body: ReleaseIn, runtime: RuntimeDep, intent: IntentDep
) -> queries.Booth:
    """Take a booth back from its holder."""
    await handlers.release_booth(runtime, fair_id, booth_id, body.reason, intent)
    return await _booth(runtime, fair_id, booth_id)


@router.get("/exhibitors")
async def list_exhibitors(
    fair_id: Slug,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.PARTICIPANTS)],
    caller: Annotated[Caller, allow(*TEAM, Role.EXHIBITOR)],
    placed: bool | None = None,
    pole_id: Slug | None = None,
) -> Paged[queries.Participant]:
    """Who takes part, and the booths they hold; an exhibitor sees its own organisation only."""
    await handlers.known_fair(runtime, fair_id)
    part = await queries.participants(
        runtime.pool,
        fair_id,
        page,
        placed=placed,
        pole_id=pole_id,
        organisation_id=None if caller.has(*TEAM) else caller.organisation_id or "",
    )
    return paged(part, lambda one: one)


@router.get("/figures", dependencies=[allow(*TEAM)])
async def show_figures(fair_id: Slug, runtime: RuntimeDep) -> queries.Figures:
    """The floor and the programme in numbers."""
    return await queries.figures(runtime.pool, await handlers.known_fair(runtime, fair_id))


async def _booth(runtime: RuntimeDep, fair_id: str, booth_id: str) -> queries.Booth:
    booth = await queries.booth(runtime.pool, fair_id, booth_id)
    if booth is None:
        raise NotFound("booth_unknown", booth=booth_id)
    return booth
