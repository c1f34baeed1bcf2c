"""What a decision about the programme needs to know of the fair."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.scheduling.fairs.read import Fair
from services.scheduling.programme.domain import FairDays


def days_of(fair: Fair) -> FairDays:
    """The fair's days as instants: midnight is the town's own, whatever its offset is that week.

    Fairs that were announced before registration checked their days may begin before the calendar
    does, or end after it.
    """

    def midnight(day: date, days_later: int, otherwise: datetime) -> datetime:
        try:
            day += timedelta(days=days_later)
            return datetime.combine(day, time(), ZoneInfo(fair.timezone)).astimezone(UTC)
        except OverflowError:
            return otherwise.replace(tzinfo=UTC)

    return FairDays(
        midnight(fair.first_day, 0, datetime.min), midnight(fair.last_day, 1, datetime.max)
    )
