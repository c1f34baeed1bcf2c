"""The contacts of an organisation and what they agreed to: a part of its stream.

Names and phone numbers of persons are not here: see the subject `contacts`.  The aggregate of the
organisation calls these functions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from chassis.kernel.refused import Refused


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


Command = AddContact | GiveConsent | WithdrawConsent | CorrectContact | EraseContact


# Events


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
    ContactAdded
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
class Contacts:
    standing: dict[str, Standing] = field(default_factory=dict[str, Standing])
    agreed: dict[tuple[str, str], Terms] = field(default_factory=dict[tuple[str, str], Terms])
    """Contact and purpose -> what was agreed to last, and is not withdrawn."""


# Decisions


def decide(command: Command, contacts: Contacts, own_id: str) -> list[Event]:
    """Decide on a contact of the organisation `own_id`.  Raises Refused."""
    if isinstance(command, AddContact):
        # The id is made from the caller's key: the same id is the same contact, asked for again.
        return [] if command.contact_id in contacts.standing else add(own_id, command)
    contact_id = command.contact_id
    match command, contacts.standing.get(contact_id):
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
            return _give(own_id, command, contacts)
        case WithdrawConsent(), _:  # pragma: no branch
            return _withdraw(own_id, command, contacts)


def add(organisation_id: str, contact: NewContact) -> list[Event]:
    """The events by which a contact becomes known."""
    added = ContactAdded(organisation_id, contact.contact_id, contact.role)
    if not contact.consent:
        return [added]
    return [added, ConsentGiven(organisation_id, contact.contact_id, None, contact.text_version)]


def _give(own_id: str, command: GiveConsent, contacts: Contacts) -> list[Event]:
    contact_id, purpose = command.contact_id, command.purpose
    terms = Terms(command.channel, command.text_version)
    if contacts.agreed.get((contact_id, purpose)) == terms:
        return []
    if purpose is Purpose.MESSAGES:
        return [ConsentGiven(own_id, contact_id, terms.channel, terms.text_version)]
    return [PurposeConsentGiven(own_id, contact_id, purpose, terms.channel, terms.text_version)]


def _withdraw(own_id: str, command: WithdrawConsent, contacts: Contacts) -> list[Event]:
    contact_id, purpose = command.contact_id, command.purpose
    if (contact_id, purpose) not in contacts.agreed:
        return []
    if purpose is Purpose.MESSAGES:
        return [ConsentWithdrawn(own_id, contact_id)]
    return [PurposeConsentWithdrawn(own_id, contact_id, purpose)]


def evolve(contacts: Contacts, event: Event) -> Contacts:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case ContactAdded():
            contacts.standing[event.contact_id] = Standing.KEPT
        case ConsentGiven():
            key = (event.contact_id, Purpose.MESSAGES)
            contacts.agreed[key] = Terms(event.channel, event.text_version)
        case ConsentWithdrawn():
            contacts.agreed.pop((event.contact_id, Purpose.MESSAGES), None)
        case PurposeConsentGiven():
            key = (event.contact_id, event.purpose)
            contacts.agreed[key] = Terms(event.channel, event.text_version)
        case PurposeConsentWithdrawn():
            contacts.agreed.pop((event.contact_id, event.purpose), None)
        case ContactErased():  # pragma: no branch
            contacts.standing[event.contact_id] = Standing.ERASED
            for purpose in Purpose:
                contacts.agreed.pop((event.contact_id, purpose), None)
    return contacts
