"""The routes of contacts, of their consent and of their erasure."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Code, Slug
from maarid_contracts.registration import Channel, Language
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from chassis.answers.shapes import known
from chassis.api.fields import Flag, PathId, RequestIn
from chassis.api.requests import (
    Caller,
    CleanText,
    ContextDep,
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
from chassis.kernel.refused import Refused
from services.registration.contacts import handlers, rows
from services.registration.contacts.phones import PhoneInvalid, normalised
from services.registration.contacts.rows import ContactExportOut, ContactOut, Details
from services.registration.organisations.consent import (
    AddContact,
    GiveConsent,
    Purpose,
    WithdrawConsent,
)
from services.registration.organisations.http import acts_for, require_own
from services.registration.organisations.read import ContactOwner, contact_owner
from services.registration.personal.handlers import new_person_id

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


TextVersion = Annotated[
    Slug | None,
    Field(description="Of the text that was agreed to.", examples=["consent-2026-11"]),
]


class PersonIn(RequestIn):
    """The name of a person and how to reach them; no event holds these."""

    name: Annotated[CleanText, Field(max_length=200, examples=["فاطمة (اسم مختلق)"])]
    phone: str = Field(min_length=4, max_length=60, examples=["06 12 34 56 78"])
    language: Language
    second_language: Language = Language.ARABIC
    channel: Channel = Channel.SMS

    def details(self) -> Details:
        """Raises Problem 422 on a phone number that cannot exist."""
        try:
            phone = normalised(self.phone)
        except PhoneInvalid as error:
            raise Problem(422, "phone_invalid") from error
        return self.as_a(Details, phone=phone)


class ContactIn(PersonIn):
    role: Annotated[Code, Field(examples=["chair"])]
    consent: Annotated[Flag, Field(description="Agrees to receive messages (Law 09-08).")] = False
    text_version: TextVersion = None

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CONTACT]})


class ConsentIn(RequestIn):
    """What a contact agrees to, or agrees to no more; what was said last of a purpose holds."""

    consent: Flag
    purpose: Purpose = Purpose.MESSAGES
    channel: Annotated[
        Channel | None,
        Field(description="By this way alone.  A withdrawal is of the purpose as a whole."),
    ] = None
    text_version: TextVersion = None

    def command(self, contact_id: str) -> GiveConsent | WithdrawConsent:
        if self.consent:
            return GiveConsent(contact_id, self.purpose, self.channel, self.text_version)
        return WithdrawConsent(contact_id, self.purpose)


class ContactChangedOut(BaseModel):
    contact_id: str


class ConsentOut(BaseModel):
    contact_id: str
    consent: bool
    purpose: Purpose


OwnOrTeam = Annotated[Caller, allow(Role.ORGANISER, Role.EXHIBITOR)]


@router.post("/organisations/{organisation_id}/contacts", status_code=201)
async def add_contact(
    organisation_id: PathId,
    body: ContactIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> ContactChangedOut:
    """Add a contact to an organisation."""
    # Of an organisation that was merged, it becomes a contact of the one that stays.
    organisation_id = (await require_own(runtime, caller, organisation_id))[0]
    command = body.as_a(AddContact, contact_id=new_person_id(context, "contact"))
    await handlers.execute_with_details(
        runtime, context, organisation_id, command, command, body.details()
    )
    return ContactChangedOut(contact_id=command.contact_id)


@router.get("/organisations/{organisation_id}/contacts")
async def list_contacts(
    organisation_id: PathId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.OF_ORGANISATION)],
    caller: OwnOrTeam,
) -> Paged[ContactOut]:
    """The contacts of an organisation and of those merged into it, with names and numbers."""
    # Personal data: only those who may act for the organisation read it, and no auditor.
    ids = await require_own(runtime, caller, organisation_id)
    part = await rows.OF_ORGANISATION.part(runtime.pool, page, ids)
    return paged(part, ContactOut.of)


@router.get("/contacts/{contact_id}/export")
async def export_contact(
    contact_id: PathId, runtime: RuntimeDep, caller: OwnOrTeam
) -> ContactExportOut:
    """All that is held of a person, for the person to read (Law 09-08)."""
    await _owner(runtime, caller, contact_id)
    found = await rows.export(runtime.pool, contact_id)
    return known(found, "contact_unknown", contact_id=contact_id)


@router.put("/contacts/{contact_id}")
async def correct_contact(
    contact_id: PathId,
    body: PersonIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> ContactChangedOut:
    """Correct a name, number, language or channel."""
    owner = await _owner(runtime, caller, contact_id)
    await handlers.correct_contact(runtime, context, owner, body.details())
    return ContactChangedOut(contact_id=contact_id)


@router.post("/contacts/{contact_id}/consent")
async def set_consent(
    contact_id: PathId,
    body: ConsentIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> ConsentOut:
    """Consent to messages or to another purpose, or withdraw the consent."""
    owner = await _owner(runtime, caller, contact_id)
    await handlers.set_consent(runtime, context, owner, body.command(contact_id))
    return ConsentOut(contact_id=contact_id, consent=body.consent, purpose=body.purpose)


@router.delete("/contacts/{contact_id}", status_code=204)
async def erase_contact(
    contact_id: PathId, runtime: RuntimeDep, caller: OwnOrTeam, context: ContextDep
) -> None:
    """Erase the data of a person, here and in all copies."""
    owner = await _owner(runtime, caller, contact_id)
    await handlers.erase_contact(runtime, context, owner)


async def _owner(runtime: Runtime, caller: Caller, contact_id: str) -> ContactOwner:
    owner = await contact_owner(runtime.pool, contact_id)
    if owner is None or not await acts_for(runtime, caller, owner.organisation_id):
        raise Refused("contact_unknown", contact_id=contact_id)
    return owner
