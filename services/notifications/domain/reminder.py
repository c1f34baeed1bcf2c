"""When to remind somebody of a session."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

EVENING = time(18)


def evening_before(starts_at: datetime, timezone: str) -> datetime:
    """Six o'clock in the evening before, by the clocks of the fair's town (an IANA zone)."""
    zone = ZoneInfo(timezone)
    eve = starts_at.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(eve, EVENING, zone)
