"""The events of organisations: names on disk and contracts."""

from __future__ import annotations

from maarid_contracts.registration import (
    ConsentGivenV1,
    ConsentWithdrawnV1,
    ContactAddedV1,
    ContactErasedV1,
    OrganisationEnrolledV1,
)

from chassis.log.event_types import EventType
from services.registration.organisations.domain import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    OrganisationEnrolled,
)

EVENTS = (
    EventType("organisation_enrolled.v1", OrganisationEnrolled, OrganisationEnrolledV1),
    EventType("contact_added.v1", ContactAdded, ContactAddedV1),
    EventType("consent_given.v1", ConsentGiven, ConsentGivenV1),
    EventType("consent_withdrawn.v1", ConsentWithdrawn, ConsentWithdrawnV1),
    EventType("contact_erased.v1", ContactErased, ContactErasedV1),
)
