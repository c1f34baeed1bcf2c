"""The programme of a scenario: each session on each of its days, with its speakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scenarios.model import Change, Scenario, ScenarioError, Session


@dataclass(frozen=True)
class Slot:
    """Where and when."""

    hall: str
    starts_at: datetime
    ends_at: datetime

    def clashes(self, other: Slot) -> bool:
        """Whether both want one hall at one time."""
        return self.hall == other.hall and self.overlaps(other)

    def overlaps(self, other: Slot) -> bool:
        """Whether both take place at one time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class PlannedSession:
    """One session on one day."""

    key: str
    session: Session
    day: int
    slot: Slot
    experts: tuple[int, ...]
    """Which of the fair's experts speak, counted from 0."""

    @property
    def wanted(self) -> int:
        """How many want a seat."""
        return round((self.session.seats or 0) * self.session.demand)


@dataclass(frozen=True)
class PlannedChange:
    """What happens to a session when the doors open on its day."""

    key: str
    day: int
    moved_to: Slot | None
    """None means that it is cancelled."""
    reason: str


def day_of(scenario: Scenario, day: int) -> date:
    """The date of a day of the fair, counted from 1."""
    return scenario.fair.first_day + timedelta(days=day - 1)


def days_of(scenario: Scenario) -> range:
    """The days of the fair, counted from 1."""
    return range(1, (scenario.fair.last_day - scenario.fair.first_day).days + 2)


def moment(scenario: Scenario, day: int, at: time) -> datetime:
    """A local time on a day of the fair (0 is the day before it begins)."""
    zone = ZoneInfo(scenario.fair.timezone)
    return datetime.combine(day_of(scenario, day), at, tzinfo=zone)


def programme(scenario: Scenario) -> tuple[PlannedSession, ...]:
    """Every session in the order of time; experts take turns, none in two places at once.

    Raises ScenarioError when more experts are wanted at one time than there are.
    """
    slots = sorted(
        (
            (_slot(scenario, session, day, session.hall, session.at), session, day)
            for session in scenario.sessions
            for day in session.days
        ),
        key=lambda entry: (entry[0].starts_at, entry[0].hall),
    )
    planned: list[PlannedSession] = []
    turn = 0
    for slot, session, day in slots:
        experts: list[int] = []
        for _ in range(session.experts):
            turn, expert = _next_expert(scenario, planned, slot, experts, turn)
            experts.append(expert)
        key = f"{session.key}-{day}"
        planned.append(PlannedSession(key, session, day, slot, tuple(experts)))
    return tuple(planned)


def changes(scenario: Scenario) -> tuple[PlannedChange, ...]:
    """What happens to the programme, in the order of days."""
    sessions = {session.key: session for session in scenario.sessions}
    return tuple(
        PlannedChange(
            f"{change.session}-{change.day}",
            change.day,
            _moved(scenario, change, sessions[change.session]),
            change.reason,
        )
        for change in sorted(scenario.changes, key=lambda change: change.day)
    )


def _moved(scenario: Scenario, change: Change, session: Session) -> Slot | None:
    if change.do == "cancel":
        return None
    hall, at = change.hall or session.hall, change.at or session.at
    return _slot(scenario, session, change.day, hall, at)


def _slot(scenario: Scenario, session: Session, day: int, hall: str, at: time) -> Slot:
    starts_at = moment(scenario, day, at)
    return Slot(hall, starts_at, starts_at + timedelta(minutes=session.minutes))


def _next_expert(
    scenario: Scenario,
    planned: Sequence[PlannedSession],
    slot: Slot,
    taken: Sequence[int],
    turn: int,
) -> tuple[int, int]:
    busy = {
        expert for other in planned if other.slot.overlaps(slot) for expert in other.experts
    } | set(taken)
    for step in range(scenario.contacts.experts):
        expert = (turn + step) % scenario.contacts.experts
        if expert not in busy:
            return expert + 1, expert
    raise ScenarioError(f"More experts are wanted at {slot.starts_at:%d %B %H:%M} than there are.")
