"""Organisations, their contacts, consent and erasure."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from maarid_contracts.registration import Channel, Language
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from chassis.api import (
    Caller,
    IntentDep,
    NotFound,
    Page,
    Paged,
    Problem,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from services.registration import contacts, handlers, queries
from services.registration.api.fields import (
    Code,
    Flag,
    Form,
    PathId,
    PersonName,
    Slug,
    SlugFilter,
    TextForm,
    WrittenPhone,
)
from services.registration.contacts import Details
from services.registration.domain.organisation import AddContact, EnrolOrganisation, Kind
from services.registration.domain.text import Text
from services.registration.phones import PhoneInvalid, normalised

router = APIRouter(tags=["organisations"])


EXAMPLE_CONTACT: JsonDict = {
    "role": "chair",
    "name": "فاطمة (اسم مختلق)",
    "phone": "06 12 34 56 78",
    "language": "zgh",
    "second_language": "ar",
    "channel": "sms",
    "consent": True,
}


class PersonForm(Form):
    """Who somebody is and how to reach them.  Kept out of every event."""

    name: PersonName
    phone: WrittenPhone
    language: Language
    second_language: Language = Language.ARABIC
    channel: Channel = Channel.SMS

    def details(self) -> Details:
        """Raises Problem 422 on a phone number that cannot exist."""
        try:
            phone = normalised(self.phone)
        except PhoneInvalid as error:
            raise Problem(422, "phone_invalid") from error
        return Details(self.name, phone, self.language, self.second_language, self.channel)


class ContactForm(PersonForm):
    role: Annotated[Code, Field(examples=["chair"])]
    consent: Annotated[Flag, Field(description="Agrees to receive messages (Law 09-08).")] = False

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE_CONTACT]})

    def command(self, contact_id: str) -> AddContact:
        return AddContact(contact_id, self.role, self.consent)


class OrganisationForm(Form):
    kind: Kind
    name: TextForm
    province: Annotated[Slug, Field(examples=["azilal"])]
    region: Annotated[Slug, Field(examples=["beni-mellal-khenifra"])]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")] = "MA"
    women_led: Flag = False
    youth_led: Flag = False
    contact: ContactForm | None = None

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


class ConsentForm(Form):
    consent: Flag


class OrganisationCreated(BaseModel):
    organisation_id: str
    contact_id: str | None


class ContactChanged(BaseModel):
    contact_id: str


class ConsentAnswer(BaseModel):
    contact_id: str
    consent: bool


class OrganisationAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    organisation_id: str
    kind: str
    name: Text
    province: str
    region: str
    country: str
    women_led: bool
    youth_led: bool


class ContactAnswer(BaseModel):
    contact_id: str
    organisation_id: str
    role: str
    name: str
    phone: str = Field(description="E.164.")
    language: str
    second_language: str
    channel: str
    consent: bool
    revision: int


Enroller = allow(Role.ORGANISER, Role.SERVICE)
ListReader = allow(Role.ORGANISER, Role.AUDITOR)
OwnOrTeam = Annotated[Caller, allow(Role.ORGANISER, Role.EXHIBITOR)]
OwnOrReader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]


@router.post("/organisations", status_code=201, dependencies=[Enroller])
async def enrol_organisation(
    form: OrganisationForm, runtime: RuntimeDep, intent: IntentDep
) -> OrganisationCreated:
    """Make an organisation known, with its first contact if there is one."""
    organisation_id = handlers.new_id(intent, "organisation")
    contact_id = None if form.contact is None else handlers.new_contact_id(intent)
    command = EnrolOrganisation(
        organisation_id=organisation_id,
        kind=form.kind,
        name=form.name.text(),
        province=form.province,
        region=form.region,
        country=form.country,
        women_led=form.women_led,
        youth_led=form.youth_led,
        contact=form.contact.command(contact_id) if form.contact and contact_id else None,
    )
    details = form.contact.details() if form.contact else None
    await handlers.enrol_organisation(runtime, intent, command, details)
    return OrganisationCreated(organisation_id=organisation_id, contact_id=contact_id)


@router.get("/organisations", dependencies=[ListReader])
async def list_organisations(
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.ORGANISATIONS)],
    kind: Kind | None = None,
    province: SlugFilter = None,
    women_led: Annotated[bool | None, Query()] = None,
) -> Paged[OrganisationAnswer]:
    """Organisations, by kind, province, and whether women lead them."""
    part = await queries.organisations(runtime.pool, page, kind, province, women_led)
    return paged(part, OrganisationAnswer.model_validate)


@router.get("/organisations/{organisation_id}")
async def show_organisation(
    organisation_id: PathId, runtime: RuntimeDep, caller: OwnOrReader
) -> OrganisationAnswer:
    """One organisation."""
    if not caller.may_read(organisation_id):
        raise NotFound("organisation_unknown", organisation_id=organisation_id)
    return OrganisationAnswer.model_validate(await _known(runtime, organisation_id))


async def require_own(runtime: Runtime, caller: Caller, organisation_id: str) -> None:
    """Raises NotFound where there is no such organisation, or the caller may not act for it."""
    if caller.may_act_for(organisation_id):
        await _known(runtime, organisation_id)
    else:
        raise NotFound("organisation_unknown", organisation_id=organisation_id)


async def _known(runtime: Runtime, organisation_id: str) -> queries.Organisation:
    organisation = await queries.organisation(runtime.pool, organisation_id)
    if organisation is None:
        raise NotFound("organisation_unknown", organisation_id=organisation_id)
    return organisation


@router.post("/organisations/{organisation_id}/contacts", status_code=201)
async def add_contact(
    organisation_id: PathId,
    form: ContactForm,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    intent: IntentDep,
) -> ContactChanged:
    """Add somebody who can be reached."""
    await require_own(runtime, caller, organisation_id)
    command = form.command(handlers.new_contact_id(intent))
    await handlers.add_contact(runtime, intent, organisation_id, command, form.details())
    return ContactChanged(contact_id=command.contact_id)


@router.get("/organisations/{organisation_id}/contacts")
async def list_contacts(
    organisation_id: PathId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(contacts.OF_ORGANISATION)],
    caller: OwnOrTeam,
) -> Paged[ContactAnswer]:
    """Who can be reached, with names and numbers."""
    # To read these is to act for an organisation: whoever only audits has no business with them.
    await require_own(runtime, caller, organisation_id)
    part = await contacts.of_organisation(runtime.pool, organisation_id, page)
    return paged(part, _contact)


def _contact(contact: contacts.Contact) -> ContactAnswer:
    return ContactAnswer(
        contact_id=contact.contact_id,
        organisation_id=contact.organisation_id,
        role=contact.role,
        name=contact.details.name,
        phone=contact.details.phone,
        language=contact.details.language,
        second_language=contact.details.second_language,
        channel=contact.details.channel,
        consent=contact.consent,
        revision=contact.revision,
    )


@router.put("/contacts/{contact_id}")
async def correct_contact(
    contact_id: PathId,
    form: PersonForm,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    intent: IntentDep,
) -> ContactChanged:
    """Correct a name, number, language or channel."""
    owner = await _owner(runtime, caller, contact_id)
    await handlers.correct_contact(runtime, intent, owner, form.details())
    return ContactChanged(contact_id=contact_id)


@router.post("/contacts/{contact_id}/consent")
async def set_consent(
    contact_id: PathId,
    form: ConsentForm,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    intent: IntentDep,
) -> ConsentAnswer:
    """Agree to messages, or want no more."""
    owner = await _owner(runtime, caller, contact_id)
    await handlers.set_consent(runtime, intent, owner, consent=form.consent)
    return ConsentAnswer(contact_id=contact_id, consent=form.consent)


@router.delete("/contacts/{contact_id}", status_code=204)
async def erase_contact(
    contact_id: PathId, runtime: RuntimeDep, caller: OwnOrTeam, intent: IntentDep
) -> None:
    """Erase a person's data, here and wherever a copy is kept."""
    owner = await _owner(runtime, caller, contact_id)
    await handlers.erase_contact(runtime, intent, owner)


async def _owner(runtime: Runtime, caller: Caller, contact_id: str) -> queries.ContactOwner:
    owner = await queries.contact_owner(runtime.pool, contact_id)
    if owner is None or not caller.may_act_for(owner.organisation_id):
        raise NotFound("contact_unknown", contact_id=contact_id)
    return owner
