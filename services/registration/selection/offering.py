"""Places that are given back: who on the waiting list moves up into them, or is offered one.

A part of the stream `fair-{fair_id}`.  An offer keeps its booths until it is answered, or until the
deadline, which is set once its contact was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from chassis.kernel.refused import Refused
from services.registration.selection import domain
from services.registration.selection.domain import (
    Application,
    ApplicationRejected,
    ApplicationWithdrawn,
    Decision,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
    OfApplication,
    Selection,
    Status,
    whose,
)
from services.registration.selection.offers import Ended, Offer


class Told(StrEnum):
    """How the contact was told of an offer."""

    DELIVERED = "delivered"
    """By a message that arrived."""
    TOLD = "told"
    """By the team, by telephone or in person."""


# Commands


@dataclass(frozen=True, slots=True)
class OnOffer:
    offer_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class BeginOffer(OnOffer):
    """The contact was told at `now`: the time of the offer begins, once."""

    because: Told


@dataclass(frozen=True, slots=True)
class AcceptOffer(OnOffer):
    """The organisation takes the place."""


@dataclass(frozen=True, slots=True)
class DeclineOffer(OnOffer):
    """The organisation does not want the place."""

    reason: str


@dataclass(frozen=True, slots=True)
class LapseOffer(OnOffer):
    """The deadline may have come: end the offer if it has."""


Command = BeginOffer | AcceptOffer | DeclineOffer | LapseOffer


# Events


@dataclass(frozen=True, slots=True)
class OfOffer(OfApplication):
    """What every event of an offer begins with."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class PlaceOffered(OfOffer):
    """Booths are kept for an application that waited; `hours` is how long, once it was told."""

    pole_id: str
    booths: int
    hours: int


@dataclass(frozen=True, slots=True)
class OfferDeadlineSet(OfOffer):
    """The contact was told: the offer lapses at its deadline."""

    began_at: datetime
    lapses_at: datetime
    because: Told


@dataclass(frozen=True, slots=True)
class OfferDeclined(OfOffer):
    """The application is withdrawn with its offer."""

    pole_id: str
    booths: int
    reason: str


@dataclass(frozen=True, slots=True)
class OfferLapsed(OfOffer):
    """The deadline was missed: the application is in no line any more."""

    pole_id: str
    booths: int
    lapsed_at: datetime


Event = PlaceOffered | OfferDeadlineSet | OfferDeclined | OfferLapsed


# Decisions

GIVEN_BACK = "place_given_back"
"""The reason of an exhibitor that was on the waiting list."""


def decide(command: Command, selection: Selection, hours: int | None) -> list[domain.Event | Event]:
    """Decide on an offer.  Raises Refused.

    Returns an empty list where it is so already.  `hours` are those of the fair's rules.
    """
    offer = selection.offers.made.get(command.offer_id)
    if offer is None:
        raise Refused("offer_unknown", offer_id=command.offer_id)
    application = selection.applications[offer.application_id]
    which = (*whose(application.submitted), command.offer_id)
    kept = offer.pole_id, offer.booths
    match command:
        case BeginOffer(because=because):
            if because is Told.TOLD:
                _check_stands(command, offer)
            if offer.ended or offer.lapses_at is not None:
                return []
            lapses_at = command.now + timedelta(hours=offer.hours)
            return [OfferDeadlineSet(*which, command.now, lapses_at, because)]
        case AcceptOffer():
            if offer.ended is Ended.ACCEPTED:
                return []
            _check_stands(command, offer)
            return [domain.register(application, GIVEN_BACK, *kept)]
        case DeclineOffer(reason=reason):
            if offer.ended is Ended.DECLINED:
                return []
            _check_stands(command, offer)
            return [OfferDeclined(*which, *kept, reason), *_move_up(*kept, selection, hours)]
        case LapseOffer():  # pragma: no branch
            deadline = _missed(offer, command.now)
            if offer.ended or deadline is None:
                return []
            return [OfferLapsed(*which, *kept, deadline), *_move_up(*kept, selection, hours)]


