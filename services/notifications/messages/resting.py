"""When a text lets its reader sleep.  Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notifications.messages.texts import Argument
from services.notifications.messages.worth import worth_of

FORM = r"none|([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]"
"""How quiet hours are written, as in `21:00-08:00`."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day to another, by the clocks of the fair's town."""

    begin: time
    end: time

    def over_at(self, now: datetime, timezone: str) -> datetime | None:
        """When the quiet hours end in which a moment falls; None of a moment outside of them.

        In Morocco the clocks go an hour behind for Ramadan, so the zone (IANA) says which hour it
        is there.
        """
        zone = ZoneInfo(timezone)
        there = now.astimezone(zone)
        clock, day = there.time(), there.date()
        if self.begin <= self.end:
            if not self.begin <= clock < self.end:
                return None
        elif clock >= self.begin:
            day += timedelta(days=1)
        elif clock >= self.end:
            return None
        return datetime.combine(day, self.end, zone)


def quiet_hours_in(written: str) -> QuietHours | None:
    """The quiet hours that a setting names; None where it names none.  Raises ValueError."""
    if re.fullmatch(FORM, written) is None:
        raise ValueError(f"no quiet hours: {written}")
    if written == "none":
        return None
    begin, end = map(time.fromisoformat, written.split("-"))
    return None if begin == end else QuietHours(begin, end)


def may_wait(template: str, filled: Mapping[str, Argument], today: date) -> bool:
    """Whether a message may wait for the morning: no code, no offer, and nothing that concerns
    today, there.

    `filled` are its arguments as `filling.fill` gives them.
    """
    if worth_of(template).at_night:
        return False
    starts_at, first, last = (filled.get(key) for key in ("starts_at", "first_day", "last_day"))
    if isinstance(starts_at, datetime) and starts_at.date() == today:
        return False
    if not isinstance(first, date) or not isinstance(last, date):
        return True
    return not first <= today <= last
