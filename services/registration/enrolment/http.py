"""The route that enrols an organisation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chassis.api.requests import ContextDep, Role, RuntimeDep, allow
from services.registration.contacts.http import EXAMPLE_CONTACT, ContactIn, new_contact_id
from services.registration.enrolment import handlers
from services.registration.fields.http import Flag, RequestIn, Slug, TextIn, new_id
from services.registration.organisations.domain import EnrolOrganisation, Kind

router = APIRouter(tags=["organisations"])


class OrganisationIn(RequestIn):
    kind: Kind
    name: TextIn
    province: Annotated[Slug, Field(examples=["azilal"])]
    region: Annotated[Slug, Field(examples=["beni-mellal-khenifra"])]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")] = "MA"
    women_led: Flag = False
    youth_led: Flag = False
    contact: ContactIn | None = None

    model_config = ConfigDict(
        extra="forbid",
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
    organisation_id = new_id(context, "organisation")
    contact_id = None if body.contact is None else new_contact_id(context)
    command = EnrolOrganisation(
        organisation_id=organisation_id,
        kind=body.kind,
        name=body.name.text(),
        province=body.province,
        region=body.region,
        country=body.country,
        women_led=body.women_led,
        youth_led=body.youth_led,
        contact=body.contact.command(contact_id) if body.contact and contact_id else None,
    )
    details = body.contact.details() if body.contact else None
    await handlers.enrol_organisation(runtime, context, command, details)
    return OrganisationCreatedOut(organisation_id=organisation_id, contact_id=contact_id)
