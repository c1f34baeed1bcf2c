"""When a fair can take place: days of this century, at hours that the clocks of its town tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chassis.kernel.refused import Refused

FIRST_YEAR, LAST_YEAR = 2000, 2099
"""The years for which every service takes days and times."""
LONGEST = 31
"""Days of the longest fair; more are a year typed wrongly, or more than one fair."""


def check(first_day: date, last_day: date, opens_at: time, closes_at: time, timezone: str) -> None:
    """Raises Refused where no fair can take place then.

    Hours are those of the clocks in an IANA zone.  One that a change of the clocks skips or
    repeats does not say when the doors open.
    """
    for day in (first_day, last_day):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Refused("year_out_of_range", day=day, first=FIRST_YEAR, last=LAST_YEAR)
    if last_day < first_day:
        raise Refused("days_out_of_order", first_day=first_day, last_day=last_day)
    days = (last_day - first_day).days + 1
    if days > LONGEST:
        raise Refused("fair_too_long", days=days, most=LONGEST)
    if closes_at <= opens_at:
        raise Refused("hours_out_of_order", opens_at=opens_at, closes_at=closes_at)
    zone = ZoneInfo(timezone)
    for day in (first_day + timedelta(days=n) for n in range(days)):
        for hour in (opens_at, closes_at):
            if not _told_once(datetime.combine(day, hour), zone):
                raise Refused("hour_not_told", day=day, hour=hour, timezone=timezone)


def end_of(last_day: date, closes_at: time, timezone: str) -> datetime:
    """When the doors close for the last time.

    Fairs that were announced before their days were checked may end outside the calendar; then
    nothing comes after them.
    """
    try:
        return datetime.combine(last_day, closes_at, ZoneInfo(timezone)).astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _told_once(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks show this time once: its two readings differ where they go back over
    it, and where they leap over it."""
    return wall.replace(tzinfo=zone).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset()
