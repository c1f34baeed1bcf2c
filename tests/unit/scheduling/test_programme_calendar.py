"""The programme as an iCalendar file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from icalendar import Calendar

from chassis.kernel.text import Text
from services.scheduling.programme.calendar import Entry, calendar

AT = datetime(2025, 2, 27, 9, tzinfo=UTC)
RAMADAN = datetime(2025, 3, 3, 9, tzinfo=UTC)
ENTRY = Entry(
    "0192f5c4",
    Text("التسويق", "Le marketing, ou « vendre ; mieux »", zgh="ⵜⴰⵎⵣⵣⵏⵣⵉⵜ"),
    Text("خيمة", "Tente"),
    "workshop",
    AT,
    AT.replace(hour=10),
    False,
    2,
    AT.replace(day=1),
)


def read(*entries: Entry, language: str = "fr") -> list[dict[str, str]]:
    file = calendar("zagora", "Africa/Casablanca", language, entries)
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    parsed = Calendar.from_ical(file)
    return [
        {name: str(event[name]) for name in ("UID", "SUMMARY", "LOCATION", "STATUS", "SEQUENCE")}
        | {name: event.decoded(name).astimezone(UTC).isoformat() for name in ("DTSTART", "DTEND")}
        for event in parsed.walk("VEVENT")
    ]


def test_a_session_is_an_event_that_keeps_its_id_and_counts_its_changes() -> None:
    assert read(ENTRY) == [
        {
            "UID": "0192f5c4@maarid",
            "SUMMARY": "Le marketing, ou « vendre ; mieux »",
            "LOCATION": "Tente",
            "STATUS": "CONFIRMED",
            "SEQUENCE": "2",
            "DTSTART": "2025-02-27T09:00:00+00:00",
            "DTEND": "2025-02-27T10:00:00+00:00",
        }
    ]
    assert read(replace(ENTRY, cancelled=True))[0]["STATUS"] == "CANCELLED"
    assert read(ENTRY, language="zgh")[0]["SUMMARY"] == "ⵜⴰⵎⵣⵣⵏⵣⵉⵜ"
    assert read(ENTRY, language="en")[0]["SUMMARY"] == "التسويق"
    assert read() == []


def test_the_file_tells_the_clock_of_ramadan_itself() -> None:
    """From 23 February to 6 April 2025 Morocco was on UTC, and before that an hour ahead."""
    before = replace(ENTRY, starts_at=AT.replace(day=20), ends_at=AT.replace(day=20, hour=10))
    within = replace(ENTRY, starts_at=RAMADAN, ends_at=RAMADAN.replace(hour=10))
    file = calendar("zagora", "Africa/Casablanca", "ar", [before, within]).decode()
    assert "DTSTART;TZID=Africa/Casablanca:20250220T100000" in file
    assert "DTSTART;TZID=Africa/Casablanca:20250303T090000" in file
    assert file.count("BEGIN:VTIMEZONE") == 1
    assert "20250223T" in file


def test_the_same_programme_is_the_same_bytes() -> None:
    assert calendar("zagora", "Africa/Casablanca", "ar", [ENTRY]) == calendar(
        "zagora", "Africa/Casablanca", "ar", [ENTRY]
    )
