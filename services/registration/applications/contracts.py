"""The events of applications: names on disk and contracts."""

from __future__ import annotations

from maarid_contracts import registration as said

from chassis.log.event_types import EventType
from services.registration.selection import domain

EVENTS = (
    EventType("application_submitted.v1", domain.ApplicationSubmitted, said.ApplicationSubmittedV1),
    EventType("exhibitor_registered.v1", domain.ExhibitorRegistered, said.ExhibitorRegisteredV1),
    EventType(
        "application_waitlisted.v1", domain.ApplicationWaitlisted, said.ApplicationWaitlistedV1
    ),
    EventType("application_rejected.v1", domain.ApplicationRejected, said.ApplicationRejectedV1),
    EventType("application_withdrawn.v1", domain.ApplicationWithdrawn, said.ApplicationWithdrawnV1),
    EventType("exhibitor_withdrawn.v1", domain.ExhibitorWithdrawn, said.ExhibitorWithdrawnV1),
)
