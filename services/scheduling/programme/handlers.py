"""What a decision about the programme needs to know of the fair."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.scheduling.fairs.read import Fair
from services.scheduling.programme.domain import FairDays
from services.scheduling.programme.rules import Window


def days_of(fair: Fair) -> FairDays:
    """The fair's days as instants: midnight is the town's own, whatever its offset is that week."""
    return FairDays(
        midnight(fair, fair.first_day, 0, datetime.min),
        midnight(fair, fair.last_day, 1, datetime.max),
    )


def midnight(fair: Fair, day: date, days_later: int, otherwise: datetime) -> datetime:
    """When a day begins where the fair is.

    Fairs that were announced before registration checked their days may begin before the calendar
    does, or end after it: `otherwise` is for these.
    """
    try:
        day += timedelta(days=days_later)
        return datetime.combine(day, time(), ZoneInfo(fair.timezone)).astimezone(UTC)
    except OverflowError:
        return otherwise.replace(tzinfo=UTC)


def window_of(fair: Fair, day: date, begins: time, ends: time) -> Window:
    """Times of a day by the clocks of the fair's town, as instants."""
    zone = ZoneInfo(fair.timezone)
    return Window(
        *(datetime.combine(day, at, zone).astimezone(UTC) for at in (begins, ends)),
    )
