"""What `maarid gates` says of a fair."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

from rich.console import Console

from cli.gates import devices_of, hours_of, told
from services.ticketing.gates.read import PresenceOut

NOON = datetime(2025, 9, 17, 12, 0, tzinfo=UTC)
NOTHING: dict[str, Any] = {
    "fair_id": "ouarzazate-2025",
    "at": NOON,
    "inside": 0,
    "inside_limit": None,
    "reentry": [],
    "peak": {"inside": 0, "at": None, "changed_at": None},
    "hours": [],
    "scans": 0,
    "missing": 0,
    "double_entries": 0,
    "devices": [],
}
DEVICE = {
    "device_id": "0192f5c4-7d3e-7c1a-9a55-000000000001",
    "label": "phone 3",
    "gate_id": "gate-north",
    "session_id": None,
    "scans": 9,
    "missing": 2,
    "last_upload_at": NOON,
    "reused": [4],
    "revoked_at": NOON,
}
HOUR = {"gate_id": "gate-north", "hour": NOON, "came_in": 7, "went_out": 1, "changed_at": NOON}


def shown(**more: object) -> PresenceOut:
    return PresenceOut.model_validate(NOTHING | more)


def text_of(table: object) -> str:
    console = Console(width=120, record=True, file=StringIO())
    console.print(table)
    return console.export_text()


def test_of_a_fair_that_nobody_entered_there_is_little_to_say() -> None:
    assert told(shown()) == [
        "0 people are inside.",
        "0 scans were uploaded; at least 0 are missing.  0 entries were one too many.",
    ]


def test_the_peak_says_that_a_late_upload_changed_it() -> None:
    peak = {"inside": 90, "at": NOON, "changed_at": NOON}
    said = told(shown(inside=70, inside_limit=100, peak=peak))
    assert said[:2] == [
        "70 people are inside, of 100 who may be.",
        "At most 90 were, at 2025-09-17 12:00 UTC; changed by an upload at 2025-09-17 12:00 UTC.",
    ]
    quiet = told(shown(peak=peak | {"changed_at": None}))
    assert quiet[1] == "At most 90 were, at 2025-09-17 12:00 UTC."


def test_each_device_says_what_it_has_not_uploaded() -> None:
    fresh = DEVICE | {"last_upload_at": None, "reused": [], "revoked_at": None, "scans": 0}
    text = text_of(devices_of(shown(devices=[DEVICE, fresh])))
    assert "revoked, used 1 numbers twice" in text
    assert text.count("phone 3") == 2


def test_each_hour_says_whether_it_was_changed() -> None:
    text = text_of(hours_of(shown(hours=[HOUR, HOUR | {"changed_at": None}])))
    assert text.count("gate-north") == 2
    assert text.count("2025-09-17 12:00") == 3
