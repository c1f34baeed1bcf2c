"""What a message can say.  Each has its text in every language's Fluent file, under its code."""

from __future__ import annotations

from enum import StrEnum


class Template(StrEnum):
    """A kind of message."""

    APPLICATION_RECEIVED = "application_received"
    APPLICATION_ACCEPTED = "application_accepted"
    APPLICATION_WAITLISTED = "application_waitlisted"
    APPLICATION_REJECTED = "application_rejected"
    PARTICIPATION_WITHDRAWN = "participation_withdrawn"
    BOOTH_ASSIGNED = "booth_assigned"
    BOOTH_RELEASED = "booth_released"
    SEAT_RESERVED = "seat_reserved"
    SEAT_WAITLISTED = "seat_waitlisted"
    SEAT_MOVED_UP = "seat_moved_up"
    SEAT_RELEASED = "seat_released"
    SESSION_MOVED = "session_moved"
    SESSION_CANCELLED = "session_cancelled"
    SESSION_TOMORROW = "session_tomorrow"
    FAIR_CHANGED = "fair_changed"
    FAIR_CANCELLED = "fair_cancelled"
