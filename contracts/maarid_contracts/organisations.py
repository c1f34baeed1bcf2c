"""What registration says of organisations and their contacts: a part of `registration`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from maarid_contracts.envelope import Code, Contract, Id, LanguageTag, Part, Slug, Text, added_in
from maarid_contracts.registration_topic import RegistrationContract

CONTACTS_TOPIC = "registration.contacts.v1"


class OrganisationKind(StrEnum):
    """What an organisation is in law or in practice, as known today."""

    COOPERATIVE = "cooperative"
    GIE = "gie"
    ASSOCIATION = "association"
    MUTUAL = "mutual"
    SOCIAL_ENTERPRISE = "social_enterprise"
    ARTISAN = "artisan"
    INSTITUTION = "institution"
    FOREIGN_DELEGATION = "foreign_delegation"


class Language(StrEnum):
    """A language in which people are written to (BCP 47)."""

    ARABIC = "ar"
    FRENCH = "fr"
    TAMAZIGHT = "zgh"
    ENGLISH = "en"


class Channel(StrEnum):
    """The way a message takes, as known today."""

    SMS = "sms"
    WHATSAPP = "whatsapp"


RegisterNumber = Annotated[str, Field(min_length=1, max_length=40, examples=["1254/2019"])]
REGISTER = "Its number in the public register of its kind."
Year = Annotated[int, Field(ge=1800, le=2099, examples=[2012])]
FOUNDED = "The year in which it was founded."


class Label(Part):
    """A label that an organisation was awarded."""

    code: Code = Field(description="Further labels may be added.", examples=["organic"])
    expires_on: date | None = Field(default=None, description="The last day on which it holds.")


class OrganisationEnrolledV1(RegistrationContract):
    """An organisation is known to us.  Its name is a trade name, never a person's."""

    organisation_id: Id
    kind: Code = Field(
        description="What it is in law or in practice; further kinds may be added.",
        examples=["cooperative", "gie", "association", "mutual", "social_enterprise", "artisan"],
    )
    name: Text
    province: Slug
    region: Slug
    country: str = Field(default="MA", pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")
    women_led: bool = False
    youth_led: bool = False
    register_number: RegisterNumber | None = added_in("1.2.0", default=None, description=REGISTER)
    founded: Year | None = added_in("1.2.0", default=None, description=FOUNDED)
    commune: Slug | None = added_in("1.2.0", default=None)
    programmes: tuple[Slug, ...] = added_in(
        "1.2.0", default=(), description="Programmes that support it."
    )
    labels: tuple[Label, ...] = added_in("1.2.0", default=())


class OrganisationCorrectedV1(RegistrationContract):
    """What is said of an organisation was put right: this is how it is from now on."""

    since: ClassVar[str] = "1.2.0"

    organisation_id: Id
    kind: Code = Field(
        description="What it is in law or in practice; further kinds may be added.",
        examples=["cooperative", "gie", "association", "mutual", "social_enterprise", "artisan"],
    )
    name: Text
    province: Slug
    region: Slug
    country: str = Field(default="MA", pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")
    women_led: bool = False
    youth_led: bool = False
    register_number: RegisterNumber | None = Field(default=None, description=REGISTER)
    founded: Year | None = Field(default=None, description=FOUNDED)
    commune: Slug | None = None
    programmes: tuple[Slug, ...] = Field(default=(), description="Programmes that support it.")
    labels: tuple[Label, ...] = ()
    changed: tuple[Code, ...] = Field(
        min_length=1, description="The fields that are new.", examples=[["name", "founded"]]
    )
    reason: Code = Field(examples=["typing_error"])


class OrganisationMergedV1(RegistrationContract):
    """An organisation turned out to be the same as another.

    What is known under its id, contacts and applications, belongs to that one from now on.
    """

    since: ClassVar[str] = "1.2.0"

    organisation_id: Id = Field(description="The duplicate.")
    into: Id = Field(description="The organisation that stays.")
    reason: Code = Field(examples=["enrolled_twice"])


class OrganisationUnmergedV1(RegistrationContract):
    """Two organisations that were taken for one stand for themselves again."""

    since: ClassVar[str] = "1.2.0"

    organisation_id: Id
    was: Id = Field(description="The organisation that it had been merged into.")
    reason: Code = Field(examples=["not_the_same"])


class ContactAddedV1(RegistrationContract):
    """Somebody can be reached for an organisation; who and how stands in the contact record."""

    organisation_id: Id
    contact_id: Id
    role: Code = Field(examples=["chair", "member"])


class ConsentGivenV1(RegistrationContract):
    """A contact agreed to receive messages (Law 09-08); what was agreed to before holds no more."""

    organisation_id: Id
    contact_id: Id
    channel: Code | None = added_in(
        "1.2.0", default=None, description="The way to which the consent is limited."
    )
    text_version: Slug | None = added_in(
        "1.2.0", default=None, description="Of the text that was agreed to, where it is known."
    )


class ConsentWithdrawnV1(RegistrationContract):
    """A contact wants no more messages."""

    organisation_id: Id
    contact_id: Id


class PurposeConsentGivenV1(RegistrationContract):
    """A contact agreed to a purpose other than messages (Law 09-08); what was agreed to before for
    this purpose holds no more."""

    since: ClassVar[str] = "1.2.0"

    organisation_id: Id
    contact_id: Id
    purpose: Code = Field(
        description="Further purposes may be added.", examples=["catalogue", "next_fair"]
    )
    channel: Code | None = Field(
        default=None, description="The way to which the consent is limited."
    )
    text_version: Slug | None = Field(
        default=None, description="Of the text that was agreed to, where it is known."
    )


class PurposeConsentWithdrawnV1(RegistrationContract):
    """A contact agrees to a purpose other than messages no more."""

    since: ClassVar[str] = "1.2.0"

    organisation_id: Id
    contact_id: Id
    purpose: Code = Field(
        description="Further purposes may be added.", examples=["catalogue", "next_fair"]
    )


class ContactErasedV1(RegistrationContract):
    """A contact's personal data was erased on request."""

    organisation_id: Id
    contact_id: Id


class ContactRecordV1(Contract):
    """The current record of one contact; it carries personal data.

    Published on a compacted topic, keyed by contact id; a tombstone means that it was erased, and
    whoever keeps a copy deletes it.
    """

    topic: ClassVar[str] = CONTACTS_TOPIC

    contact_id: Id
    organisation_id: Id
    role: Code
    name: str = Field(min_length=1, max_length=200, description="Personal data.")
    phone: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="Personal data; E.164.")
    language: LanguageTag
    second_language: LanguageTag = Field(
        default="ar",
        description="Written in where a text does not exist in the first.",
    )
    channel: Code = Field(
        description="The way a message takes; further ways may be added.",
        examples=["sms", "whatsapp"],
    )
    consent: bool = Field(description="Whether messages may be sent to this contact.")
    revision: int = Field(ge=1, description="Counts the changes of this record.")
