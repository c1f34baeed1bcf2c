"""One organisation and the standing of its contacts: stream `organisation-{organisation_id}`.

Names and phone numbers of persons are not here: see the subject `contacts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any

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
class Label:
    """A label that was awarded (organic, terroir …), and the last day on which it holds."""

    code: str
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class OrganisationDetails:
    """What is said of an organisation; `founded` is a year, `programmes` support it."""

    organisation_id: str
    kind: Kind
    name: Text
    province: str
    region: str
    country: str = HOME
    women_led: bool = False
    youth_led: bool = False
    register_number: str | None = None
    founded: int | None = None
    commune: str | None = None
    programmes: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()


CORRECTABLE = tuple(
    each.name for each in fields(OrganisationDetails) if each.name != "organisation_id"
)
"""The fields of an organisation that can be corrected."""


class Removable(StrEnum):
    """The fields that an organisation need not have, and that a correction can take away."""

    REGISTER_NUMBER = "register_number"
    FOUNDED = "founded"
    COMMUNE = "commune"


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
class CorrectOrganisation:
    """Put right what is said of an organisation; a field that is None stays as it is, and those
    that are `removed` have no value from now on."""

    reason: str
    kind: Kind | None = None
    name: Text | None = None
    province: str | None = None
    region: str | None = None
    country: str | None = None
    women_led: bool | None = None
    youth_led: bool | None = None
    register_number: str | None = None
    founded: int | None = None
    commune: str | None = None
    programmes: tuple[str, ...] | None = None
    labels: tuple[Label, ...] | None = None
    removed: tuple[Removable, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeOrganisation:
    """This is the same organisation as another, which it is from now on."""

    into: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnmergeOrganisation:
    """It was not the same after all."""

    reason: str


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


OfOrganisation = CorrectOrganisation | MergeOrganisation | UnmergeOrganisation
"""What is asked of an organisation that is enrolled."""
OfAContact = AddContact | GiveConsent | WithdrawConsent | CorrectContact | EraseContact
Command = EnrolOrganisation | OfOrganisation | OfAContact


# Events


@dataclass(frozen=True, slots=True)
class OrganisationEnrolled(OrganisationDetails):
    """An organisation is known to us."""


@dataclass(frozen=True, slots=True)
class OrganisationCorrected(OrganisationDetails):
    """The organisation as it is from now on; `changed` names the new fields, in the order of
    CORRECTABLE."""

    changed: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrganisationMerged:
    """The organisation is the same as `into`: what is asked for its id is asked for that one."""

    organisation_id: str
    into: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrganisationUnmerged:
    """The two stand for themselves again; `was` is the one that it had been merged into."""

    organisation_id: str
    was: str
    reason: str


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
    | OrganisationCorrected
    | OrganisationMerged
    | OrganisationUnmerged
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
    """`enrolled` is the organisation as it was enrolled or last corrected."""

    enrolled: OrganisationEnrolled | None = None
    merged_into: str | None = None
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
    match command:
        case CorrectOrganisation() | MergeOrganisation() | UnmergeOrganisation():
            return _of_organisation(command, organisation, organisation.enrolled)
        case (
            AddContact() | GiveConsent() | WithdrawConsent() | CorrectContact() | EraseContact()
        ):  # pragma: no branch
            return _of_contact(command, organisation, organisation.enrolled.organisation_id)


def _of_contact(command: OfAContact, organisation: Organisation, own_id: str) -> list[Event]:
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
    enrolled = OrganisationEnrolled(command.organisation_id, **_correctable(command))
    _check(enrolled)
    if organisation.enrolled == enrolled:
        return []
    if organisation.enrolled is not None:
        raise Refused("organisation_already_enrolled", organisation_id=command.organisation_id)
    contact = [] if command.contact is None else _add(command.organisation_id, command.contact)
    return [enrolled, *contact]


def _correctable(details: OrganisationDetails | CorrectOrganisation) -> dict[str, Any]:
    """The fields that can be corrected, by name."""
    return {name: getattr(details, name) for name in CORRECTABLE}


def _check(details: OrganisationDetails) -> None:
    if details.kind is Kind.FOREIGN_DELEGATION and details.country == HOME:
        raise Refused("foreign_delegation_needs_country", country=HOME)
    seen: set[str] = set()
    for label in details.labels:
        if label.code in seen:
            raise Refused("label_twice", label=label.code)
        seen.add(label.code)


def _of_organisation(
    command: OfOrganisation, organisation: Organisation, enrolled: OrganisationEnrolled
) -> list[Event]:
    own_id = enrolled.organisation_id
    match command, organisation.merged_into:
        case MergeOrganisation(into=into), _ if into == own_id:
            raise Refused("merged_into_itself")
        case MergeOrganisation(into=into), one if one == into:
            return []
        case ((CorrectOrganisation() | MergeOrganisation()), str(one)):
            raise Refused("organisation_merged", into=one)
        case MergeOrganisation(), None:
            return [OrganisationMerged(own_id, command.into, command.reason)]
        case CorrectOrganisation(), None:
            return _correct(command, enrolled)
        case UnmergeOrganisation(), None:
            return []
        case UnmergeOrganisation(), str(one):  # pragma: no branch
            return [OrganisationUnmerged(own_id, one, command.reason)]


def _correct(command: CorrectOrganisation, enrolled: OrganisationEnrolled) -> list[Event]:
    asked = {name: new for name, new in _correctable(command).items() if new is not None}
    asked |= {removed.value: None for removed in command.removed}
    after = replace(enrolled, **asked)
    changed = tuple(name for name in CORRECTABLE if getattr(after, name) != getattr(enrolled, name))
    if not changed:
        return []
    _check(after)
    corrected = OrganisationCorrected(
        after.organisation_id, **_correctable(after), changed=changed, reason=command.reason
    )
    return [corrected]


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
        case OrganisationCorrected():
            organisation.enrolled = OrganisationEnrolled(
                event.organisation_id, **_correctable(event)
            )
        case OrganisationMerged():
            organisation.merged_into = event.into
        case OrganisationUnmerged():
            organisation.merged_into = None
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
