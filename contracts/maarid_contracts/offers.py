"""What registration says of places offered to the waiting list: a part of `registration`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.registration_topic import RegistrationContract

PLACE_OFFER = "place_offer"
"""The kind of what a message is about, where it tells of such an offer."""


class OfOffer(RegistrationContract):
    """What every event of an offer says; it is no event itself."""

    fair_id: Slug
    offer_id: Id
    application_id: Id = Field(description="To whom it was made; once accepted, the exhibitor.")
    organisation_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")


class PlaceOfferedV1(OfOffer):
    """A place that was given back is kept for an application that waited, until it is answered.

    If it is accepted, ExhibitorRegistered follows; if not, OfferDeclined or OfferLapsed, or the
    application is withdrawn or rejected.
    """

    since: ClassVar[str] = "1.2.0"

    pole_id: Slug
    booths: int = Field(ge=1)
    hours: int = Field(ge=1, description="So long it stands after the contact was told.")


class OfferDeadlineSetV1(OfOffer):
    """The contact was told of an offer: its time runs."""

    since: ClassVar[str] = "1.2.0"

    began_at: AwareDatetime = Field(description="When the contact was told.")
    lapses_at: AwareDatetime
    because: Code = Field(
        description="How the contact was told; further ways may be added.",
        examples=["delivered", "told"],
    )


class OfferDeclinedV1(OfOffer):
    """The organisation does not want the place: its application is withdrawn."""

    since: ClassVar[str] = "1.2.0"

    pole_id: Slug
    booths: int = Field(ge=1)
    reason: Code = Field(examples=["cannot_come"])


class OfferLapsedV1(OfOffer):
    """An offer was not answered in time.  The application gets no offer any more, unless the
    organising team puts it on the waiting list again."""

    since: ClassVar[str] = "1.2.0"

    pole_id: Slug
    booths: int = Field(ge=1)
    lapsed_at: AwareDatetime = Field(description="The deadline that it missed.")
