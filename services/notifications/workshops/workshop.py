"""A workshop and its seats, as texts and reminders speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import Json

from services.notifications.fairs.fair import Named


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where and when a workshop takes place."""

    session_id: str
    fair_id: str
    title: Json[Named]
    hall_id: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat, or a place on the waiting list, of a person whom we can tell."""

    seat_id: str
    session_id: str
    fair_id: str
    contact_id: str
    waited: bool
