"""Days and times that a request may name: those of this century.

Others are typed wrongly, and near the calendar's two ends a time cannot be told in another zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from chassis.answers.invalid import wrong

YEARS = range(2000, 2100)


def this_century(day: date) -> date:
    """The day.  Raises PydanticCustomError outside this century."""
    if day.year not in YEARS:
        raise wrong("outside_century")
    return day


def moment(at: datetime) -> datetime:
    """The time, which has a zone, in UTC.  Raises PydanticCustomError outside this century."""
    this_century(at)
    return at.astimezone(UTC)
