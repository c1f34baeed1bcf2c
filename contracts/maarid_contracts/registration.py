"""What registration says: fairs, calls, organisations, applications, selection, contacts."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, ClassVar

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
PEOPLE_TOPIC = "registration.people.v1"


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
    origin: Text | None = added_in(
        "1.2.0",
        default=None,
        description="The place that the product is named after or known for.",
    )


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
    late_because: Code | None = added_in(
        "1.2.0",
        default=None,
        description="Why the team took it after the call had closed; null where it came in time.",
        examples=["delegation_sent_it_late"],
    )


class ApplicationChangedV1(RegistrationContract):
    """An application was changed before it was decided on: this is how it is from now on."""

    since: ClassVar[str] = "1.2.0"

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
    changed: tuple[Code, ...] = Field(
        min_length=1, description="The fields that are new.", examples=[["booths", "people"]]
    )
    reason: Code = Field(examples=["typing_error"])


class ExhibitorRegisteredV1(RegistrationContract):
    """An application was accepted: the organisation takes part.

    Its pole and its booths are those that it was given: it may have asked for another pole, or for
    more booths.
    """

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


class ProductFamilyDefinedV1(RegistrationContract):
    """A product family is from now on as it says here, whether it is new or was another way before.

    Products name their family by its code, also before it is defined.
    """

    since: ClassVar[str] = "1.2.0"

    code: Code = Field(examples=["olive_oil"])
    name: Text
    craft: Code = Field(
        description="What its products are; further ones may be added.",
        examples=["food", "craft", "service"],
    )
    dusty: bool = Field(
        default=False,
        description="Whether its goods raise dust where they are shown or worked on: next to food"
        " they should not stand.",
    )
    parent: Code | None = Field(default=None, description="The family that it is a part of.")


class WearerAddedV1(RegistrationContract):
    """Somebody is to wear a badge of an exhibitor; who stands in the wearer's record."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    wearer_id: Id
    role: Code = Field(description="What they do there.", examples=["seller", "interpreter"])


class WearerRemovedV1(RegistrationContract):
    """Somebody does not come after all; nothing personal is kept of them."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    wearer_id: Id
    reason: Code = Field(examples=["ill", "replaced", "exhibitor_withdrawn"])


class WearerErasedV1(RegistrationContract):
    """The personal data of somebody who wore a badge was erased on request."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    wearer_id: Id


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


class WearerRecordV1(Contract):
    """The current record of one who wears a badge, for whoever prints it; it carries personal data.

    Published on a compacted topic, keyed by wearer id; a tombstone means that the person does not
    come or was erased, and whoever keeps a copy deletes it.
    """

    topic: ClassVar[str] = PEOPLE_TOPIC
    since: ClassVar[str] = "1.2.0"

    wearer_id: Id
    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    role: Code = Field(description="What they do there.", examples=["seller", "interpreter"])
    name: str = Field(min_length=1, max_length=200, description="Personal data.")
    phone: str | None = Field(
        default=None, pattern=r"^\+[1-9][0-9]{6,14}$", description="Personal data; E.164."
    )
    revision: int = Field(ge=1, description="Counts the changes of this record.")


EVENTS: tuple[type[Contract], ...] = (
    FairAnnouncedV1,
    FairChangedV1,
    FairCancelledV1,
    CallOpenedV1,
    CallClosedV1,
    OrganisationEnrolledV1,
    OrganisationCorrectedV1,
    OrganisationMergedV1,
    OrganisationUnmergedV1,
    ContactAddedV1,
    ConsentGivenV1,
    ConsentWithdrawnV1,
    PurposeConsentGivenV1,
    PurposeConsentWithdrawnV1,
    ContactErasedV1,
    ApplicationSubmittedV1,
    ApplicationChangedV1,
    ExhibitorRegisteredV1,
    ApplicationWaitlistedV1,
    ApplicationRejectedV1,
    ApplicationWithdrawnV1,
    ExhibitorWithdrawnV1,
    ProductFamilyDefinedV1,
    WearerAddedV1,
    WearerRemovedV1,
    WearerErasedV1,
    SelectionRulesPublishedV1,
    DrawHeldV1,
    SelectionPublishedV1,
    ApplicationMarkedV1,
)
RECORDS: tuple[type[Contract], ...] = (ContactRecordV1,)
WEARER_RECORDS: tuple[type[Contract], ...] = (WearerRecordV1,)
