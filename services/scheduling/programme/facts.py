"""What is said of a programme: halls, sessions, rules, and versions of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chassis.kernel.text import Text
from services.scheduling.programme.rules import Break, HallRules, Silences, SpeakerTimes, Window

Kind = Literal["workshop", "seminar", "lecture", "show", "ceremony", "training", "honours"]


@dataclass(frozen=True, slots=True)
class Hall:
    """Where sessions take place; `capacity` is people."""

    fair_id: str
    hall_id: str
    name: Text
    capacity: int


@dataclass(frozen=True, slots=True)
class Session:
    """What takes place in a hall, and when.  `seats` are to be reserved; None is open to all.

    The hall has the equipment that it `requires`; no other session takes place where it `silences`.
    """

    fair_id: str
    session_id: str
    kind: Kind
    title: Text
    topic_code: str
    hall_id: str
    speakers: tuple[str, ...]
    language: str
    audience: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    requires: tuple[str, ...] = ()
    silences: Silences = "nowhere"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a session takes place."""

    hall_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Computed:
    """What is known of a timetable's worth; see the contract."""

    points: int | None = None
    objective: int | None = None
    bound: int | None = None
    seed: int | None = None
    solver: str | None = None


# Events


@dataclass(frozen=True, slots=True)
class HallOpened(Hall):
    pass


@dataclass(frozen=True, slots=True)
class SessionScheduled(Session):
    pass


@dataclass(frozen=True, slots=True)
class SessionRescheduled:
    fair_id: str
    session_id: str
    hall_id: str
    starts_at: datetime
    ends_at: datetime
    previous_hall_id: str
    previous_starts_at: datetime
    previous_ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class SessionCancelled:
    fair_id: str
    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProgrammeRulesPublished:
    fair_id: str
    revision: int
    hours: tuple[Window, ...] = ()
    breaks: tuple[Break, ...] = ()
    halls: tuple[HallRules, ...] = ()
    speakers: tuple[SpeakerTimes, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    fair_id: str
    version: int
    draft_id: str
    scheduled: int
    rescheduled: int
    cancelled: int
    points: int | None = None
    objective: int | None = None
    bound: int | None = None
    seed: int | None = None
    solver: str | None = None


Event = (
    HallOpened
    | SessionScheduled
    | SessionRescheduled
    | SessionCancelled
    | ProgrammeRulesPublished
    | ProgrammePublished
)
