"""What registration says: fairs, calls, organisations, applications, selection, contacts."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import (
    Code,
    Contract,
    Id,
    LanguageTag,
    Part,
    Slug,
    Text,
    added_in,
)
from maarid_contracts.selection import (
    ApplicationMarkedV1,
    Binding,
    DrawHeldV1,
    SelectionPublishedV1,
    SelectionRulesPublishedV1,
)

TOPIC = "registration.events.v1"
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


class Participation(StrEnum):
    """How an organisation takes part: it exhibits and sells, or it is a partner with a desk."""

    EXHIBITOR = "exhibitor"
    INSTITUTIONAL_PARTNER = "institutional_partner"


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


class Pole(Part):
    """A part of the fair with its own theme and its own number of booths."""

    pole_id: Slug
    name: Text
    places: int = Field(ge=0, description="Booths that exhibitors of this pole can be given.")


class SupportProgramme(Part):
    """A public programme whose beneficiaries are to be recognisable at the fair."""

    programme_id: Slug
    name: Text


class Product(Part):
    """Something that an organisation sells, within a product family."""

    family: Code
    name: Text


class Needs(Part):
    """What an organisation needs of its booth."""

    electricity: bool = False
    water: bool = False
    corner: bool = False
    step_free: bool = False
    min_area_m2: float = Field(default=0.0, ge=0, description="Square metres; 0 is any size.")


class RegistrationContract(Contract):
    topic: ClassVar[str] = TOPIC


class FairAnnouncedV1(RegistrationContract):
    """A fair will take place."""

    fair_id: Slug
    edition: int = Field(ge=1)
    name: Text
    region: Text
    city: Text
    venue: Text
    timezone: str = Field(examples=["Africa/Casablanca"], description="IANA name.")
    first_day: date
    last_day: date
    opens_at: time = Field(description="Local time at which the doors open each day.")
    closes_at: time = Field(description="Local time at which the doors close each day.")
    area_m2: int | None = Field(default=None, ge=1)
    poles: tuple[Pole, ...] = Field(min_length=1)
    programmes: tuple[SupportProgramme, ...] = ()


class FairChangedV1(RegistrationContract):
    """A fair was corrected or moved: this is how it is from now on.

    Its poles and programmes stay as they were announced.
    """

    since: ClassVar[str] = "1.1.0"

    fair_id: Slug
    edition: int = Field(ge=1)
    name: Text
    region: Text
    city: Text
    venue: Text
    timezone: str = Field(examples=["Africa/Casablanca"], description="IANA name.")
    first_day: date
    last_day: date
    opens_at: time = Field(description="Local time at which the doors open each day.")
    closes_at: time = Field(description="Local time at which the doors close each day.")
    area_m2: int | None = Field(default=None, ge=1)
    changed: tuple[Code, ...] = Field(
        min_length=1, description="The fields that are new.", examples=[["first_day", "last_day"]]
    )
    reason: Code = Field(examples=["bad_weather"])


class FairCancelledV1(RegistrationContract):
    """A fair will not take place, and nothing of it changes any more."""

    since: ClassVar[str] = "1.1.0"

    fair_id: Slug
    reason: Code = Field(examples=["bad_weather"])


class CallOpenedV1(RegistrationContract):
    """Organisations may apply, until the deadline."""

    fair_id: Slug
    closes_at: AwareDatetime


class CallClosedV1(RegistrationContract):
    """No further application is taken."""

    fair_id: Slug
    reason: Code = Field(examples=["deadline", "by_hand"])


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


class ContactAddedV1(RegistrationContract):
    """Somebody can be reached for an organisation; who and how stands in the contact record."""

    organisation_id: Id
    contact_id: Id
    role: Code = Field(examples=["chair", "member"])


class ConsentGivenV1(RegistrationContract):
    """A contact agreed to receive messages (Law 09-08)."""

    organisation_id: Id
    contact_id: Id


class ConsentWithdrawnV1(RegistrationContract):
    """A contact wants no more messages."""

    organisation_id: Id
    contact_id: Id


class ContactErasedV1(RegistrationContract):
    """A contact's personal data was erased on request."""

    organisation_id: Id
    contact_id: Id


