"""Scheduling, put together."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from maarid_contracts import registration, scheduling

from chassis.definition.projection import combined
from chassis.definition.service import EventSourced, ServiceDefinition, Subscription
from chassis.log.event_types import EventTypes
from services.scheduling.fairs.read import PROJECTION as FAIRS_PROJECTION
from services.scheduling.figures.http import router as figures_router
from services.scheduling.floor import contracts as floor
from services.scheduling.floor.domain import DECIDER as FLOOR_DECIDER
from services.scheduling.floor.http import router as floor_router
from services.scheduling.floor.policies import release_booths
from services.scheduling.floor.read import PROJECTION as FLOOR_PROJECTION
from services.scheduling.floor.workers import release_late_arrivals
from services.scheduling.programme import contracts as programme
from services.scheduling.programme.domain import DECIDER as PROGRAMME_DECIDER
from services.scheduling.programme.http import router as programme_router
from services.scheduling.programme.policies import cancel_sessions
from services.scheduling.programme.read import PROJECTION as PROGRAMME_PROJECTION
from services.scheduling.programme.workers import cancel_late_sessions


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    return ServiceDefinition(
        name="scheduling",
        package=Path(__file__).parent,
        routers=(_router(),),
        event_sourced=EventSourced(
            topic=scheduling.TOPIC,
            deciders=(FLOOR_DECIDER, PROGRAMME_DECIDER),
            event_types=EventTypes((*floor.EVENTS, *programme.EVENTS)),
        ),
        projection=combined(FAIRS_PROJECTION, FLOOR_PROJECTION, PROGRAMME_PROJECTION),
        subscriptions=(
            Subscription(
                topic=registration.TOPIC,
                contracts=(
                    registration.FairAnnouncedV1,
                    registration.FairChangedV1,
                    registration.FairCancelledV1,
                    registration.ExhibitorRegisteredV1,
                    registration.ExhibitorWithdrawnV1,
                ),
                policies={
                    registration.FairCancelledV1: (cancel_sessions,),
                    registration.ExhibitorWithdrawnV1: (release_booths,),
                },
            ),
        ),
        workers=(release_late_arrivals, cancel_late_sessions),
    )


def _router() -> APIRouter:
    router = APIRouter(prefix="/fairs/{fair_id}")
    router.include_router(floor_router)
    router.include_router(figures_router)
    router.include_router(programme_router)
    return router
