"""Which messages may come twice: those that say where and when, and ask for nothing."""

from __future__ import annotations

from services.notifications.messages.tellings import Template

HARMLESS_TWICE = frozenset(
    {
        Template.APPLICATION_RECEIVED,
        Template.BOOTH_ASSIGNED,
        Template.SEAT_RESERVED,
        Template.SEAT_MOVED_UP,
        Template.SESSION_MOVED,
        Template.SESSION_CANCELLED,
        Template.SESSION_TOMORROW,
        Template.FAIR_CHANGED,
        Template.FAIR_CANCELLED,
    }
)
"""Sent once more where nobody knows whether they were taken.  Two refusals read like a second one,
and two offers like two places: of those the team is told instead."""
