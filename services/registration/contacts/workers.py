"""The background work on contacts: published, and settled."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from services.registration.contacts.rows import CONTACTS
from services.registration.personal.workers import publishing, settling


async def publish_contacts(runtime: Runtime) -> None:
    """The worker: keep `registration.contacts.v1` equal to the contacts."""
    await publishing.publish(runtime, CONTACTS)


async def settle_contacts(runtime: Runtime) -> None:
    """The worker: finish what requests about contacts left half done."""
    await settling.for_ever(runtime, CONTACTS, settle_once)


async def settle_once(runtime: Runtime) -> None:
    await settling.settle(runtime, CONTACTS)
