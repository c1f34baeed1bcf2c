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


class Purpose(StrEnum):
    """What a contact may be asked to agree to (Law 09-08)."""

    MESSAGES = "messages"
    CATALOGUE = "catalogue"
    NEXT_FAIR = "next_fair"


@dataclass(frozen=True, slots=True)
class Terms:
    """What exactly was agreed to: by which channel, None for every one, and which text was read or
    heard, None where nobody wrote it down."""

    channel: str | None = None
    text_version: str | None = None


@dataclass(frozen=True, slots=True)
class NewContact:
    """Somebody new; with consent it is that to messages, by every channel."""

    contact_id: str
    role: str
    consent: bool
    text_version: str | None = None


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
    """The contact agrees to a purpose; what it agreed to before holds no more."""

    purpose: Purpose = Purpose.MESSAGES
    channel: str | None = None
    text_version: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawConsent(OnContact):
    """The contact agrees to a purpose no more, whatever the channel."""

    purpose: Purpose = Purpose.MESSAGES


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

    channel: str | None = None
    text_version: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(OfContact):
    """The contact wants no more messages."""


@dataclass(frozen=True, slots=True)
class PurposeConsentGiven(OfContact):
    """The contact agreed to a purpose other than messages."""

    purpose: str
    channel: str | None = None
    text_version: str | None = None


@dataclass(frozen=True, slots=True)
class PurposeConsentWithdrawn(OfContact):
    """The contact agrees to a purpose other than messages no more."""

    purpose: str


@dataclass(frozen=True, slots=True)
class ContactErased(OfContact):
    """Nothing personal is left of the contact."""


Event = (
    OrganisationEnrolled
    | ContactAdded
    | ConsentGiven
    | ConsentWithdrawn
    | PurposeConsentGiven
    | PurposeConsentWithdrawn
    | ContactErased
)


# State


class Standing(StrEnum):
    """Whether a contact is kept or was erased."""

    KEPT = "kept"
    ERASED = "erased"


@dataclass
class Organisation:
    enrolled: OrganisationEnrolled | None = None
    contacts: dict[str, Standing] = field(default_factory=dict[str, Standing])
    agreed: dict[tuple[str, str], Terms] = field(default_factory=dict[tuple[str, str], Terms])
    """Contact and purpose -> what was agreed to last, and is not withdrawn."""


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
        case CorrectContact(), _:
            return []
        case GiveConsent(), _:
            return _give(own_id, command, organisation)
        case WithdrawConsent(), _:  # pragma: no branch
            return _withdraw(own_id, command, organisation)


def _give(own_id: str, command: GiveConsent, organisation: Organisation) -> list[Event]:
    contact_id, purpose = command.contact_id, command.purpose
    terms = Terms(command.channel, command.text_version)
    if organisation.agreed.get((contact_id, purpose)) == terms:
        return []
    if purpose is Purpose.MESSAGES:
        return [ConsentGiven(own_id, contact_id, terms.channel, terms.text_version)]
    return [PurposeConsentGiven(own_id, contact_id, purpose, terms.channel, terms.text_version)]


def _withdraw(own_id: str, command: WithdrawConsent, organisation: Organisation) -> list[Event]:
    contact_id, purpose = command.contact_id, command.purpose
    if (contact_id, purpose) not in organisation.agreed:
        return []
    if purpose is Purpose.MESSAGES:
        return [ConsentWithdrawn(own_id, contact_id)]
    return [PurposeConsentWithdrawn(own_id, contact_id, purpose)]


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
    if not contact.consent:
        return [added]
    return [added, ConsentGiven(organisation_id, contact.contact_id, None, contact.text_version)]


def evolve(organisation: Organisation, event: Event) -> Organisation:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case OrganisationEnrolled():
            organisation.enrolled = event
        case ContactAdded():
            organisation.contacts[event.contact_id] = Standing.KEPT
        case ConsentGiven():
            key = (event.contact_id, Purpose.MESSAGES)
            organisation.agreed[key] = Terms(event.channel, event.text_version)
        case ConsentWithdrawn():
            organisation.agreed.pop((event.contact_id, Purpose.MESSAGES), None)
        case PurposeConsentGiven():
            key = (event.contact_id, event.purpose)
            organisation.agreed[key] = Terms(event.channel, event.text_version)
        case PurposeConsentWithdrawn():
            organisation.agreed.pop((event.contact_id, event.purpose), None)
        case ContactErased():  # pragma: no branch
            organisation.contacts[event.contact_id] = Standing.ERASED
            for purpose in Purpose:
                organisation.agreed.pop((event.contact_id, purpose), None)
    return organisation


DECIDER = Decider("organisation", initial, decide, evolve)


def organisation_stream(organisation_id: str) -> Stream[Command, Organisation, Event]:
    """The stream of one organisation."""
    return DECIDER.stream(organisation_id)
