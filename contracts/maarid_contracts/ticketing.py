"""What ticketing says: workshop seats, visitor tickets, and who came through the gates."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import Code, Contract, Id, Slug, Text, added_in
from maarid_contracts.gates import (
    DoubleEntryFoundV1 as DoubleEntryFoundV1,
    GateRulesSetV1 as GateRulesSetV1,
    GateScan as GateScan,
    GateScansRecordedV1 as GateScansRecordedV1,
    PlaceInsideGivenV1 as PlaceInsideGivenV1,
    SequencesReusedV1 as SequencesReusedV1,
)
from maarid_contracts.ticketing_topic import (
    TOPIC as TOPIC,
    TicketingContract as TicketingContract,
)

SEAT_OFFER = "seat_offer"
"""The kind of what a message is about, where it tells of an offered seat; the id is the seat's."""


class TicketKind(StrEnum):
    """Who a ticket is for, as known today."""

    VISITOR = "visitor"
    BUYER = "buyer"
    PUPILS = "pupils"
    EXHIBITOR = "exhibitor"
    GUEST = "guest"


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
    places: int = added_in("1.3.0", default=1, ge=1, description="How many seats; a group's.")
    from_offer: bool = added_in("1.3.0", default=False, description="It was offered, and accepted.")


class SeatWaitlistedV1(TicketingContract):
    """Somebody waits for a seat."""

    fair_id: Slug
    session_id: Id
    seat_id: Id
    attendee_id: Id
    contact_id: Id | None = None
    rank: int = Field(ge=1)
    places: int = added_in("1.3.0", default=1, ge=1, description="How many seats; a group's.")


class SeatReleasedV1(TicketingContract):
    """A reservation, or a place on the waiting list, was given up."""

    fair_id: Slug
    session_id: Id
    seat_id: Id
    attendee_id: Id
    contact_id: Id | None = None
    waited: bool = Field(default=False, description="It was a place on the waiting list.")
    reason: Code = Field(examples=["cancelled_by_attendee", "workshop_cancelled", "no_show"])
    places: int = added_in("1.3.0", default=1, ge=1, description="How many seats; a group's.")


class WorkshopFullV1(TicketingContract):
    """The last seat of a workshop was taken."""

    fair_id: Slug
    session_id: Id
    capacity: int = Field(ge=1)


class WorkshopReopenedV1(TicketingContract):
    """A full workshop has seats again, and they fit nobody who waits."""

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
    opens_at: AwareDatetime | None = added_in(
        "1.3.0", default=None, description="Nobody reserves before."
    )
    held: int | None = added_in(
        "1.3.0", default=None, ge=1, description="Seats for those whom a programme supports."
    )
    held_until: AwareDatetime | None = added_in(
        "1.3.0", default=None, description="From then on they are for everybody."
    )
    offer_minutes: int | None = added_in(
        "1.3.0",
        default=None,
        ge=1,
        description="So long an offer stands once told; without, who waits moves up at once.",
    )
    no_show_minutes: int | None = added_in(
        "1.3.0",
        default=None,
        ge=1,
        description="So long after the start a seat is kept that was not scanned.",
    )


class HeldSeatsReleasedV1(TicketingContract):
    """Seats that were held for those whom a programme supports are for everybody."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    session_id: Id
    places: int = Field(ge=1)


class OfferedSeat(TicketingContract):
    """What every event of an offered seat, or of a seat at the door, begins with."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    session_id: Id
    seat_id: Id
    attendee_id: Id
    contact_id: Id | None = Field(default=None, description="Whom to tell.")


class SeatOfferedV1(OfferedSeat):
    """Seats are kept for somebody who waits, until they answer or the offer lapses."""

    places: int = Field(ge=1)
    minutes: int = Field(ge=1, description="So long it stands once its contact was told.")
    lapses_at: AwareDatetime = Field(description="When it lapses at the latest.")


class SeatOfferDeadlineSetV1(OfferedSeat):
    """The contact of an offer was told: it lapses at its deadline."""

    began_at: AwareDatetime
    lapses_at: AwareDatetime


