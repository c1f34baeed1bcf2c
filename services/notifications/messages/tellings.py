"""What a message can say, and the one table of which event leads to which message to whom.  Pure.

The subscriptions, the policies and the commands of messages all follow from `TELLINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from enum import Enum, StrEnum, auto
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID, uuid5

from maarid_contracts import Contract
from maarid_contracts.registration import (
    PLACE_OFFER,
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWaitlistedV1,
    ApplicationWithdrawnV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairCancelledV1,
    FairChangedV1,
    OfferDeclinedV1,
    OfferLapsedV1,
    PlaceOfferedV1,
)
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1
from maarid_contracts.ticketing import (
    SEAT_OFFER,
    SeatOfferedV1,
    SeatOfferLapsedV1,
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
)

from services.notifications.messages.domain import About, RequestMessage


class Template(StrEnum):
    """What a message can say.  Each has its text in the Fluent file of every language."""

    APPLICATION_RECEIVED = "application_received"
    APPLICATION_ACCEPTED = "application_accepted"
    APPLICATION_WAITLISTED = "application_waitlisted"
    APPLICATION_REJECTED = "application_rejected"
    PARTICIPATION_WITHDRAWN = "participation_withdrawn"
    PLACE_OFFERED = "place_offered"
    OFFER_LAPSED = "offer_lapsed"
    BOOTH_ASSIGNED = "booth_assigned"
    BOOTH_RELEASED = "booth_released"
    SEAT_RESERVED = "seat_reserved"
    SEAT_WAITLISTED = "seat_waitlisted"
    SEAT_MOVED_UP = "seat_moved_up"
    SEAT_OFFERED = "seat_offered"
    SEAT_OFFER_LAPSED = "seat_offer_lapsed"
    SEAT_RELEASED = "seat_released"
    SESSION_MOVED = "session_moved"
    SESSION_CANCELLED = "session_cancelled"
    SESSION_TOMORROW = "session_tomorrow"
    FAIR_CHANGED = "fair_changed"
    FAIR_CANCELLED = "fair_cancelled"
    CAMPAIGN = "campaign"
    """Says what the organising team has written: `services/notifications/campaigns`."""
    CODE = "code"
    """Goes to a number and not to a contact: `services/notifications/codes`."""


class Audience(Enum):
    """Who is told of an event."""

    CONTACT = auto()
    """The contact that the event names in `contact_id`; nobody where that is None."""
    PARTICIPANTS = auto()
    """The contacts of those who take part in the fair or have applied."""
    SEATS = auto()
    """The contacts with a seat in the workshop, or a place on its waiting list."""


class OfFair(Protocol):
    """An event that belongs to a fair."""

    @property
    def fair_id(self) -> str: ...


Told = TypeVar("Told", bound=OfFair)


def _always(_: object) -> bool:
    return True


def _nothing(_: object) -> None:
    return None


@dataclass(frozen=True)
class Telling(Generic[Told]):
    """An event of this contract, if `when` says so, leads to a message of this template.

    The arguments are codes, ids and ISO times; they are never personal.  `about` is what the
    message asks for, whose service waits for its delivery.
    """

    contract: type[Told]
    template: Template
    arguments: Callable[[Told], Mapping[str, str]]
    when: Callable[[Told], bool] = _always
    to: Audience = Audience.CONTACT
    about: Callable[[Told], About | None] = _nothing

    def message(self, event: Told, cause: UUID, contact_id: str) -> RequestMessage:
        """The command that requests the message to one contact."""
        command = requesting(cause, self.template, event.fair_id, contact_id, self.arguments(event))
        return replace(command, about=self.about(event))


TOLD_OTHERWISE = frozenset({"swapped", "reassigned", "exhibitor_withdrew"})
"""Why a booth may be released without a message of its own: the new booth, or the end of the
participation, is told already."""

SEATS_TOLD_OTHERWISE = frozenset({"offer_lapsed", "no_show"})
"""Why a seat may be released without a message of its own: that the offer lapsed is told, and who
did not come needs none at the door."""

TOLD_CHANGES = frozenset({"first_day", "last_day", "opens_at", "closes_at", "venue", "city"})
"""The changes of a fair that are told: when and where it takes place."""


def its(*names: str) -> Callable[[object], Mapping[str, str]]:
    """The arguments that are the event's fields of the same names."""
    return lambda event: {name: _as_text(getattr(event, name)) for name in names}


def _as_text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _days_and_hours(changed: FairChangedV1) -> Mapping[str, str]:
    one_day = _as_text(changed.first_day == changed.last_day)
    return {**its("first_day", "last_day", "opens_at", "closes_at")(changed), "one_day": one_day}


