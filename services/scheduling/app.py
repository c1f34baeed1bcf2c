"""Scheduling, put together."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from maarid_contracts import scheduling

from chassis.definition.projection import combined
from chassis.definition.service import EventSourced, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from services.scheduling.drawings.http import router as drawings_router
from services.scheduling.fairs.read import PROJECTION as FAIRS_PROJECTION
from services.scheduling.figures.http import router as figures_router
from services.scheduling.floor import contracts as floor, policies as floor_policies
from services.scheduling.floor.domain import DECIDER as FLOOR_DECIDER
from services.scheduling.floor.http import router as floor_router
from services.scheduling.floor.read import PROJECTION as FLOOR_PROJECTION
from services.scheduling.floor.workers import release_late_arrivals
from services.scheduling.organisations.read import PROJECTION as ORGANISATIONS_PROJECTION
from services.scheduling.planning.handlers import JOBS as PLANNING_JOBS
from services.scheduling.planning.http import router as planning_router
from services.scheduling.planning.read import PROJECTION as PLANNING_PROJECTION
from services.scheduling.planning.workers import clear_drafts
from services.scheduling.programme import contracts as programme, policies as programme_policies
from services.scheduling.programme.domain import DECIDER as PROGRAMME_DECIDER
from services.scheduling.programme.http import router as programme_router
from services.scheduling.programme.read import PROJECTION as PROGRAMME_PROJECTION
from services.scheduling.programme.workers import cancel_late_sessions
from services.scheduling.reasons.http import router as reasons_router
from services.scheduling.repairs.workers import offer_repairs
from services.scheduling.swaps.http import router as swaps_router
from services.scheduling.swaps.workers import clear_swaps
from services.scheduling.timetable.handlers import JOBS as TIMETABLE_JOBS
from services.scheduling.timetable.http import router as timetable_router
from services.scheduling.timetable.workers import clear_timetables

PROJECTION = combined(
    FAIRS_PROJECTION,
    ORGANISATIONS_PROJECTION,
    FLOOR_PROJECTION,
    PLANNING_PROJECTION,
    PROGRAMME_PROJECTION,
)
REACTIONS = (*floor_policies.REACTIONS, *programme_policies.REACTIONS)


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    router = APIRouter(prefix="/fairs/{fair_id}")
    for each in (
        floor_router,
        drawings_router,
        planning_router,
        reasons_router,
        swaps_router,
        figures_router,
        programme_router,
        timetable_router,
    ):
        router.include_router(each)
    return ServiceDefinition(
        name="scheduling",
        package=Path(__file__).parent,
        routers=(router,),
        event_sourced=EventSourced(
            topic=scheduling.TOPIC,
            deciders=(FLOOR_DECIDER, PROGRAMME_DECIDER),
            event_types=EventTypes((*floor.EVENTS, *programme.EVENTS)),
        ),
        projection=PROJECTION,
        subscriptions=subscriptions_of(PROJECTION, REACTIONS),
        workers=(
            release_late_arrivals,
            cancel_late_sessions,
            clear_drafts,
            offer_repairs,
            clear_swaps,
            clear_timetables,
        ),
        jobs=(*PLANNING_JOBS, *TIMETABLE_JOBS),
    )
