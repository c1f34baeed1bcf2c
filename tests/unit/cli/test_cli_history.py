"""The moments at which a history ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import typer

from cli.history import moment


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2025-09-17", datetime(2025, 9, 17, tzinfo=UTC)),
        ("2025-09-17T18:30", datetime(2025, 9, 17, 18, 30, tzinfo=UTC)),
        ("2025-09-17 18:30:05", datetime(2025, 9, 17, 18, 30, 5, tzinfo=UTC)),
        ("2025-09-17T18:30Z", datetime(2025, 9, 17, 18, 30, tzinfo=UTC)),
        (
            "2025-09-17T18:30+01:00",
            datetime(2025, 9, 17, 18, 30, tzinfo=timezone(timedelta(hours=1))),
        ),
    ],
)
def test_a_moment_without_a_zone_is_in_utc_and_a_second_is_whole(
    said: str, meant: datetime
) -> None:
    assert moment(said) == meant + timedelta(microseconds=999_999)


def test_a_part_of_a_second_is_what_it_is() -> None:
    assert moment("2025-09-17T18:30:05.25Z").microsecond == 250_000


@pytest.mark.parametrize("said", ["yesterday", "2025-13-01", ""])
def test_what_is_no_moment_is_refused(said: str) -> None:
    with pytest.raises(typer.BadParameter, match="say it like"):
        moment(said)
