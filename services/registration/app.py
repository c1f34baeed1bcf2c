"""Registration, put together."""

from __future__ import annotations

from pathlib import Path

from maarid_contracts.registration import TOPIC
from pydantic import Field

from chassis.definition.projection import combined
from chassis.definition.service import EventSourced, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from chassis.process.settings import ServiceSettings
from services.registration.applications import contracts as applications
from services.registration.applications.http import router as applications_router
from services.registration.applications.read import PROJECTION as APPLICATIONS_PROJECTION
from services.registration.catalogue import contracts as catalogue
from services.registration.catalogue.domain import DECIDER as CATALOGUE_DECIDER
from services.registration.catalogue.http import router as catalogue_router
from services.registration.catalogue.read import PROJECTION as FAMILIES_PROJECTION
from services.registration.catalogue.workers import index_catalogue
from services.registration.contacts.http import router as contacts_router
from services.registration.contacts.policies import REACTIONS as CONTACT_REACTIONS
from services.registration.contacts.rows import CONTACTS
from services.registration.contacts.workers import publish_contacts, settle_contacts
from services.registration.documents import contracts as documents
from services.registration.documents.http import router as documents_router
from services.registration.documents.read import PROJECTION as DOCUMENTS_PROJECTION
from services.registration.dossiers.domain import DECIDER as DOSSIER_DECIDER
from services.registration.duplicates.http import router as duplicates_router
from services.registration.duplicates.workers.keying import key_organisations
from services.registration.duplicates.workers.parting import part_applicants
from services.registration.enrolment.http import router as enrolment_router
from services.registration.fairs import contracts as fairs
from services.registration.fairs.domain import DECIDER as FAIR_DECIDER
from services.registration.fairs.handlers import lapse_call
from services.registration.fairs.http import router as fairs_router
from services.registration.fairs.read import PROJECTION as FAIRS_PROJECTION
from services.registration.figures.http import router as figures_router
from services.registration.intakes.handlers import JOBS as INTAKE_JOBS
from services.registration.intakes.http import router as intakes_router
from services.registration.intakes.rows import TABLES as LISTS
from services.registration.intakes.workers import clear_lists, import_lists
from services.registration.marks import contracts as marks
from services.registration.marks.http import router as marks_router
from services.registration.marks.read import PROJECTION as MARKS_PROJECTION
from services.registration.offers import contracts as offers
from services.registration.offers.handlers import LAPSE, lapse_offer
from services.registration.offers.http import router as offers_router
from services.registration.offers.policies import REACTIONS
from services.registration.offers.read import PROJECTION as OFFERS_PROJECTION
from services.registration.organisations import contracts as organisations
from services.registration.organisations.domain import DECIDER as ORGANISATION_DECIDER
from services.registration.organisations.http import router as organisations_router
from services.registration.organisations.read import PROJECTION as ORGANISATIONS_PROJECTION
from services.registration.people import contracts as people
from services.registration.people.domain import DECIDER as PEOPLE_DECIDER
from services.registration.people.http import router as people_router
from services.registration.people.read import PROJECTION as PEOPLE_PROJECTION
from services.registration.people.rows import PEOPLE
from services.registration.people.workers import publish_people, settle_people
from services.registration.ranking import contracts as ranking
from services.registration.ranking.handlers import JOBS
from services.registration.ranking.http import router as ranking_router
from services.registration.ranking.read import PROJECTION as RANKING_PROJECTION
from services.registration.reports.handlers import SHEET
from services.registration.reports.http import router as reports_router
from services.registration.retention.http import router as retention_router
from services.registration.retention.workers import erase_confirmed


class Settings(ServiceSettings):
    port: int = Field(default=8001, ge=0, le=65535)
    kept_months: int = Field(default=24, ge=1, le=1200)
    """So long after they were last needed, persons are listed to be erased."""


PROJECTION = combined(
    FAIRS_PROJECTION,
    ORGANISATIONS_PROJECTION,
    APPLICATIONS_PROJECTION,
    FAMILIES_PROJECTION,
    PEOPLE_PROJECTION,
    RANKING_PROJECTION,
    MARKS_PROJECTION,
    DOCUMENTS_PROJECTION,
    OFFERS_PROJECTION,
)


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    return ServiceDefinition(
        name="registration",
        package=Path(__file__).parent,
        routers=(
            fairs_router,
            figures_router,
            enrolment_router,
            # Before organisations: `duplicates` is no id of one.
            duplicates_router,
            organisations_router,
            contacts_router,
            applications_router,
            catalogue_router,
            reports_router,
            people_router,
            retention_router,
            marks_router,
            documents_router,
            ranking_router,
            offers_router,
            intakes_router,
        ),
        event_sourced=EventSourced(
            topic=TOPIC,
            deciders=(
                FAIR_DECIDER,
                ORGANISATION_DECIDER,
                CATALOGUE_DECIDER,
                PEOPLE_DECIDER,
                DOSSIER_DECIDER,
            ),
            event_types=EventTypes(
                (
                    *fairs.EVENTS,
                    *organisations.EVENTS,
                    *applications.EVENTS,
                    *catalogue.EVENTS,
                    *people.EVENTS,
                    *ranking.EVENTS,
                    *marks.EVENTS,
                    *documents.EVENTS,
                    *offers.EVENTS,
                )
            ),
            timers={"close_call": lapse_call, LAPSE: lapse_offer},
        ),
        projection=PROJECTION,
        subscriptions=subscriptions_of(PROJECTION, (*REACTIONS, *CONTACT_REACTIONS)),
        jobs=(*JOBS, SHEET, *INTAKE_JOBS),
        personal=(*CONTACTS.tables, *PEOPLE.tables, *LISTS),
        workers=(
            publish_contacts,
            settle_contacts,
            publish_people,
            settle_people,
            erase_confirmed,
            key_organisations,
            part_applicants,
            index_catalogue,
            import_lists,
            clear_lists,
        ),
        settings=Settings,
    )
