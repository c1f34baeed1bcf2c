"""What an event makes of messages that are not sent yet: some need not be told any more.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from maarid_contracts import Contract
from maarid_contracts.registration import ExhibitorRegisteredV1, OfferDeclinedV1, OfferLapsedV1
from maarid_contracts.scheduling import BoothReleasedV1
from maarid_contracts.ticketing import SeatOfferLapsedV1, SeatReleasedV1, SeatReservedV1

from services.notifications.messages.tellings import Template, its


@dataclass(frozen=True)
class Overtaking:
    """The messages to the event's contact that it overtakes: of these templates, with these
    arguments.  `of_session` says that the contact may have another seat there, of which they tell.
    """

    templates: tuple[Template, ...]
    arguments: Callable[[Any], Mapping[str, str]]
    when: Callable[[Any], bool] = lambda _: True
    of_session: bool = False


SEAT = (
    Template.SEAT_RESERVED,
    Template.SEAT_WAITLISTED,
    Template.SEAT_MOVED_UP,
    Template.SEAT_OFFERED,
    Template.SESSION_MOVED,
    Template.SESSION_TOMORROW,
)
"""What tells of a seat or a place in line."""
PLACE_TAKEN_OR_GONE = Overtaking((Template.PLACE_OFFERED,), its("pole_id"))

OVERTAKING: Mapping[type[Contract], Overtaking] = {
    BoothReleasedV1: Overtaking(
        (Template.BOOTH_ASSIGNED,), lambda event: {"booth": event.booth_id}
    ),
    OfferLapsedV1: PLACE_TAKEN_OR_GONE,
    OfferDeclinedV1: PLACE_TAKEN_OR_GONE,
    ExhibitorRegisteredV1: PLACE_TAKEN_OR_GONE,
    SeatReleasedV1: Overtaking(SEAT, its("session_id"), of_session=True),
    SeatOfferLapsedV1: Overtaking((Template.SEAT_OFFERED,), its("session_id"), of_session=True),
    SeatReservedV1: Overtaking(
        (Template.SEAT_OFFERED,),
        its("session_id"),
        when=lambda event: event.from_offer,
        of_session=True,
    ),
}


def overtaking_of(event: Any) -> Overtaking | None:
    """What an event overtakes; None where it overtakes nothing, or names no contact."""
    found = OVERTAKING.get(event.__class__)
    if found is None or event.contact_id is None or not found.when(event):
        return None
    return found
