"""What ticketing says: workshop seats, visitor tickets, and who came through the gates."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import Code, Contract, Id, Part, Slug, Text, added_in

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


class DoubleEntryFoundV1(TicketingContract):
    """A ticket let more people in than it is for, without an exit between, as known by then."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    ticket_id: Id
    first_id: Id = Field(description="The scan of the entry before.")
    first_gate_id: Slug
    first_at: AwareDatetime = Field(description="By the server's clock, as all times here.")
    second_id: Id = Field(description="The scan of the entry that was one too many.")
    second_gate_id: Slug
    second_at: AwareDatetime


class GateRulesSetV1(TicketingContract):
    """The rules of a fair's gates as they hold from now on."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    reentry: tuple[Code, ...] = Field(description="Kinds of tickets that let in again.")
    inside_limit: int | None = Field(default=None, ge=1, description="People inside at once.")


class PlaceInsideGivenV1(TicketingContract):
    """Some of the last places inside a fair are kept for people who are about to come in."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    ticket_id: Id
    scan_id: Id
    people: int = Field(ge=1)
    given_at: AwareDatetime
    overruled: bool = False


class GateScan(Part):
    """What a device at a gate saw, and what it decided."""

    scan_id: Id
    sequence: int = Field(ge=1, description="The device counts its scans.")
    at: AwareDatetime = Field(description="By the server's clock: what the device said, corrected.")
    device_at: AwareDatetime = Field(description="By the clock of the device.")
    offset_ms: int | None = Field(
        default=None, description="What the server's clock was ahead, as the device had measured."
    )
    ticket_id: Id | None = Field(default=None, description="None for people without a ticket.")
    issue: int | None = None
    direction: Code = Field(examples=["in", "out"])
    people: int = Field(ge=1)
    verdict: Code = Field(examples=["let_in", "let_out", "already_inside"])
    decided: Code = Field(examples=["online", "offline"])
    overruled: bool = False


class GateScansRecordedV1(TicketingContract):
    """A device uploaded scans that were not known yet."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    device_id: Id
    gate_id: Slug
    session_id: Id | None = Field(default=None, description="It stands at this workshop's door.")
    received_at: AwareDatetime
    scans: tuple[GateScan, ...]


class SequencesReusedV1(TicketingContract):
    """A device gave numbers that it had used to other scans; these were not recorded."""

    since: ClassVar[str] = "1.3.0"

    fair_id: Slug
    device_id: Id
    sequences: tuple[int, ...]


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
    TicketCheckedOutV1,
    DoubleEntryFoundV1,
    GateRulesSetV1,
    PlaceInsideGivenV1,
    GateScansRecordedV1,
    SequencesReusedV1,
)
