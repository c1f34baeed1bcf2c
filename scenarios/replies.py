"""What those do who are offered a place that was given back."""

from __future__ import annotations

from enum import StrEnum

from scenarios.model import Offers


class Reply(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    SILENCE = "silence"


def replies(offers: Offers | None) -> list[Reply]:
    """What the first who are offered a place do; all others take it."""
    if offers is None:
        return []
    return [Reply.SILENCE] * offers.lapsed + [Reply.DECLINE] * offers.declined
