"""The events of organisations: names on disk and contracts."""

from __future__ import annotations

from maarid_contracts import registration as said

from chassis.log.event_types import EventType
from services.registration.organisations import domain

EVENTS = (
    EventType("organisation_enrolled.v1", domain.OrganisationEnrolled, said.OrganisationEnrolledV1),
    EventType("contact_added.v1", domain.ContactAdded, said.ContactAddedV1),
    EventType("consent_given.v1", domain.ConsentGiven, said.ConsentGivenV1),
    EventType("consent_withdrawn.v1", domain.ConsentWithdrawn, said.ConsentWithdrawnV1),
    EventType("contact_erased.v1", domain.ContactErased, said.ContactErasedV1),
)
