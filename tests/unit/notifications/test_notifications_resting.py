"""When texts wait for the morning."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from services.notifications.messages.resting import QuietHours, may_wait, quiet_hours_in
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import Argument

RABAT = "Africa/Casablanca"
NIGHT = QuietHours(time(21), time(8))
TODAY = date(2025, 9, 18)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "over"),
    [
        ("2025-09-18T19:59:59", None),
        ("2025-09-18T20:00:00", "2025-09-19T07:00:00"),
        ("2025-09-18T23:30:00", "2025-09-19T07:00:00"),
        ("2025-09-19T06:59:59", "2025-09-19T07:00:00"),
        ("2025-09-19T07:00:00", None),
        # In Ramadan Morocco is at UTC: quiet hours begin and end an hour later by UTC.
        ("2025-03-10T20:59:59", None),
        ("2025-03-10T21:00:00", "2025-03-11T08:00:00"),
        ("2025-03-11T07:59:59", "2025-03-11T08:00:00"),
        ("2025-03-11T08:00:00", None),
        # In the nights in which the clocks change, the morning is eight o'clock by the new ones.
        ("2025-02-22T20:30:00", "2025-02-23T08:00:00"),
        ("2025-04-05T21:30:00", "2025-04-06T07:00:00"),
    ],
)
def test_the_night_is_that_of_the_fairs_town(now: str, over: str | None) -> None:
    assert NIGHT.over_at(utc(now), RABAT) == (None if over is None else utc(over))


def test_quiet_hours_may_lie_within_a_day() -> None:
    siesta = QuietHours(time(13), time(15))
    assert siesta.over_at(utc("2025-09-18T12:30:00"), RABAT) == utc("2025-09-18T14:00:00")
    assert siesta.over_at(utc("2025-09-18T22:30:00"), RABAT) is None


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_a_night_ends_within_eleven_hours_and_is_over_then(moment: datetime) -> None:
    now = moment.replace(tzinfo=UTC)
    over = NIGHT.over_at(now, RABAT)
    if over is None:
        assert time(8) <= now.astimezone(ZoneInfo(RABAT)).time() < time(21)
        return
    # Twelve in a night in which the clocks go back.
    assert 0 < (over - now).total_seconds() <= 12 * 3600
    assert NIGHT.over_at(over, RABAT) is None


def test_quiet_hours_are_written_as_two_times_or_none() -> None:
    assert quiet_hours_in("21:00-08:00") == NIGHT
    assert quiet_hours_in("none") is None
    assert quiet_hours_in("08:00-08:00") is None
    for nonsense in ("", "21-8", "24:00-08:00", "21:00", "21:00-08:00-09:00"):
        with pytest.raises(ValueError, match="no quiet hours"):
            quiet_hours_in(nonsense)


def at(day: int) -> dict[str, Argument]:
    return {"starts_at": datetime(2025, 9, day, 9, tzinfo=ZoneInfo(RABAT))}


def test_offers_and_what_concerns_today_do_not_wait() -> None:
    assert may_wait(Template.BOOTH_ASSIGNED, {}, TODAY)
    assert not may_wait(Template.SEAT_OFFERED, at(25), TODAY)
    assert not may_wait(Template.PLACE_OFFERED, {}, TODAY)
    assert may_wait(Template.SESSION_CANCELLED, at(19), TODAY)
    assert not may_wait(Template.SESSION_CANCELLED, at(18), TODAY)
    days: dict[str, Argument] = {"first_day": date(2025, 9, 17), "last_day": date(2025, 9, 22)}
    assert not may_wait(Template.FAIR_CHANGED, days, TODAY)
    assert may_wait(Template.FAIR_CHANGED, days, date(2025, 9, 16))
