"""What sessions have to keep: hours, breaks, what halls offer, who can speak when, and silence.

A break is an obstacle, and availability is the opposite: a hall or a speaker with times of its own
takes part within one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple, Protocol

Silences = Literal["nowhere", "neighbours", "everywhere"]


@dataclass(frozen=True, slots=True)
class Window:
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """No session takes place meanwhile, in some halls; in all where none are named."""

    begins: datetime
    ends: datetime
    reason: str
    hall_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HallRules:
    """What a hall offers; it is heard in its `neighbours`, and they in it."""

    hall_id: str
    equipment: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    available: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeakerTimes:
    speaker: str
    available: tuple[Window, ...]


class Obstacle(NamedTuple):
    """Why a session cannot take place; the details fill the text of the code."""

    code: str
    details: Mapping[str, object]


class Placed(Protocol):
    """A session with a hall and a time."""

    @property
    def session_id(self) -> str: ...
    @property
    def hall_id(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def speakers(self) -> tuple[str, ...]: ...
    @property
    def requires(self) -> tuple[str, ...]: ...
    @property
    def silences(self) -> str: ...


@dataclass(frozen=True)
class Rules:
    """All that holds for a fair.  Without hours, the days of the fair are the hours."""

    hours: tuple[Window, ...] = ()
    breaks: tuple[Break, ...] = ()
    halls: tuple[HallRules, ...] = ()
    speakers: tuple[SpeakerTimes, ...] = ()

    @cached_property
    def of_hall(self) -> Mapping[str, HallRules]:
        return {hall.hall_id: hall for hall in self.halls}

    @cached_property
    def of_speaker(self) -> Mapping[str, tuple[Window, ...]]:
        return {each.speaker: each.available for each in self.speakers}

    @cached_property
    def near(self) -> frozenset[tuple[str, str]]:
        """Pairs of halls of which one is heard in the other, each both ways."""
        pairs = [(hall.hall_id, other) for hall in self.halls for other in hall.neighbours]
        return frozenset((*pairs, *((second, first) for first, second in pairs)))


def obstacle(rules: Rules, session: Placed) -> Obstacle | None:
    """What of the rules a session does not keep, whatever else takes place."""
    begins, ends = session.starts_at, session.ends_at
    if rules.hours and not _within(rules.hours, begins, ends):
        return Obstacle("outside_programme_hours", {"session": session.session_id})
    for each in rules.breaks:
        if each.hall_ids and session.hall_id not in each.hall_ids:
            continue
        # What ends when a break begins does not lie in it.
        if begins < each.ends and each.begins < ends:
            return Obstacle("in_a_break", {"session": session.session_id, "reason": each.reason})
    hall = rules.of_hall.get(session.hall_id, HallRules(session.hall_id))
    if hall.available and not _within(hall.available, begins, ends):
        return Obstacle("hall_unavailable", {"hall": hall.hall_id, "session": session.session_id})
    if missing := sorted(set(session.requires) - set(hall.equipment)):
        return Obstacle(
            "equipment_missing",
            {
                "hall": hall.hall_id,
                "session": session.session_id,
                "equipment": ", ".join(missing),
            },
        )
    for speaker in session.speakers:
        times = rules.of_speaker.get(speaker, ())
        if times and not _within(times, begins, ends):
            return Obstacle(
                "speaker_unavailable", {"speaker": speaker, "session": session.session_id}
            )
    return None


def _within(windows: Iterable[Window], begins: datetime, ends: datetime) -> bool:
    return any(window.begins <= begins and ends <= window.ends for window in windows)


def clash(rules: Rules, session: Placed, other: Placed) -> Obstacle | None:
    """Why two sessions cannot both take place as they stand; told of the first."""
    # What ends when the other starts does not overlap it.
    if other.ends_at <= session.starts_at or session.ends_at <= other.starts_at:
        return None
    if other.hall_id == session.hall_id:
        return Obstacle("hall_taken", {"hall": session.hall_id, "session": other.session_id})
    if busy := sorted(set(session.speakers) & set(other.speakers)):
        return Obstacle("speaker_taken", {"speaker": busy[0], "session": other.session_id})
    if silenced(rules, session, other):
        return Obstacle("silenced", {"hall": session.hall_id, "session": other.session_id})
    return None


def silenced(rules: Rules, session: Placed, other: Placed) -> bool:
    """Whether one of two sessions in two halls wants no other where the second one is."""
    asked = {session.silences, other.silences}
    if "everywhere" in asked:
        return True
    return "neighbours" in asked and (session.hall_id, other.hall_id) in rules.near
