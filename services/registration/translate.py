"""Own events to the contracts that others read.  Total: every event is public."""

from __future__ import annotations

from maarid_contracts import registration as said
from maarid_contracts.envelope import Contract
from maarid_contracts.envelope import Text as SaidText

from services.registration.domain.application import (
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
    Needs,
)
from services.registration.domain.fair import (
    CallClosed,
    CallOpened,
    FairAnnounced,
    FairCancelled,
    FairChanged,
)
from services.registration.domain.fair import Event as FairEvent
from services.registration.domain.organisation import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    OrganisationEnrolled,
)
from services.registration.domain.organisation import Event as OrganisationEvent
from services.registration.domain.text import Text

Event = FairEvent | OrganisationEvent


def translate(event: Event) -> Contract:
    """The contract of an event."""
    match event:
        case FairAnnounced():
            return _fair(event)
        case FairChanged():
            return _changed_fair(event)
        case FairCancelled(fair_id, reason):
            return said.FairCancelledV1(fair_id=fair_id, reason=reason)
        case CallOpened():
            return said.CallOpenedV1(fair_id=event.fair_id, closes_at=event.closes_at)
        case CallClosed():
            return said.CallClosedV1(fair_id=event.fair_id, reason=event.reason)
        case OrganisationEnrolled():
            return _organisation(event)
        case ContactAdded(organisation_id, contact_id, role):
            return said.ContactAddedV1(
                organisation_id=organisation_id, contact_id=contact_id, role=role
            )
        case ConsentGiven(organisation_id, contact_id):
            return said.ConsentGivenV1(organisation_id=organisation_id, contact_id=contact_id)
        case ConsentWithdrawn(organisation_id, contact_id):
            return said.ConsentWithdrawnV1(organisation_id=organisation_id, contact_id=contact_id)
        case ContactErased(organisation_id, contact_id):
            return said.ContactErasedV1(organisation_id=organisation_id, contact_id=contact_id)
        case ApplicationSubmitted():
            return _application(event)
        case ExhibitorRegistered():
            return _exhibitor(event)
        case ApplicationWaitlisted():
            return said.ApplicationWaitlistedV1(
                fair_id=event.fair_id,
                application_id=event.application_id,
                organisation_id=event.organisation_id,
                contact_id=event.contact_id,
                pole_id=event.pole_id,
                rank=event.rank,
                reason=event.reason,
            )
        case ApplicationRejected():
            return said.ApplicationRejectedV1(
                fair_id=event.fair_id,
                application_id=event.application_id,
                organisation_id=event.organisation_id,
                contact_id=event.contact_id,
                reason=event.reason,
            )
        case ApplicationWithdrawn():
            return said.ApplicationWithdrawnV1(
                fair_id=event.fair_id,
                application_id=event.application_id,
                organisation_id=event.organisation_id,
                contact_id=event.contact_id,
                reason=event.reason,
            )
        case ExhibitorWithdrawn():  # pragma: no branch
            return said.ExhibitorWithdrawnV1(
                fair_id=event.fair_id,
                exhibitor_id=event.exhibitor_id,
                organisation_id=event.organisation_id,
                contact_id=event.contact_id,
                pole_id=event.pole_id,
                booths=event.booths,
                reason=event.reason,
            )


def _text(text: Text) -> SaidText:
    return SaidText(ar=text.ar, fr=text.fr, zgh=text.zgh, en=text.en)


def _needs(needs: Needs) -> said.Needs:
    return said.Needs(
        electricity=needs.electricity,
        water=needs.water,
        corner=needs.corner,
        step_free=needs.step_free,
        min_area_m2=needs.min_area_m2,
    )


def _fair(event: FairAnnounced) -> said.FairAnnouncedV1:
    return said.FairAnnouncedV1(
        fair_id=event.fair_id,
        edition=event.edition,
        name=_text(event.name),
        region=_text(event.region),
        city=_text(event.city),
        venue=_text(event.venue),
        timezone=event.timezone,
        first_day=event.first_day,
        last_day=event.last_day,
        opens_at=event.opens_at,
        closes_at=event.closes_at,
        area_m2=event.area_m2,
        poles=tuple(
            said.Pole(pole_id=pole.pole_id, name=_text(pole.name), places=pole.places)
            for pole in event.poles
        ),
        programmes=tuple(
            said.SupportProgramme(programme_id=programme.programme_id, name=_text(programme.name))
            for programme in event.programmes
        ),
    )


def _changed_fair(event: FairChanged) -> said.FairChangedV1:
    return said.FairChangedV1(
        fair_id=event.fair_id,
        edition=event.edition,
        name=_text(event.name),
        region=_text(event.region),
        city=_text(event.city),
        venue=_text(event.venue),
        timezone=event.timezone,
        first_day=event.first_day,
        last_day=event.last_day,
        opens_at=event.opens_at,
        closes_at=event.closes_at,
        area_m2=event.area_m2,
        changed=event.changed,
        reason=event.reason,
    )


def _organisation(event: OrganisationEnrolled) -> said.OrganisationEnrolledV1:
    return said.OrganisationEnrolledV1(
        organisation_id=event.organisation_id,
        kind=event.kind.value,
        name=_text(event.name),
        province=event.province,
        region=event.region,
        country=event.country,
        women_led=event.women_led,
        youth_led=event.youth_led,
    )


def _application(event: ApplicationSubmitted) -> said.ApplicationSubmittedV1:
    return said.ApplicationSubmittedV1(
        fair_id=event.fair_id,
        application_id=event.application_id,
        organisation_id=event.organisation_id,
        contact_id=event.contact_id,
        participation=said.Participation(event.participation.value),
        pole_id=event.pole_id,
        products=tuple(
            said.Product(family=product.family, name=_text(product.name))
            for product in event.products
        ),
        booths=event.booths,
        people=event.people,
        needs=_needs(event.needs),
        programmes=event.programmes,
    )


def _exhibitor(event: ExhibitorRegistered) -> said.ExhibitorRegisteredV1:
    return said.ExhibitorRegisteredV1(
        fair_id=event.fair_id,
        exhibitor_id=event.exhibitor_id,
        organisation_id=event.organisation_id,
        contact_id=event.contact_id,
        participation=said.Participation(event.participation.value),
        pole_id=event.pole_id,
        booths=event.booths,
        people=event.people,
        families=event.families,
        needs=_needs(event.needs),
        programmes=event.programmes,
        from_waitlist=event.from_waitlist,
        reason=event.reason,
    )
