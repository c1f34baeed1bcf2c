"""Ticketing, put together."""

from __future__ import annotations

from pathlib import Path

from maarid_contracts import ticketing

from chassis.definition.projection import combined
from chassis.definition.service import EventSourced, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from services.ticketing.fairs.read import PROJECTION as FAIRS
from services.ticketing.figures.http import router as figures_router
from services.ticketing.page.http import router as page_router
from services.ticketing.tickets.contracts import EVENTS as TICKET_EVENTS
from services.ticketing.tickets.domain import DECIDER as TICKET
from services.ticketing.tickets.http import router as tickets_router
from services.ticketing.tickets.read import PROJECTION as TICKETS
from services.ticketing.workshops.contracts import EVENTS as WORKSHOP_EVENTS
from services.ticketing.workshops.domain import DECIDER as WORKSHOP
from services.ticketing.workshops.http import router as workshops_router
from services.ticketing.workshops.policies import REACTIONS
from services.ticketing.workshops.read import PROJECTION as WORKSHOPS

PROJECTION = combined(FAIRS, WORKSHOPS, TICKETS)


def definition() -> ServiceDefinition:
    return ServiceDefinition(
        name="ticketing",
        package=Path(__file__).parent,
        routers=(workshops_router, figures_router, tickets_router, page_router),
        event_sourced=EventSourced(
            topic=ticketing.TOPIC,
            deciders=(WORKSHOP, TICKET),
            event_types=EventTypes((*WORKSHOP_EVENTS, *TICKET_EVENTS)),
        ),
        projection=PROJECTION,
        subscriptions=subscriptions_of(PROJECTION, REACTIONS),
    )
