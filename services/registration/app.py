"""Registration, put together."""

from __future__ import annotations

from pathlib import Path

from maarid_contracts.registration import TOPIC
from pydantic import Field

from chassis.definition.projection import combined
from chassis.definition.service import EventSourced, ServiceDefinition
from chassis.log.event_types import EventTypes
from chassis.process.settings import ServiceSettings
from services.registration.applications import contracts as applications
from services.registration.applications.http import router as applications_router
from services.registration.applications.read import PROJECTION as APPLICATIONS_PROJECTION
from services.registration.contacts.http import router as contacts_router
from services.registration.contacts.workers.publishing import publish_contacts
from services.registration.contacts.workers.settling import settle_contacts
from services.registration.enrolment.http import router as enrolment_router
from services.registration.fairs import contracts as fairs
from services.registration.fairs.domain import DECIDER as FAIR_DECIDER
from services.registration.fairs.handlers import lapse_call
from services.registration.fairs.http import router as fairs_router
from services.registration.fairs.read import PROJECTION as FAIRS_PROJECTION
from services.registration.figures.http import router as figures_router
from services.registration.marks import contracts as marks
from services.registration.marks.domain import DECIDER as MARKS_DECIDER
from services.registration.marks.http import router as marks_router
from services.registration.marks.read import PROJECTION as MARKS_PROJECTION
from services.registration.organisations import contracts as organisations
from services.registration.organisations.domain import DECIDER as ORGANISATION_DECIDER
from services.registration.organisations.http import router as organisations_router
from services.registration.organisations.read import PROJECTION as ORGANISATIONS_PROJECTION
from services.registration.ranking import contracts as ranking
from services.registration.ranking.handlers import JOBS
from services.registration.ranking.http import router as ranking_router
from services.registration.ranking.read import PROJECTION as RANKING_PROJECTION


class Settings(ServiceSettings):
    port: int = Field(default=8001, ge=0, le=65535)


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    return ServiceDefinition(
        name="registration",
        package=Path(__file__).parent,
        routers=(
            fairs_router,
            figures_router,
            enrolment_router,
            organisations_router,
            contacts_router,
            applications_router,
            marks_router,
            ranking_router,
        ),
        event_sourced=EventSourced(
            topic=TOPIC,
            deciders=(FAIR_DECIDER, ORGANISATION_DECIDER, MARKS_DECIDER),
            event_types=EventTypes(
                (
                    *fairs.EVENTS,
                    *organisations.EVENTS,
                    *applications.EVENTS,
                    *ranking.EVENTS,
                    *marks.EVENTS,
                )
            ),
            timers={"close_call": lapse_call},
        ),
        projection=combined(
            FAIRS_PROJECTION,
            ORGANISATIONS_PROJECTION,
            APPLICATIONS_PROJECTION,
            RANKING_PROJECTION,
            MARKS_PROJECTION,
        ),
        jobs=JOBS,
        workers=(publish_contacts, settle_contacts),
        settings=Settings,
    )