class ApplicationSubmittedV1(RegistrationContract):
    """An organisation applied to take part in a fair."""

    fair_id: Slug
    application_id: Id
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    participation: Participation
    pole_id: Slug
    products: tuple[Product, ...] = ()
    booths: int = Field(ge=1, description="Booths wanted.")
    people: int = Field(ge=0, description="People who would come and wear a badge.")
    needs: Needs = Needs()
    programmes: tuple[Slug, ...] = Field(default=(), description="Programmes that support it.")


class ExhibitorRegisteredV1(RegistrationContract):
    """An application was accepted: the organisation takes part."""

    fair_id: Slug
    exhibitor_id: Id = Field(description="The id of the application that was accepted.")
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    participation: Participation
    pole_id: Slug
    booths: int = Field(ge=1)
    people: int = Field(ge=0)
    families: tuple[Code, ...] = Field(default=(), description="Product families, sorted.")
    needs: Needs = Needs()
    programmes: tuple[Slug, ...] = ()
    from_waitlist: bool = False
    reason: Code = Field(examples=["selected", "place_given_back"])
    score: int | None = added_in(
        "1.2.0", default=None, description="Its points by the published rules, where it was ranked."
    )
    draw_rank: int | None = added_in(
        "1.2.0", default=None, ge=1, description="Its rank in the draw that orders equal scores."
    )
    bound_by: Binding | None = added_in(
        "1.2.0", default=None, description="What kept it out: `places`, or a quota of the rules."
    )
    newcomer: bool = added_in(
        "1.2.0", default=False, description="It exhibited at no fair before this one."
    )
    pioneer: bool = added_in(
        "1.2.0", default=False, description="The organising team marked it as a pioneer."
    )
    commune: Slug | None = added_in("1.2.0", default=None)
    preferences: tuple[Code, ...] = added_in(
        "1.2.0", default=(), description="What it would like of its booth."
    )


class ApplicationWaitlistedV1(RegistrationContract):
    """An application waits for a place of its pole."""

    fair_id: Slug
    application_id: Id
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    pole_id: Slug
    rank: int = Field(ge=1, description="Its rank on the pole's list when it was put there.")
    reason: Code
    score: int | None = added_in(
        "1.2.0", default=None, description="Its points by the published rules, where it was ranked."
    )
    draw_rank: int | None = added_in(
        "1.2.0", default=None, ge=1, description="Its rank in the draw that orders equal scores."
    )
    bound_by: Binding | None = added_in(
        "1.2.0", default=None, description="What kept it out: `places`, or a quota of the rules."
    )


class ApplicationRejectedV1(RegistrationContract):
    """An application was refused, for a reason."""

    fair_id: Slug
    application_id: Id
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    reason: Code
    score: int | None = added_in(
        "1.2.0", default=None, description="Its points by the published rules, where it was ranked."
    )
    draw_rank: int | None = added_in(
        "1.2.0", default=None, ge=1, description="Its rank in the draw that orders equal scores."
    )
    bound_by: Binding | None = added_in(
        "1.2.0", default=None, description="What kept it out: `places`, or a quota of the rules."
    )


class ApplicationWithdrawnV1(RegistrationContract):
    """The organisation took its application back before it was accepted."""

    fair_id: Slug
    application_id: Id
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    reason: Code


class ExhibitorWithdrawnV1(RegistrationContract):
    """An exhibitor will not come after all; its places are free again."""

    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    pole_id: Slug
    booths: int = Field(ge=1)
    reason: Code


class ContactRecordV1(Contract):
    """The current record of one contact: the only contract that carries personal data.

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


EVENTS: tuple[type[Contract], ...] = (
    FairAnnouncedV1,
    FairChangedV1,
    FairCancelledV1,
    CallOpenedV1,
    CallClosedV1,
    OrganisationEnrolledV1,
    ContactAddedV1,
    ConsentGivenV1,
    ConsentWithdrawnV1,
    ContactErasedV1,
    ApplicationSubmittedV1,
    ExhibitorRegisteredV1,
    ApplicationWaitlistedV1,
    ApplicationRejectedV1,
    ApplicationWithdrawnV1,
    ExhibitorWithdrawnV1,
    SelectionRulesPublishedV1,
    DrawHeldV1,
    SelectionPublishedV1,
    ApplicationMarkedV1,
)
RECORDS: tuple[type[Contract], ...] = (ContactRecordV1,)
