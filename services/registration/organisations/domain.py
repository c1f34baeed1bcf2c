"""One organisation and the standing of its contacts: stream `organisation-{organisation_id}`.

Names and phone numbers of persons are not here: see the subject `contacts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
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


@dataclass(frozen=True, slots=True)
class OrganisationDetails:
    """What is said of an organisation when it is enrolled."""

    organisation_id: str
    kind: Kind
    name: Text
    province: str
    region: str
    country: str = HOME
    women_led: bool = False
    youth_led: bool = False


@dataclass(frozen=True, slots=True)
class NewContact:
    contact_id: str
    role: str
    consent: bool


# Commands


@dataclass(frozen=True, slots=True)
class EnrolOrganisation(OrganisationDetails):
    contact: NewContact | None = None


@dataclass(frozen=True, slots=True)
class AddContact(NewContact):
    """Add a contact to an organisation that is enrolled."""


@dataclass(frozen=True, slots=True)
class OnContact:
    contact_id: str


@dataclass(frozen=True, slots=True)
class GiveConsent(OnContact):
    """The contact agrees to messages."""


@dataclass(frozen=True, slots=True)
class WithdrawConsent(OnContact):
    """The contact wants no more messages."""


@dataclass(frozen=True, slots=True)
class CorrectContact(OnContact):
    """The name, phone or language changes.  No event holds them: this asks only whether it may."""


@dataclass(frozen=True, slots=True)
class EraseContact(OnContact):
    """Nothing personal is to be left of the contact."""


Command = (
    EnrolOrganisation | AddContact | GiveConsent | WithdrawConsent | CorrectContact | EraseContact
)


# Events


@dataclass(frozen=True, slots=True)
class OrganisationEnrolled(OrganisationDetails):
    """An organisation is known to us."""


@dataclass(frozen=True, slots=True)
class OfContact:
    """What every event of a contact begins with."""

    organisation_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactAdded(OfContact):
    role: str


@dataclass(frozen=True, slots=True)
class ConsentGiven(OfContact):
    """The contact agreed to messages."""


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(OfContact):
    """The contact wants no more messages."""


@dataclass(frozen=True, slots=True)
class ContactErased(OfContact):
    """Nothing personal is left of the contact."""


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
    details = {each.name: getattr(command, each.name) for each in fields(OrganisationDetails)}
    enrolled = OrganisationEnrolled(**details)
    if organisation.enrolled == enrolled:
        return []
    if organisation.enrolled is not None:
        raise Refused("organisation_already_enrolled", organisation_id=command.organisation_id)
    contact = [] if command.contact is None else _add(command.organisation_id, command.contact)
    return [enrolled, *contact]


def _add(organisation_id: str, contact: NewContact) -> list[Event]:
    added = ContactAdded(organisation_id, contact.contact_id, contact.role)
    consent = [ConsentGiven(organisation_id, contact.contact_id)] if contact.consent else []
    return [added, *consent]


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
