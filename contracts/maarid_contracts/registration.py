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
    Part,
    Slug,
    Text,
    added_in,
)
from maarid_contracts.offers import (
    PLACE_OFFER as PLACE_OFFER,
    OfferDeadlineSetV1 as OfferDeadlineSetV1,
    OfferDeclinedV1 as OfferDeclinedV1,
    OfferLapsedV1 as OfferLapsedV1,
    PlaceOfferedV1 as PlaceOfferedV1,
)
from maarid_contracts.organisations import (
    CONTACTS_TOPIC as CONTACTS_TOPIC,
    Channel as Channel,
    ConsentGivenV1 as ConsentGivenV1,
    ConsentWithdrawnV1 as ConsentWithdrawnV1,
    ContactAddedV1 as ContactAddedV1,
    ContactErasedV1 as ContactErasedV1,
    ContactRecordV1 as ContactRecordV1,
    Language as Language,
    OrganisationCorrectedV1 as OrganisationCorrectedV1,
    OrganisationEnrolledV1 as OrganisationEnrolledV1,
    OrganisationKind as OrganisationKind,
    OrganisationMergedV1 as OrganisationMergedV1,
    OrganisationUnmergedV1 as OrganisationUnmergedV1,
    PurposeConsentGivenV1 as PurposeConsentGivenV1,
    PurposeConsentWithdrawnV1 as PurposeConsentWithdrawnV1,
)
from maarid_contracts.people import (
    PEOPLE_TOPIC as PEOPLE_TOPIC,
    WearerAddedV1 as WearerAddedV1,
    WearerErasedV1 as WearerErasedV1,
    WearerRecordV1 as WearerRecordV1,
    WearerRemovedV1 as WearerRemovedV1,
)
from maarid_contracts.registration_topic import TOPIC as TOPIC, RegistrationContract
from maarid_contracts.selection import (
    ApplicationMarkedV1,
    Binding,
    DocumentFoundMissingV1,
    DocumentNoteTakenBackV1,
    DocumentSeenV1,
    DrawHeldV1,
    SelectionPublishedV1,
    SelectionRulesPublishedV1,
)


class Participation(StrEnum):
    """How an organisation takes part: it exhibits and sells, or it is a partner with a desk."""

    EXHIBITOR = "exhibitor"
    INSTITUTIONAL_PARTNER = "institutional_partner"


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
    preferences: tuple[Code, ...] = added_in(
        "1.3.0", default=(), description="What it would like of its booth, but can do without."
    )
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
    preferences: tuple[Code, ...] = added_in(
        "1.3.0", default=(), description="What it would like of its booth, but can do without."
    )
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
    DocumentSeenV1,
    DocumentFoundMissingV1,
    DocumentNoteTakenBackV1,
    PlaceOfferedV1,
    OfferDeadlineSetV1,
    OfferDeclinedV1,
    OfferLapsedV1,
)
RECORDS: tuple[type[Contract], ...] = (ContactRecordV1,)
WEARER_RECORDS: tuple[type[Contract], ...] = (WearerRecordV1,)
