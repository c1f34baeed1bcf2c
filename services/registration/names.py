"""The names under which this service's events are stored; they never change."""

from __future__ import annotations

from chassis.names import Names
from services.registration.domain.application import (
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
)
from services.registration.domain.fair import (
    CallClosed,
    CallOpened,
    FairAnnounced,
    FairCancelled,
    FairChanged,
)
from services.registration.domain.organisation import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    OrganisationEnrolled,
)

NAMES = Names(
    {
        "fair_announced.v1": FairAnnounced,
        "fair_changed.v1": FairChanged,
        "fair_cancelled.v1": FairCancelled,
        "call_opened.v1": CallOpened,
        "call_closed.v1": CallClosed,
        "organisation_enrolled.v1": OrganisationEnrolled,
        "contact_added.v1": ContactAdded,
        "consent_given.v1": ConsentGiven,
        "consent_withdrawn.v1": ConsentWithdrawn,
        "contact_erased.v1": ContactErased,
        "application_submitted.v1": ApplicationSubmitted,
        "exhibitor_registered.v1": ExhibitorRegistered,
        "application_waitlisted.v1": ApplicationWaitlisted,
        "application_rejected.v1": ApplicationRejected,
        "application_withdrawn.v1": ApplicationWithdrawn,
        "exhibitor_withdrawn.v1": ExhibitorWithdrawn,
    }
)
