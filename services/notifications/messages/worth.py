"""How long each message is worth telling, and when.  Pure.

What a table of times says of a template goes by the clock of the fair: it may be played.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifications.messages.tellings import Template

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Worth:
    """What telling a template is worth.

    After `lasts` from what it tells of, a message is told no more; nor is one of a session that has
    begun.  `twice` says that the same text again does no harm where nobody knows whether the first
    one came.  `follows_others` says that facts of other topics may have to be read before it, for
    which it is held for a moment.  `at_night` says that it does not wait for the morning.
    """

    lasts: timedelta
    twice: bool = True
    follows_others: bool = True
    at_night: bool = False


_OFFER = {"twice": False, "follows_others": False, "at_night": True}
"""An offer names the time from its own coming on: a second text would name a second time."""

WORTH: Mapping[str, Worth] = {
    Template.APPLICATION_RECEIVED: Worth(7 * DAY),
    Template.APPLICATION_ACCEPTED: Worth(7 * DAY),
    Template.APPLICATION_WAITLISTED: Worth(3 * DAY),
    Template.APPLICATION_REJECTED: Worth(7 * DAY),
    Template.PARTICIPATION_WITHDRAWN: Worth(7 * DAY),
    Template.PLACE_OFFERED: Worth(3 * DAY, **_OFFER),
    Template.OFFER_LAPSED: Worth(3 * DAY),
    Template.BOOTH_ASSIGNED: Worth(7 * DAY),
    Template.BOOTH_RELEASED: Worth(7 * DAY),
    Template.SEAT_RESERVED: Worth(3 * DAY),
    Template.SEAT_WAITLISTED: Worth(DAY),
    Template.SEAT_MOVED_UP: Worth(3 * DAY),
    Template.SEAT_OFFERED: Worth(timedelta(hours=2), **_OFFER),
    Template.SEAT_OFFER_LAPSED: Worth(DAY),
    Template.SEAT_RELEASED: Worth(3 * DAY),
    Template.SESSION_MOVED: Worth(3 * DAY),
    Template.SESSION_CANCELLED: Worth(3 * DAY),
    # From six in the evening on: after midnight "tomorrow" is another day.
    Template.SESSION_TOMORROW: Worth(timedelta(hours=6), follows_others=False),
    Template.FAIR_CHANGED: Worth(7 * DAY),
    Template.FAIR_CANCELLED: Worth(7 * DAY),
    # As long as it says itself, and so long at most.  What the team has written by hand is told
    # twice to nobody.
    Template.CAMPAIGN: Worth(30 * DAY, twice=False, follows_others=False),
    # As long as it is good, by the wall: its row says so.  The same code again is the same.
    Template.CODE: Worth(timedelta(minutes=10), follows_others=False, at_night=True),
}
"""Each template's worth."""

OF_OTHERS = Worth(DAY, twice=False)
"""That of a template of another version."""


def worth_of(template: str) -> Worth:
    """The worth of a message of this template, which another version may have asked for."""
    return WORTH.get(template, OF_OTHERS)


def is_too_late(
    template: str, happened_at: datetime, now: datetime, starts_at: datetime | None = None
) -> bool:
    """Whether it is too late to tell of what happened; `starts_at` is when its session begins."""
    if starts_at is not None and starts_at <= now:
        return True
    return happened_at + worth_of(template).lasts <= now
