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
from services.registration.organisations import consent
from services.registration.organisations.consent import Contacts, NewContact

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


OfOrganisation = CorrectOrganisation | MergeOrganisation | UnmergeOrganisation
"""What is asked of an organisation that is enrolled."""
Command = EnrolOrganisation | OfOrganisation | consent.Command


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


Event = (
    OrganisationEnrolled
    | OrganisationCorrected
    | OrganisationMerged
    | OrganisationUnmerged
    | consent.Event
)


# State


@dataclass
class Organisation:
    """`enrolled` is the organisation as it was enrolled or last corrected."""

    enrolled: OrganisationEnrolled | None = None
    merged_into: str | None = None
    contacts: Contacts = field(default_factory=Contacts)


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
            consent.AddContact()
            | consent.GiveConsent()
            | consent.WithdrawConsent()
            | consent.CorrectContact()
            | consent.EraseContact()
        ):  # pragma: no branch
            own_id = organisation.enrolled.organisation_id
            return [*consent.decide(command, organisation.contacts, own_id)]


def _enrol(command: EnrolOrganisation, organisation: Organisation) -> list[Event]:
    enrolled = OrganisationEnrolled(command.organisation_id, **_correctable(command))
    _check(enrolled)
    if organisation.enrolled == enrolled:
        return []
    if organisation.enrolled is not None:
        raise Refused("organisation_already_enrolled", organisation_id=command.organisation_id)
    contact = (
        [] if command.contact is None else consent.add(command.organisation_id, command.contact)
    )
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
        case (
            consent.ContactAdded()
            | consent.ConsentGiven()
            | consent.ConsentWithdrawn()
            | consent.PurposeConsentGiven()
            | consent.PurposeConsentWithdrawn()
            | consent.ContactErased()
        ):  # pragma: no branch
            organisation.contacts = consent.evolve(organisation.contacts, event)
    return organisation


DECIDER = Decider("organisation", initial, decide, evolve)


def organisation_stream(organisation_id: str) -> Stream[Command, Organisation, Event]:
    """The stream of one organisation."""
    return DECIDER.stream(organisation_id)
