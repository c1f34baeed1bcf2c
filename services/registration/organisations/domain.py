"""One organisation and the standing of its contacts: stream `organisation-{organisation_id}`.

Names and phone numbers of persons are not here: see the subject `contacts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from chassis.kernel.text import Text

HOME = "MA"
"""The country whose fairs these are (ISO 3166-1 alpha-2)."""


class Kind(StrEnum):
    """What an organisation is in law or in practice."""

    COOPERATIVE = "cooperative"
    GIE = "gie"
    ASSOCIATION = "association"
    MUTUAL = "mutual"
    SOCIAL_ENTERPRISE = "social_enterprise"
    ARTISAN = "artisan"
    INSTITUTION = "institution"
    FOREIGN_DELEGATION = "foreign_delegation"


# Commands


@dataclass(frozen=True, slots=True)
class AddContact:
    contact_id: str
    role: str
    consent: bool


@dataclass(frozen=True, slots=True)
class EnrolOrganisation:
    organisation_id: str
    kind: Kind
    name: Text
    province: str
    region: str
    country: str
    women_led: bool
    youth_led: bool
    contact: AddContact | None = None


@dataclass(frozen=True, slots=True)
class GiveConsent:
    contact_id: str


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    contact_id: str


@dataclass(frozen=True, slots=True)
class CorrectContact:
    """The name, phone or language changes.  No event holds them: this asks only whether it may."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class EraseContact:
    contact_id: str


Command = (
    EnrolOrganisation | AddContact | GiveConsent | WithdrawConsent | CorrectContact | EraseContact
)


# Events


@dataclass(frozen=True, slots=True)
class OrganisationEnrolled:
    organisation_id: str
    kind: Kind
    name: Text
    province: str
    region: str
    country: str = HOME
    women_led: bool = False
    youth_led: bool = False


@dataclass(frozen=True, slots=True)
class ContactAdded:
    organisation_id: str
    contact_id: str
    role: str


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    organisation_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    organisation_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactErased:
    organisation_id: str
    contact_id: str


Event = OrganisationEnrolled | ContactAdded | ConsentGiven | ConsentWithdrawn | ContactErased


# State


class Standing(StrEnum):
    """Whether a contact agreed to messages, did not, or was erased."""

    CONSENTS = "consents"
    SILENT = "silent"
    ERASED = "erased"


@dataclass
class Organisation:
    enrolled: OrganisationEnrolled | None = None
    contacts: dict[str, Standing] = field(default_factory=dict[str, Standing])


def initial() -> Organisation:
    return Organisation()


# Decisions


def decide(command: Command, organisation: Organisation) -> list[Event]:
    """Raises Refused.  Returns an empty list where it is so already."""
    if isinstance(command, EnrolOrganisation):
        return _enrol(command, organisation)
    if organisation.enrolled is None:
        raise Refused("organisation_unknown")
    own_id = organisation.enrolled.organisation_id
    if isinstance(command, AddContact):
        # The id is made from the caller's key: the same id is the same contact, asked for again.
        return [] if command.contact_id in organisation.contacts else _add(own_id, command)
    contact_id = command.contact_id
    match command, organisation.contacts.get(contact_id):
        case _, None:
            raise Refused("contact_unknown", contact_id=contact_id)
        case EraseContact(), Standing.ERASED:
            return []
        case _, Standing.ERASED:
            raise Refused("contact_erased", contact_id=contact_id)
        case EraseContact(), _:
            return [ContactErased(own_id, contact_id)]
        case GiveConsent(), Standing.SILENT:
            return [ConsentGiven(own_id, contact_id)]
        case WithdrawConsent(), Standing.CONSENTS:
            return [ConsentWithdrawn(own_id, contact_id)]
        case ((GiveConsent() | WithdrawConsent() | CorrectContact()), _):  # pragma: no branch
            return []


def _enrol(command: EnrolOrganisation, organisation: Organisation) -> list[Event]:
    if command.kind is Kind.FOREIGN_DELEGATION and command.country == HOME:
        raise Refused("foreign_delegation_needs_country", country=HOME)
    enrolled = OrganisationEnrolled(
        organisation_id=command.organisation_id,
        kind=command.kind,
        name=command.name,
        province=command.province,
        region=command.region,
        country=command.country,
        women_led=command.women_led,
        youth_led=command.youth_led,
    )
    if organisation.enrolled == enrolled:
        return []
    if organisation.enrolled is not None:
        raise Refused("organisation_already_enrolled", organisation_id=command.organisation_id)
    contact = [] if command.contact is None else _add(command.organisation_id, command.contact)
    return [enrolled, *contact]


def _add(organisation_id: str, command: AddContact) -> list[Event]:
    added = ContactAdded(organisation_id, command.contact_id, command.role)
    if command.consent:
        return [added, ConsentGiven(organisation_id, command.contact_id)]
    return [added]


def evolve(organisation: Organisation, event: Event) -> Organisation:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case OrganisationEnrolled():
            organisation.enrolled = event
        case ContactAdded():
            organisation.contacts[event.contact_id] = Standing.SILENT
        case ConsentGiven():
            organisation.contacts[event.contact_id] = Standing.CONSENTS
        case ConsentWithdrawn():
            organisation.contacts[event.contact_id] = Standing.SILENT
        case ContactErased():  # pragma: no branch
            organisation.contacts[event.contact_id] = Standing.ERASED
    return organisation


DECIDER = Decider("organisation", initial, decide, evolve)


def organisation_stream(organisation_id: str) -> Stream[Command, Organisation, Event]:
    """The stream of one organisation."""
    return DECIDER.stream(organisation_id)