class SeatOfferPassedV1(OfferedSeat):
    """The contact of an offer cannot be told: the next is asked, and this one goes on waiting."""

    places: int = Field(ge=1)
    reason: Code = Field(examples=["no_consent", "undeliverable"])


class SeatOfferDeclinedV1(OfferedSeat):
    """Somebody who waited does not want the seats any more; they wait no longer."""

    places: int = Field(ge=1)
    reason: Code


class SeatOfferLapsedV1(OfferedSeat):
    """An offer was not answered in time; whom it was made to waits no longer."""

    places: int = Field(ge=1)
    lapsed_at: AwareDatetime


class SeatAttendedV1(OfferedSeat):
    """A reservation was scanned at the door of the hall."""

    places: int = Field(ge=1)
    at: AwareDatetime


class WalkInAdmittedV1(TicketingContract):
    """People without a seat were let into a workshop that had room for them."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    session_id: Id
    walk_in_id: Id
    people: int = Field(ge=1)
    at: AwareDatetime


class CapacityExceededV1(TicketingContract):
    """A phone at the door let people into a workshop for whom too few seats were free."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    session_id: Id
    walk_in_id: Id
    people: int = Field(ge=1, description="All of them are inside; they are no walk-ins besides.")
    left: int = Field(ge=0, description="Seats that were free.")
    at: AwareDatetime


class DutyContract(TicketingContract):
    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    organisation_id: Id = Field(description="The exhibitor.")


class DutyClaimedV1(DutyContract):
    """People of an exhibitor are to be in a workshop: their seat, or place on the waiting list, is
    asked for after this."""

    session_id: Id
    seat_id: Id
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    places: int = Field(ge=1, description="People who are away in this time.")
    people: int = Field(ge=0, description="All people of the exhibitor; one stays at the stand.")


class DutyMovedV1(DutyContract):
    """They are away at another time, because their workshop was moved."""

    session_id: Id
    seat_id: Id
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    people: int = Field(ge=0)


class DutyReleasedV1(DutyContract):
    """They are not away in the time of the workshop after all."""

    session_id: Id
    seat_id: Id
    reason: Code = Field(examples=["seat_refused", "seat_released", "reservation_lapsed"])


class DutyBrokenV1(DutyContract):
    """Nobody would be at the stand from a moment on, because a workshop was moved."""

    at: AwareDatetime
    sessions: tuple[Id, ...] = Field(description="The workshops that overlap then.")
    places: int = Field(ge=1, description="People who would be away then.")
    people: int = Field(ge=1, description="All people of the exhibitor.")


class DutyRestoredV1(DutyContract):
    """There is somebody for the stand at all times again."""


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
    party: int = Field(ge=1, description="People who came in.")
    checked_in_at: AwareDatetime
    again: bool = added_in(
        "1.3.0", default=False, description="The ticket had opened a gate before: further people."
    )
    overruled: bool = added_in(
        "1.3.0", default=False, description="A steward let them in against a rule."
    )
    scan_id: Id | None = added_in("1.3.0", default=None, description="The scan of a device.")
    device_id: Id | None = added_in("1.3.0", default=None)


class TicketCheckedOutV1(TicketingContract):
    """People with a ticket went out."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    ticket_id: Id
    gate_id: Slug
    people: int = Field(ge=1)
    checked_out_at: AwareDatetime
    scan_id: Id | None = None
    device_id: Id | None = None


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
    DutyClaimedV1,
    DutyMovedV1,
    DutyReleasedV1,
    DutyBrokenV1,
    DutyRestoredV1,
    HeldSeatsReleasedV1,
    SeatOfferedV1,
    SeatOfferDeadlineSetV1,
    SeatOfferPassedV1,
    SeatOfferDeclinedV1,
    SeatOfferLapsedV1,
    SeatAttendedV1,
    WalkInAdmittedV1,
    CapacityExceededV1,
    TicketIssuedV1,
    TicketRevokedV1,
    TicketReissuedV1,
    TicketCheckedInV1,
    TicketCheckedOutV1,
    DoubleEntryFoundV1,
    GateRulesSetV1,
    PlaceInsideGivenV1,
    GateScansRecordedV1,
    SequencesReusedV1,
)
