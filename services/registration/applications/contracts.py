"""The events of applications: names on disk and contracts."""

from __future__ import annotations

from maarid_contracts.registration import (
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWaitlistedV1,
    ApplicationWithdrawnV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
)

from chassis.log.event_types import EventType
from services.registration.selection.domain import (
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
)

EVENTS = (
    EventType("application_submitted.v1", ApplicationSubmitted, ApplicationSubmittedV1),
    EventType("exhibitor_registered.v1", ExhibitorRegistered, ExhibitorRegisteredV1),
    EventType("application_waitlisted.v1", ApplicationWaitlisted, ApplicationWaitlistedV1),
    EventType("application_rejected.v1", ApplicationRejected, ApplicationRejectedV1),
    EventType("application_withdrawn.v1", ApplicationWithdrawn, ApplicationWithdrawnV1),
    EventType("exhibitor_withdrawn.v1", ExhibitorWithdrawn, ExhibitorWithdrawnV1),
)
