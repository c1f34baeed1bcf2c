"""The handlers of contacts: personal rows and the events of their organisation; see rows.py."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.desk import CommandIdReused
from services.registration.contacts import rows
from services.registration.contacts.rows import Details
from services.registration.organisations.domain import (
    AddContact,
    CorrectContact,
    EnrolOrganisation,
    EraseContact,
    GiveConsent,
    NewContact,
    Organisation,
    WithdrawConsent,
    organisation_stream,
)
from services.registration.organisations.read import ContactOwner


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
    organisation: Organisation = await runtime.desk.state(stream)
    if contact.contact_id not in organisation.contacts:
        # A retry after the erasure must not bring the name back.
        await rows.put(runtime.pool, contact.contact_id, organisation_id, details)
    try:
        await runtime.desk.execute(stream, command, context)
    except (Refused, CommandIdReused):
        await rows.forget(runtime.pool, contact.contact_id)
        raise


async def set_consent(
    runtime: Runtime, context: CommandContext, owner: ContactOwner, *, consent: bool
) -> None:
    command = GiveConsent(owner.contact_id) if consent else WithdrawConsent(owner.contact_id)
    await runtime.desk.execute(organisation_stream(owner.organisation_id), command, context)


async def correct_contact(
    runtime: Runtime, context: CommandContext, owner: ContactOwner, details: Details
) -> None:
    command = CorrectContact(owner.contact_id)
    await runtime.desk.execute(organisation_stream(owner.organisation_id), command, context)
    await rows.correct(runtime.pool, context.command_id, owner.contact_id, details)


async def erase_contact(runtime: Runtime, context: CommandContext, owner: ContactOwner) -> None:
    # A request that was refused once must not erase anything later.
    await runtime.desk.refused_before(context)
    await rows.erase(runtime.pool, owner.contact_id)
    command = EraseContact(owner.contact_id)
    await runtime.desk.execute(organisation_stream(owner.organisation_id), command, context)