# Of the tellings of one contract the first that applies counts.
TELLINGS = (
    Telling(ApplicationSubmittedV1, Template.APPLICATION_RECEIVED, its("pole_id")),
    Telling(ExhibitorRegisteredV1, Template.APPLICATION_ACCEPTED, its("pole_id", "from_waitlist")),
    Telling(ApplicationWaitlistedV1, Template.APPLICATION_WAITLISTED, its("rank", "reason")),
    Telling(ApplicationRejectedV1, Template.APPLICATION_REJECTED, its("reason")),
    Telling(
        ApplicationWithdrawnV1,
        Template.PARTICIPATION_WITHDRAWN,
        lambda event: {"accepted": "false", "reason": event.reason},
    ),
    Telling(
        ExhibitorWithdrawnV1,
        Template.PARTICIPATION_WITHDRAWN,
        lambda event: {"accepted": "true", "reason": event.reason},
    ),
    Telling(
        PlaceOfferedV1,
        Template.PLACE_OFFERED,
        its("pole_id", "booths", "hours"),
        about=lambda event: About(PLACE_OFFER, event.offer_id),
    ),
    Telling(OfferLapsedV1, Template.OFFER_LAPSED, its("pole_id")),
    Telling(
        OfferDeclinedV1,
        Template.PARTICIPATION_WITHDRAWN,
        lambda event: {"accepted": "false", "reason": event.reason},
    ),
    Telling(
        FairChangedV1,
        Template.FAIR_CHANGED,
        _days_and_hours,
        when=lambda event: not TOLD_CHANGES.isdisjoint(event.changed),
        to=Audience.PARTICIPANTS,
    ),
    Telling(FairCancelledV1, Template.FAIR_CANCELLED, its("reason"), to=Audience.PARTICIPANTS),
    Telling(
        BoothAssignedV1,
        Template.BOOTH_ASSIGNED,
        lambda event: {"booth": event.booth_id, "pole_id": event.pole_id, "method": event.method},
    ),
    Telling(
        BoothReleasedV1,
        Template.BOOTH_RELEASED,
        lambda event: {"booth": event.booth_id, "reason": event.reason},
        when=lambda event: event.reason not in TOLD_OTHERWISE,
    ),
    # Of each contact it is said as well whether it has a seat or waits for one.
    Telling(
        WorkshopMovedV1,
        Template.SESSION_MOVED,
        its("session_id", "starts_at", "hall_id"),
        to=Audience.SEATS,
    ),
    Telling(
        SeatReservedV1,
        Template.SEAT_MOVED_UP,
        its("session_id"),
        when=lambda event: event.from_waitlist and not event.from_offer,
    ),
    Telling(SeatReservedV1, Template.SEAT_RESERVED, its("session_id")),
    Telling(
        SeatOfferedV1,
        Template.SEAT_OFFERED,
        its("session_id", "minutes"),
        about=lambda event: About(SEAT_OFFER, event.seat_id),
    ),
    Telling(SeatOfferLapsedV1, Template.SEAT_OFFER_LAPSED, its("session_id")),
    Telling(SeatWaitlistedV1, Template.SEAT_WAITLISTED, its("session_id", "rank")),
    Telling(
        SeatReleasedV1,
        Template.SESSION_CANCELLED,
        its("session_id"),
        when=lambda event: event.reason == "workshop_cancelled",
    ),
    Telling(
        SeatReleasedV1,
        Template.SEAT_RELEASED,
        its("session_id", "waited"),
        when=lambda event: event.reason not in SEATS_TOLD_OTHERWISE,
    ),
)

QUESTIONS = frozenset(each.template for each in TELLINGS if each.about is not _nothing)
"""What asks its contact for something."""

AUDIENCES: Mapping[type[Contract], Audience] = {each.contract: each.to for each in TELLINGS}
"""Who is told of the events of each contract."""


def telling_of(event: Any) -> Telling[Any] | None:
    """How an event is told; None where nobody is told of it."""
    applying = (each for each in TELLINGS if each.contract is type(event) and each.when(event))
    return next(applying, None)


def message_to_its_contact(event: Any, cause: UUID) -> RequestMessage | None:
    """The message to the contact that an event names; None where nobody is told."""
    telling = telling_of(event)
    if telling is None or event.contact_id is None:
        return None
    return telling.message(event, cause, event.contact_id)


def message_id_of(cause: UUID, template: Template, contact_id: str) -> str:
    """The same id for the same message, however often its cause is received."""
    return str(uuid5(cause, f"{template}:{contact_id}"))


def requesting(
    cause: UUID, template: Template, fair_id: str, contact_id: str, arguments: Mapping[str, str]
) -> RequestMessage:
    """The command that requests a message, under an id of cause, template and contact."""
    message_id = message_id_of(cause, template, contact_id)
    return RequestMessage(message_id, fair_id, contact_id, template.value, arguments)
