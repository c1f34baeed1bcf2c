"""How long persons are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from services.registration.retention.months import months_before

NOVEMBER = datetime(2026, 11, 28, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("months", "first"),
    [(1, (2026, 10)), (10, (2026, 1)), (11, (2025, 12)), (24, (2024, 11)), (35, (2023, 12))],
)
def test_months_are_counted_back(months: int, first: tuple[int, int]) -> None:
    assert months_before(NOVEMBER, months) == datetime(*first, 1, tzinfo=UTC)


def test_the_month_is_that_of_utc() -> None:
    casablanca = timezone(timedelta(hours=1))
    assert months_before(datetime(2026, 12, 1, 0, 30, tzinfo=casablanca), 1).month == 10


@given(st.datetimes(datetime(2010, 1, 1), datetime(2090, 1, 1)), st.integers(1, 60))
def test_nobody_is_kept_for_less_nor_for_a_month_more(naive: datetime, months: int) -> None:
    now = naive.replace(tzinfo=UTC)
    kept = (now.year - months_before(now, months).year) * 12
    kept += now.month - months_before(now, months).month
    assert kept == months
    assert months_before(now, months) == months_before(now.replace(day=1), months)
