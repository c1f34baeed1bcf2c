"""How long persons are kept: whole months, so that what is too old changes with the month alone."""

from __future__ import annotations

from datetime import UTC, datetime


def months_before(now: datetime, months: int) -> datetime:
    """The first moment of the month, in UTC, that was so many months before that of `now`."""
    utc = now.astimezone(UTC)
    year, month = divmod(utc.year * 12 + utc.month - 1 - months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
