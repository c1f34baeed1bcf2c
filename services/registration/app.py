"""Registration put together."""

from __future__ import annotations

from pathlib import Path

from maarid_contracts.registration import TOPIC
from pydantic import Field

from chassis.blueprint import Blueprint
from chassis.decider import Decider
from chassis.settings import ServiceSettings
from services.registration import api
from services.registration.domain import fair, organisation
from services.registration.domain.refused import Refused
from services.registration.handlers import lapse_call
from services.registration.names import NAMES
from services.registration.projection import PROJECTION
from services.registration.publishing import publish_contacts
from services.registration.settling import settle_contacts
from services.registration.translate import translate


class Settings(ServiceSettings):
    port: int = Field(default=8001, ge=0, le=65535)


def blueprint() -> Blueprint:
    return Blueprint(
        name="registration",
        topic=TOPIC,
        package=Path(__file__).parent,
        deciders=(
            Decider("fair", fair.initial, fair.decide, fair.evolve),
            Decider("organisation", organisation.initial, organisation.decide, organisation.evolve),
        ),
        refused=Refused,
        names=NAMES,
        translate=translate,
        projection=PROJECTION,
        router=api.router,
        timers={"close_call": lapse_call},
        workers=(publish_contacts, settle_contacts),
        settings=Settings,
    )
