"""Offers of places that became free: told of, answered, or over."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.kernel.refused import Refused
from services.ticketing.workshops.commands import (
    AcceptOffer,
    BeginOffer,
    DeclineOffer,
    MeetDeadlines,
    OnOffer,
    PassOffer,
)
from services.ticketing.workshops.events import (
    Event,
    SeatOfferDeadlineSet,
    SeatOfferDeclined,
    SeatOfferLapsed,
    SeatOfferPassed,
    SeatReserved,
)
from services.ticketing.workshops.seating import Draft, check_not_begun, slot_of, whose
from services.ticketing.workshops.state import Offer, Place, Slot, Workshop

OFFER_LAPSED = "offer_lapsed"
"""Why a place is released whose offer was not answered in time."""


def on_offer(command: OnOffer, workshop: Workshop) -> list[Event]:
    """Raises Refused where an offer that is over is answered.

    What is heard of a message changes nothing once the offer is over, or its time has begun.
    """
    slot = slot_of(workshop, command.session_id)
    seat = command.seat_id
    offer = workshop.offered.get(seat)
    match command:
        case BeginOffer(told_at=told_at):
            if offer is None or offer.began:
                return []
            lapses_at = min(told_at + timedelta(minutes=offer.minutes), deadline(offer, slot))
            who = whose(workshop, seat, workshop.waiting[seat])
            return [SeatOfferDeadlineSet(*who, told_at, lapses_at)]
        case PassOffer(reason=reason):
            if offer is None or offer.began:
                return []
            place = workshop.waiting[seat]
            draft = Draft(workshop, command.now)
            passed = SeatOfferPassed(*whose(workshop, seat, place), place.places, reason)
            draft.pass_over(seat, place, passed)
            draft.settle()
            return draft.finish()
        case AcceptOffer():
            if seat in workshop.reserved:
                return []
            place = _standing(seat, offer, slot, workshop, command.now)
            who = whose(workshop, seat, place)
            what = (place.organisation_id, place.places, place.supported)
            return [SeatReserved(*who, True, *what, from_offer=True)]
        case DeclineOffer(reason=reason):  # pragma: no branch
            if seat in workshop.released:
                return []
            place = _standing(seat, offer, slot, workshop, command.now)
            draft = Draft(workshop, command.now)
            draft.add(SeatOfferDeclined(*whose(workshop, seat, place), place.places, reason))
            draft.release(seat, place, reason, waited=True, kept=True)
            draft.settle()
            return draft.finish()


def meet_deadlines(command: MeetDeadlines, workshop: Workshop) -> list[Event]:
    """End the offers whose deadline has come, and give out all that is free and held no more."""
    slot = slot_of(workshop, command.session_id)
    if workshop.cancelled:
        return []
    draft = Draft(workshop, command.now)
    for seat, offer in workshop.offered.items():
        if command.now >= (lapsed_at := deadline(offer, slot)):
            place = workshop.waiting[seat]
            draft.add(SeatOfferLapsed(*whose(workshop, seat, place), place.places, lapsed_at))
            draft.release(seat, place, OFFER_LAPSED, waited=True, kept=True)
    draft.settle()
    return draft.finish()


def deadline(offer: Offer, slot: Slot) -> datetime:
    """Never after the start, also where the workshop has moved since."""
    return min(offer.lapses_at, slot.starts_at)


def _standing(
    seat: str, offer: Offer | None, slot: Slot, workshop: Workshop, now: datetime
) -> Place:
    """Raises Refused where no offer stands that can be answered."""
    if not (seat in workshop.waiting or seat in workshop.reserved or seat in workshop.released):
        raise Refused("seat_unknown", seat=seat)
    check_not_begun(slot, now)
    if offer is None or now >= offer.lapses_at:
        raise Refused("offer_over", seat=seat)
    return workshop.waiting[seat]
