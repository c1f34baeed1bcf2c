"""The handlers of contacts: personal rows and the events of their organisation."""

from __future__ import annotations

from dataclasses import astuple

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.registration.contacts.rows import CONTACTS, Details
from services.registration.organisations.consent import (
    AddContact,
    CorrectContact,
    EraseContact,
    GiveConsent,
    NewContact,
    WithdrawConsent,
)
from services.registration.organisations.domain import EnrolOrganisation, organisation_stream
from services.registration.organisations.read import ContactOwner
from services.registration.personal.handlers import erase, execute_with_row


async def execute_with_details(
    runtime: Runtime,
    context: CommandContext,
    organisation_id: str,
    command: EnrolOrganisation | AddContact,
    contact: NewContact | None,
    details: Details | None,
) -> None:
    """Write the personal row of a new contact, then execute the command that records it."""
    stream = organisation_stream(organisation_id)
    if contact is None or details is None:
        await runtime.desk.execute(stream, command, context)
        return
    ids = (contact.contact_id, organisation_id)
    await execute_with_row(runtime, context, CONTACTS, stream, command, ids, astuple(details))


async def set_consent(
    runtime: Runtime,
    context: CommandContext,
    owner: ContactOwner,
    command: GiveConsent | WithdrawConsent,
) -> None:
    await runtime.desk.execute(organisation_stream(owner.organisation_id), command, context)


async def correct_contact(
    runtime: Runtime, context: CommandContext, owner: ContactOwner, details: Details
) -> None:
    command = CorrectContact(owner.contact_id)
    await runtime.desk.execute(organisation_stream(owner.organisation_id), command, context)
    await CONTACTS.correct(runtime.pool, context.command_id, owner.contact_id, astuple(details))


async def erase_contact(runtime: Runtime, context: CommandContext, owner: ContactOwner) -> None:
    command = EraseContact(owner.contact_id)
    stream = organisation_stream(owner.organisation_id)
    await erase(runtime, context, CONTACTS, stream, command, owner.contact_id)
