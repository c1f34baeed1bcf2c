"""The handler that enrols an organisation."""

from __future__ import annotations

from collections.abc import Callable

from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.registration.contacts.handlers import execute_with_details
from services.registration.contacts.rows import Details
from services.registration.organisations.consent import NewContact
from services.registration.organisations.domain import EnrolOrganisation


async def enrol(
    runtime: Runtime,
    context: CommandContext,
    command: Callable[..., EnrolOrganisation],
    contact: NewContact | None,
    details: Details | None,
) -> str:
    """Enrol an organisation, with its first contact if there is one; returns its id.

    `command` makes the command from the fields that are given here.
    """
    organisation_id = new_id(context, "organisation")
    made = command(organisation_id=organisation_id, contact=contact)
    await execute_with_details(runtime, context, organisation_id, made, contact, details)
    return organisation_id
