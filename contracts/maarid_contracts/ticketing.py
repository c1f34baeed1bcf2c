"""What ticketing says: workshop seats, visitor tickets, and who came through the gates."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import Code, Contract, Id, Slug, Text, added_in

TOPIC = "ticketing.events.v1"


class TicketKind(StrEnum):
    """Who a ticket is for, as known today."""

    VISITOR = "visitor"
    BUYER = "buyer"
    PUPILS = "pupils"
    EXHIBITOR = "exhibitor"
    GUEST = "guest"


class TicketingContract(Contract):
    topic: ClassVar[str] = TOPIC


class WorkshopOpenedV1(TicketingContract):
    """Seats of a workshop can be reserved."""

    fair_id: Slug
    session_id: Id
    title: Text
    hall_id: Slug
    capacity: int = Field(ge=1)
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class WorkshopMovedV1(TicketingContract):
    """A workshop takes place at another time or in another hall; its seats stay reserved."""

    fair_id: Slug
    session_id: Id
    hall_id: Slug
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class WorkshopCancelledV1(TicketingContract):
    """A workshop will not take place; its seats were released."""

    fair_id: Slug
    session_id: Id
    reason: Code


class SeatReservedV1(TicketingContract):
    """Somebody has a seat."""

    fair_id: Slug
    session_id: Id
    seat_id: Id = Field(description="The reservation.")
    attendee_id: Id = Field(description="Who will sit: a contact, a ticket, a badge; no name.")
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    from_waitlist: bool = False


class SeatWaitlistedV1(TicketingContract):
    """Somebody waits for a seat."""

    fair_id: Slug
    session_id: Id
    seat_id: Id
    attendee_id: Id
    contact_id: Id | None = None
    rank: int = Field(ge=1)


class SeatReleasedV1(TicketingContract):
    """A reservation, or a place on the waiting list, was given up."""

    fair_id: Slug
    session_id: Id
    seat_id: Id
    attendee_id: Id
    contact_id: Id | None = None
    waited: bool = Field(default=False, description="It was a place on the waiting list.")
    reason: Code = Field(examples=["cancelled_by_attendee", "workshop_cancelled"])


class WorkshopFullV1(TicketingContract):
    """The last seat of a workshop was taken."""

    fair_id: Slug
    session_id: Id
    capacity: int = Field(ge=1)


class WorkshopReopenedV1(TicketingContract):
    """A full workshop has seats again and nobody waits for them."""

    fair_id: Slug
    session_id: Id
    seats_left: int = Field(ge=1)


class WorkshopRulesSetV1(TicketingContract):
    """The rules of a workshop as they hold from now on; what was reserved stays."""

    since: ClassVar[str] = "1.1.0"

    fair_id: Slug
    session_id: Id
    places_per_organisation: int = Field(
        ge=1,
        description="Seats, and places on the waiting list, that one organisation may take.",
    )


class TicketIssuedV1(TicketingContract):
    """A ticket for a day of the fair, or for several, was given out."""

    fair_id: Slug
    ticket_id: Id
    kind: Code = Field(
        description="Who it is for; further kinds may be added.",
        examples=["visitor", "buyer", "pupils", "exhibitor", "guest"],
    )
    day: date
    party: int = Field(ge=1, description="People it lets in, together.")
    province: Slug | None = Field(default=None, description="Where they come from, if said.")
    last_day: date | None = added_in(
        "1.3.0", default=None, description="Of a ticket for several days; else `day` is its last."
    )


class TicketRevokedV1(TicketingContract):
    """A ticket opens no gate any more."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    ticket_id: Id
    reason: Code = Field(examples=["stolen"])


class TicketReissuedV1(TicketingContract):
    """A ticket was given out once more; what was printed before opens no gate."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    ticket_id: Id
    issue: int = Field(
        ge=2, le=255, examples=[2], description="The number of this issue; the first was 1."
    )


class TicketCheckedInV1(TicketingContract):
    """The bearer of a ticket came in."""

    fair_id: Slug
    ticket_id: Id
    gate_id: Slug
    party: int = Field(ge=1)
    checked_in_at: AwareDatetime


EVENTS: tuple[type[Contract], ...] = (
    WorkshopOpenedV1,
    WorkshopMovedV1,
    WorkshopCancelledV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    SeatReleasedV1,
    WorkshopFullV1,
    WorkshopReopenedV1,
    WorkshopRulesSetV1,
    TicketIssuedV1,
    TicketRevokedV1,
    TicketReissuedV1,
    TicketCheckedInV1,
)
