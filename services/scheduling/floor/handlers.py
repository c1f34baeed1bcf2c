"""Gather what a decision about the floor needs, then execute."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.floor import domain, read
from services.scheduling.floor.domain import (
    AssignBooth,
    BoothAssigned,
    FirstFit,
    PublishPlan,
    ReleaseBooth,
    SwapBooths,
    floor_stream,
)
from services.scheduling.floor.plan import Booth


@dataclass(frozen=True, slots=True)
class FirstFitOutcome:
    """Who was placed where and why, and who was not: (exhibitor, booths missing, why)."""

    assigned: list[BoothAssigned]
    unplaced: list[tuple[str, int, str]]


async def publish_plan(
    runtime: Runtime, context: CommandContext, fair_id: str, booths: tuple[Booth, ...]
) -> int:
    """Returns the revision of the plan that is in force afterwards."""
    fair = await standing_fair(runtime, fair_id)
    command = PublishPlan(fair_id, booths, fair.poles)
    await runtime.desk.execute(floor_stream(fair_id), command, context)
    return await read.revision(runtime.pool, fair_id)


async def assign_booth(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    booth_id: str,
    exhibitor_id: str,
    override: bool,
) -> None:
    await standing_fair(runtime, fair_id)
    exhibitor = await read.exhibitor(runtime.pool, fair_id, exhibitor_id)
    if exhibitor is None:
        raise Refused("exhibitor_unknown", exhibitor=exhibitor_id)
    command = AssignBooth(booth_id, exhibitor, override)
    await runtime.desk.execute(floor_stream(fair_id), command, context)


async def release_booth(
    runtime: Runtime, context: CommandContext, fair_id: str, booth_id: str, reason: str
) -> None:
    await known_fair(runtime, fair_id)
    await runtime.desk.execute(floor_stream(fair_id), ReleaseBooth(booth_id, reason), context)


async def swap_booths(
    runtime: Runtime, context: CommandContext, fair_id: str, first: str, second: str, override: bool
) -> None:
    """Gathers all exhibitors: who holds the two booths is known only when the desk decides."""
    await standing_fair(runtime, fair_id)
    exhibitors = await read.exhibitors(runtime.pool, fair_id)
    command = SwapBooths(first, second, exhibitors, override)
    await runtime.desk.execute(floor_stream(fair_id), command, context)


async def place_by_first_fit(
    runtime: Runtime, context: CommandContext, fair_id: str, pole_id: str | None
) -> FirstFitOutcome:
    """Says what is missing from the floor as it stands when this is answered."""
    await standing_fair(runtime, fair_id)
    stream = floor_stream(fair_id)
    exhibitors = tuple((await read.exhibitors(runtime.pool, fair_id)).values())
    outcome = await runtime.desk.execute(stream, FirstFit(exhibitors, pole_id), context)
    state = await runtime.desk.state(stream)
    assigned = [event for event in outcome.events if isinstance(event, BoothAssigned)]
    return FirstFitOutcome(assigned, domain.unplaced(state, exhibitors, pole_id))
