"""Gather what a decision needs, then have it decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from chassis.api import NotFound
from chassis.desk import CommandIdReused, Outcome
from chassis.intent import Intent
from chassis.runtime import Runtime
from chassis.timers import Timer
from services.registration import contacts, queries
from services.registration.contacts import Details
from services.registration.domain import organisation as organisations
from services.registration.domain import selection
from services.registration.domain.application import SubmitApplication
from services.registration.domain.fair import (
    AnnounceFair,
    CancelFair,
    ChangeFair,
    CloseCall,
    LapseCall,
    OpenCall,
)
from services.registration.domain.refused import Refused


def new_id(intent: Intent, what: str) -> str:
    """The id of something that a request makes; its retry finds the same."""
    return str(uuid5(intent.command_id, what))


def new_contact_id(intent: Intent) -> str:
    """As `new_id`, but another body under the same key is another contact.

    For its row is written before the desk refuses the key: it must not touch the first one's.
    """
    digest = b"" if intent.request_hash is None else intent.request_hash
    return new_id(intent, f"contact:{digest.hex()}")


# Fairs and their calls


async def announce_fair(runtime: Runtime, intent: Intent, command: AnnounceFair) -> None:
    await runtime.desk.execute(f"fair-{command.fair_id}", command, intent)


async def change_fair(runtime: Runtime, intent: Intent, fair_id: str, command: ChangeFair) -> None:
    await runtime.desk.execute(f"fair-{fair_id}", command, intent)


async def cancel_fair(runtime: Runtime, intent: Intent, fair_id: str, reason: str) -> None:
    await runtime.desk.execute(f"fair-{fair_id}", CancelFair(reason), intent)


async def open_call(runtime: Runtime, intent: Intent, fair_id: str, closes_at: datetime) -> None:
    if not await queries.fair_exists(runtime.pool, fair_id):
        raise NotFound("fair_unknown", fair_id=fair_id)
    # Set before the call is open, so that no crash leaves an open call without its deadline.  One
    # that fires for a call that was refused, moved or closed changes nothing.
    key = f"close-call:{fair_id}:{closes_at.isoformat()}"
    await runtime.timers.set(key, "close_call", closes_at, {"fair_id": fair_id})
    await runtime.desk.execute(
        f"fair-{fair_id}", OpenCall(closes_at, now=runtime.clock.now()), intent
    )


async def close_call(runtime: Runtime, intent: Intent, fair_id: str, reason: str) -> None:
    await runtime.desk.execute(f"fair-{fair_id}", CloseCall(reason), intent)


async def lapse_call(timer: Timer, runtime: Runtime) -> None:
    """The deadline of a call has come."""
    stream = f"fair-{timer.payload['fair_id']}"
    await runtime.desk.execute(stream, LapseCall(now=runtime.clock.now()), timer.intent)


# Applications


async def submit_application(
    runtime: Runtime, intent: Intent, fair_id: str, command: SubmitApplication
) -> None:
    await runtime.desk.execute(f"fair-{fair_id}", command, intent)


async def decide_application(
    runtime: Runtime, intent: Intent, fair_id: str, command: selection.Command
) -> Sequence[selection.Event]:
    outcome = await runtime.desk.execute(f"fair-{fair_id}", command, intent)
    return outcome.events


# Organisations and contacts


async def enrol_organisation(
    runtime: Runtime,
    intent: Intent,
    command: organisations.EnrolOrganisation,
    details: Details | None,
) -> None:
    await _with_personal_row(runtime, intent, command.organisation_id, command, details)


async def add_contact(
    runtime: Runtime,
    intent: Intent,
    organisation_id: str,
    command: organisations.AddContact,
    details: Details,
) -> None:
    await _with_personal_row(runtime, intent, organisation_id, command, details)


async def _with_personal_row(
    runtime: Runtime,
    intent: Intent,
    organisation_id: str,
    command: organisations.EnrolOrganisation | organisations.AddContact,
    details: Details | None,
) -> Outcome:
    """The personal row first, then the events that make it count: see contacts.py."""
    stream = f"organisation-{organisation_id}"
    contact = command if isinstance(command, organisations.AddContact) else command.contact
    if contact is None or details is None:
        return await runtime.desk.execute(stream, command, intent)
    organisation: organisations.Organisation = await runtime.desk.state(stream)
    if contact.contact_id not in organisation.contacts:
        # A retry after the erasure must not bring the name back.
        await contacts.put(runtime.pool, contact.contact_id, organisation_id, details)
    try:
        return await runtime.desk.execute(stream, command, intent)
    except (Refused, CommandIdReused):
        await contacts.forget(runtime.pool, contact.contact_id)
        raise


async def set_consent(
    runtime: Runtime, intent: Intent, owner: queries.ContactOwner, *, consent: bool
) -> None:
    give, withdraw = organisations.GiveConsent, organisations.WithdrawConsent
    command = give(owner.contact_id) if consent else withdraw(owner.contact_id)
    await runtime.desk.execute(f"organisation-{owner.organisation_id}", command, intent)


async def correct_contact(
    runtime: Runtime, intent: Intent, owner: queries.ContactOwner, details: Details
) -> None:
    command = organisations.CorrectContact(owner.contact_id)
    await runtime.desk.execute(f"organisation-{owner.organisation_id}", command, intent)
    command_id: UUID = intent.command_id
    await contacts.correct(runtime.pool, command_id, owner.contact_id, details)


async def erase_contact(runtime: Runtime, intent: Intent, owner: queries.ContactOwner) -> None:
    # A request that was refused once must not erase anything later.
    await runtime.desk.refused_before(intent)
    await contacts.erase(runtime.pool, owner.contact_id)
    command = organisations.EraseContact(owner.contact_id)
    await runtime.desk.execute(f"organisation-{owner.organisation_id}", command, intent)
