"""A programme as an iCalendar file (RFC 5545), for the telephone of whoever takes part.

Times are given in the zone of the fair's town, and the zone with its changes: telephones are not to
look up when Ramadan's clock begins.  No names of persons are in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from chassis.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Entry:
    """A session; `changes` counts what became of it since it was scheduled."""

    session_id: str
    title: Text
    hall: Text
    kind: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    changes: int
    changed_at: datetime


@lru_cache(maxsize=16)
def _zone(name: str, year: int) -> Timezone:
    """A zone with its changes in a year and those beside it."""
    return Timezone.from_tzid(name, first_date=date(year - 1, 1, 1), last_date=date(year + 2, 1, 1))


def calendar(name: str, zone: str, language: str, entries: Iterable[Entry]) -> bytes:
    """All entries in one file; the same entries give the same bytes."""
    found = Calendar()
    found.add("prodid", "-//Maarid//Programme//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    local, years = ZoneInfo(zone), set[int]()
    events: list[Event] = []
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.session_id}@maarid")
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("sequence", entry.changes)
        event.add("dtstart", entry.starts_at.astimezone(local))
        event.add("dtend", entry.ends_at.astimezone(local))
        event.add("summary", _in(language, entry.title))
        event.add("location", _in(language, entry.hall))
        event.add("categories", [entry.kind])
        event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
        events.append(event)
        years.add(entry.starts_at.year)
    for year in sorted(years)[:1]:
        found.add_component(_zone(zone, year))
    for event in events:
        found.add_component(event)
    return found.to_ical()


def _in(language: str, text: Text) -> str:
    """The text in a language, or in the one that is always there."""
    said: str | None = getattr(text, language, None)
    return said or text.ar
