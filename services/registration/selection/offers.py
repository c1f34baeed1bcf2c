"""Offers that were made of places given back, and the places that those which stand keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Ended(StrEnum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    """Its application was withdrawn, or rejected."""


@dataclass
class Offer:
    """A place that is kept for an application; it stands until it has ended."""

    application_id: str
    pole_id: str
    booths: int
    hours: int
    lapses_at: datetime | None = None
    """None until its contact was told."""
    ended: Ended | None = None


@dataclass
class Offers:
    made: dict[str, Offer] = field(default_factory=dict[str, Offer])
    """All, by id."""
    standing: dict[str, str] = field(default_factory=dict[str, str])
    """Application -> its offer that stands."""
    held: dict[str, int] = field(default_factory=dict[str, int])
    """Pole -> places kept by offers that stand."""

    def to(self, application_id: str) -> Offer | None:
        """The offer to an application that stands."""
        offer_id = self.standing.get(application_id)
        return None if offer_id is None else self.made[offer_id]

    def kept_for(self, application_id: str, pole_id: str) -> int:
        """Places of a pole that an offer keeps for this application."""
        offer = self.to(application_id)
        return offer.booths if offer is not None and offer.pole_id == pole_id else 0

    def make(self, offer_id: str, offer: Offer) -> None:
        self.made[offer_id] = offer
        self.standing[offer.application_id] = offer_id
        self.held[offer.pole_id] = self.held.get(offer.pole_id, 0) + offer.booths

    def end(self, application_id: str, ended: Ended) -> None:
        """The offer to an application, if one stands, keeps no places any more."""
        offer_id = self.standing.pop(application_id, None)
        if offer_id is not None:
            offer = self.made[offer_id]
            offer.ended = ended
            self.held[offer.pole_id] -= offer.booths
