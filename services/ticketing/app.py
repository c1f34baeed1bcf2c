"""Ticketing, put together."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path

import structlog
from maarid_contracts import registration, ticketing
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chassis.definition.projection import combined
from chassis.definition.service import EventSourced, Records, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from chassis.process.settings import ServiceSettings
from services.ticketing.devices.contracts import EVENTS as DEVICE_EVENTS
from services.ticketing.devices.domain import DECIDER as DEVICE
from services.ticketing.devices.handlers import authenticate
from services.ticketing.devices.handlers.doors import TIMERS as DOOR_TIMERS
from services.ticketing.devices.http import router as devices_router
from services.ticketing.devices.read import PROJECTION as DEVICES
from services.ticketing.devices.secrets import PREFIX
from services.ticketing.devices.workers import hear_doors
from services.ticketing.duty.contracts import EVENTS as DUTY_EVENTS
from services.ticketing.duty.domain import DECIDER as DUTY
from services.ticketing.duty.http import router as duty_router
from services.ticketing.duty.read import PROJECTION as DUTY_TABLES
from services.ticketing.duty.workers import settle_claims
from services.ticketing.fairs.read import PROJECTION as FAIRS
from services.ticketing.figures.http import router as figures_router
from services.ticketing.gates.contracts import EVENTS as GATE_EVENTS
from services.ticketing.gates.domain import DECIDER as GATE
from services.ticketing.gates.http import router as gates_router
from services.ticketing.gates.read import PROJECTION as GATES
from services.ticketing.offers.policies import REACTIONS as OFFER_REACTIONS
from services.ticketing.organisations.read import PROJECTION as ORGANISATIONS
from services.ticketing.page.http import router as page_router
from services.ticketing.persons import rows as persons
from services.ticketing.persons.policies import REACTIONS as FORGETTING
from services.ticketing.prints.http import router as prints_router
from services.ticketing.prints.workers import keep_press
from services.ticketing.tickets.contracts import EVENTS as TICKET_EVENTS
from services.ticketing.tickets.domain import DECIDER as TICKET
from services.ticketing.tickets.http import router as tickets_router
from services.ticketing.tickets.keys import KeyRing, KeysError, read_keys
from services.ticketing.tickets.read import PROJECTION as TICKETS
from services.ticketing.tickets.workers import find_double_entries
from services.ticketing.workshops.contracts import EVENTS as WORKSHOP_EVENTS
from services.ticketing.workshops.domain import DECIDER as WORKSHOP
from services.ticketing.workshops.handlers import TIMERS as WORKSHOP_TIMERS
from services.ticketing.workshops.http import router as workshops_router
from services.ticketing.workshops.policies import REACTIONS
from services.ticketing.workshops.read.tables import PROJECTION as WORKSHOPS

log = structlog.get_logger(__name__)


class Settings(ServiceSettings):
    ticket_keys_file: Path | None = Field(default=None, validate_default=True)
    """The keys that sign tickets; in development a process without them makes one of its own."""

    @field_validator("ticket_keys_file")
    @classmethod
    def holds_keys(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        """Raises PydanticCustomError, so that a service without keys does not start."""
        if path is None and info.data.get("environment") == "production":
            raise PydanticCustomError("missing", "is not set")
        try:
            if path is not None:
                read_keys(path)
        except KeysError as error:
            raise PydanticCustomError("keys", "{reason}", {"reason": str(error)}) from None
        return path

    @cached_property
    def ticket_keys(self) -> KeyRing:
        """The keys as the file has them now.  Raises KeysError."""
        return KeyRing(self.ticket_keys_file, time.monotonic, _report)


def _report(error: KeysError) -> None:
    log.warning("ticket_keys.unreadable", error=str(error), do="keep the file as it was")


PROJECTION = combined(FAIRS, ORGANISATIONS, DUTY_TABLES, WORKSHOPS, GATES, TICKETS, DEVICES)


def definition() -> ServiceDefinition:
    return ServiceDefinition(
        name="ticketing",
        package=Path(__file__).parent,
        routers=(
            workshops_router,
            figures_router,
            tickets_router,
            duty_router,
            gates_router,
            devices_router,
            prints_router,
            page_router,
        ),
        event_sourced=EventSourced(
            topic=ticketing.TOPIC,
            deciders=(WORKSHOP, TICKET, DUTY, GATE, DEVICE),
            event_types=EventTypes(
                (*WORKSHOP_EVENTS, *TICKET_EVENTS, *DUTY_EVENTS, *GATE_EVENTS, *DEVICE_EVENTS)
            ),
            timers={**WORKSHOP_TIMERS, **DOOR_TIMERS},
        ),
        projection=PROJECTION,
        subscriptions=subscriptions_of(PROJECTION, (*REACTIONS, *OFFER_REACTIONS, *FORGETTING)),
        records=(
            Records(
                registration.CONTACTS_TOPIC, registration.ContactRecordV1, persons.apply_contact
            ),
            Records(registration.PEOPLE_TOPIC, registration.WearerRecordV1, persons.apply_wearer),
        ),
        personal=(persons.CONTACTS, persons.WEARERS),
        workers=(settle_claims, find_double_entries, hear_doors, keep_press),
        authenticators={PREFIX: authenticate},
        settings=Settings,
    )