def _missed(offer: Offer, now: datetime) -> datetime | None:
    """The deadline of an offer, if it has come."""
    late = offer.lapses_at is not None and now >= offer.lapses_at
    return offer.lapses_at if late else None


def _check_stands(command: Command, offer: Offer) -> None:
    """Raises Refused where an offer cannot be answered, or told of, any more."""
    if offer.ended not in (None, Ended.LAPSED):
        raise Refused("offer_ended", offer_id=command.offer_id, ended=offer.ended)
    if offer.ended or _missed(offer, command.now) is not None:
        raise Refused("offer_lapsed", offer_id=command.offer_id, lapses_at=offer.lapses_at)


def decide_application(
    command: Decision, selection: Selection, hours: int | None
) -> list[domain.Event | Event]:
    """Decide on an application that was submitted, and who gets the places that are free by it.

    Raises Refused.  Returns an empty list where it is so already.
    """
    decided = domain.decide(command, selection)
    if not decided:
        return []
    application = selection.applications[command.application_id]
    offer = selection.offers.to(command.application_id)
    match decided:
        case [ExhibitorWithdrawn(pole_id=pole_id)]:
            given_back = application.places
        case [ExhibitorRegistered() as given] if offer is not None:
            pole_id = offer.pole_id
            given_back = offer.booths - (given.booths if given.pole_id == pole_id else 0)
        case [ApplicationRejected() | ApplicationWithdrawn()] if offer is not None:
            pole_id, given_back = offer.pole_id, offer.booths
        case _:
            return [*decided]
    return [*decided, *_move_up(pole_id, given_back, selection, hours)]


def _move_up(
    pole_id: str, given_back: int, selection: Selection, hours: int | None
) -> list[domain.Event | Event]:
    """Register those on the waiting list, in order, whose booths fit into the places given back;
    or offer them, if the rules give hours to answer.

    No more places are given than were given back: a place that the team keeps free stays free.
    """
    free = selection.free(pole_id) + given_back
    events: list[domain.Event | Event] = []
    for application_id in selection.waiting.get(pole_id, ()):
        if given_back <= 0:
            break
        waiting = selection.applications[application_id]
        if waiting.places <= free:
            events.append(
                domain.register(waiting, GIVEN_BACK) if hours is None else _offer(waiting, hours)
            )
            free -= waiting.places
            given_back -= waiting.places
    return events


def _offer(application: Application, hours: int) -> PlaceOffered:
    asked = application.submitted
    offer_id = offer_id_of(asked.application_id, application.offers)
    return PlaceOffered(*whose(asked), offer_id, application.pole_id, application.booths, hours)


def offer_id_of(application_id: str, before: int) -> str:
    """The id of an offer to an application that had so many before: a UUID (version 8), made of
    both, for nothing is random here."""
    sum_ = sha256(f"{application_id}/{before}".encode()).hexdigest()
    return f"{sum_[:8]}-{sum_[8:12]}-8{sum_[12:15]}-8{sum_[15:18]}-{sum_[18:30]}"


# Evolution


def evolve(selection: Selection, event: Event) -> Selection:
    """Takes over the state that it is given, and changes it in place."""
    id_, offer_id = event.application_id, event.offer_id
    application = selection.applications[id_]
    match event:
        case PlaceOffered(pole_id=pole_id, booths=booths, hours=hours):
            application.offers += 1
            del selection.waiting[pole_id][id_]
            selection.offers.make(offer_id, Offer(id_, pole_id, booths, hours))
        case OfferDeadlineSet():
            selection.offers.made[offer_id].lapses_at = event.lapses_at
        case OfferDeclined():
            selection.offers.end(id_, Ended.DECLINED)
            application.status = Status.WITHDRAWN
            del selection.live[event.organisation_id]
        case OfferLapsed():  # pragma: no branch
            selection.offers.end(id_, Ended.LAPSED)
    return selection
