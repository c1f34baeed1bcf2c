"""The handler of enrolment."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.registration.contacts.handlers import execute_with_details
from services.registration.contacts.rows import Details
from services.registration.organisations.domain import EnrolOrganisation


async def enrol_organisation(
    runtime: Runtime, context: CommandContext, command: EnrolOrganisation, details: Details | None
) -> None:
    """Enrol an organisation; `details` are those of its first contact, if it comes with one."""
    await execute_with_details(
        runtime, context, command.organisation_id, command, command.contact, details
    )
