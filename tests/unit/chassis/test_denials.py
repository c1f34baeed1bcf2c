"""How much is told of those who are kept out."""

from __future__ import annotations

import tomllib

from chassis.edge.denials import AT_ONCE, EVERY_SECONDS, REASONS, STATUSES, Bucket
from tests.architecture.tree import ROOT


class Hour:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_is_told_of_at_its_beginning_and_then_seldom() -> None:
    hour = Hour()
    bucket = Bucket(20, 5.0, hour)
    assert [bucket.take() for _ in range(20)] == [0] * 20
    assert [bucket.take() for _ in range(300)] == [None] * 300
    hour.now += 5.0
    assert bucket.take() == 300
    assert bucket.take() is None
    hour.now += 5.0
    assert bucket.take() == 1


def test_after_a_quiet_hour_no_more_is_told_at_once_than_at_first() -> None:
    hour = Hour()
    bucket = Bucket(20, 5.0, hour)
    hour.now += 3600
    assert [bucket.take() for _ in range(21)] == [*[0] * 20, None]


def test_a_day_of_flood_fills_no_disk() -> None:
    lines = len(REASONS) * (AT_ONCE + 24 * 3600 / EVERY_SECONDS)
    assert lines * 400 < 25_000_000


def test_the_reasons_are_all_that_keep_somebody_out() -> None:
    problems = tomllib.loads((ROOT / "chassis" / "answers" / "problems.toml").read_text("utf-8"))
    assert {code for code, each in problems.items() if each["status"] in STATUSES} == set(REASONS)
