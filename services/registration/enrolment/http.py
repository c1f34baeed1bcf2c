"""The route that enrols an organisation."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Slug
from pydantic import BaseModel, ConfigDict, Field

from chassis.api.fields import Flag, RequestIn, TextIn
from chassis.api.requests import ContextDep, Role, RuntimeDep, allow
from services.registration.contacts.http import EXAMPLE_CONTACT, ContactIn
from services.registration.enrolment.handlers import enrol
from services.registration.organisations.consent import NewContact
from services.registration.organisations.domain import EnrolOrganisation, Kind
from services.registration.organisations.http import (
    Commune,
    Country,
    Labels,
    Programmes,
    RegisterNumber,
    Year,
    distinct,
)
from services.registration.personal.handlers import new_person_id

router = APIRouter(tags=["organisations"])


class OrganisationIn(RequestIn):
    kind: Kind
    name: TextIn
    province: Annotated[Slug, Field(examples=["azilal"])]
    region: Annotated[Slug, Field(examples=["beni-mellal-khenifra"])]
    country: Country = "MA"
    women_led: Flag = False
    youth_led: Flag = False
    register_number: RegisterNumber | None = None
    founded: Year | None = None
    commune: Commune | None = None
    programmes: Programmes = ()
    labels: Labels = ()
    contact: ContactIn | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "cooperative",
                    "name": {"ar": "تعاونية الأمل", "fr": "Coopérative Al Amal"},
                    "province": "azilal",
                    "region": "beni-mellal-khenifra",
                    "women_led": True,
                    "contact": EXAMPLE_CONTACT,
                }
            ]
        },
    )


class OrganisationCreatedOut(BaseModel):
    organisation_id: str
    contact_id: str | None


Enroller = allow(Role.ORGANISER, Role.SERVICE)


@router.post("/organisations", status_code=201, dependencies=[Enroller])
async def enrol_organisation(
    body: OrganisationIn, runtime: RuntimeDep, context: ContextDep
) -> OrganisationCreatedOut:
    """Enrol an organisation, with its first contact if there is one."""
    contact = body.contact and body.contact.as_a(
        NewContact, contact_id=new_person_id(context, "contact")
    )
    details = body.contact and body.contact.details()
    command = partial(body.as_a, EnrolOrganisation, programmes=distinct(body.programmes))
    organisation_id = await enrol(runtime, context, command, contact, details)
    return OrganisationCreatedOut(
        organisation_id=organisation_id, contact_id=contact and contact.contact_id
    )
