"""The programme of one fair: its halls, and what happens in them when.

One stream a fair, for no hall and no speaker can be in two places at once, and both may appear in
any session.  Times are compared as instants; the fair's days come with the command as instants
too, so that nothing here knows about time zones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Literal

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from chassis.kernel.text import Text

LONGEST = timedelta(hours=12)

FAIR_CANCELLED = "fair_cancelled"
"""The reason for which sessions are called off together with their fair."""

Kind = Literal["workshop", "seminar", "lecture", "show", "ceremony"]


@dataclass(frozen=True, slots=True)
class Hall:
    """Where sessions take place; `capacity` is people."""

    fair_id: str
    hall_id: str
    name: Text
    capacity: int


@dataclass(frozen=True, slots=True)
class Session:
    """What takes place in a hall, and when.  `seats` are to be reserved; None is open to all."""

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


@dataclass(frozen=True, slots=True)
class FairDays:
    """From the midnight before the first day to the one after the last, where the fair is."""

    begin: datetime
    end: datetime


# Commands


@dataclass(frozen=True, slots=True)
class OpenHall(Hall):
    """Let sessions take place in a hall."""


@dataclass(frozen=True, slots=True)
class ScheduleSession(Session):
    """Give a session a hall and a time."""

    fair_days: FairDays


@dataclass(frozen=True, slots=True)
class RescheduleSession:
    """Move a session to another hall or time."""

    session_id: str
    hall_id: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    fair_days: FairDays


@dataclass(frozen=True, slots=True)
class CancelSession:
    """Call a session off."""

    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelSessions:
    """Call off every session that still stands."""

    reason: str = FAIR_CANCELLED


Command = OpenHall | ScheduleSession | RescheduleSession | CancelSession | CancelSessions

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


Event = HallOpened | SessionScheduled | SessionRescheduled | SessionCancelled

# State


@dataclass(slots=True)
class Programme:
    """`sessions` are as they were scheduled or last moved; `off` are those that were cancelled."""

    halls: dict[str, HallOpened] = field(default_factory=dict[str, HallOpened])
    sessions: dict[str, SessionScheduled] = field(default_factory=dict[str, SessionScheduled])
    off: set[str] = field(default_factory=set[str])


def initial() -> Programme:
    return Programme()


# Decisions


def decide(command: Command, programme: Programme) -> list[Event]:
    """Raises Refused."""
    match command:
        case OpenHall(fair_id, hall_id, name, capacity):
            opened = HallOpened(fair_id, hall_id, name, capacity)
            known = programme.halls.get(hall_id)
            if known and known != opened:
                raise Refused("hall_differs", hall=hall_id, capacity=known.capacity)
            return [] if known else [opened]
        case ScheduleSession():
            return _schedule(command, programme)
        case RescheduleSession():
            return _reschedule(command, programme)
        case CancelSession(session_id, reason):
            session = _session(programme, session_id)
            if session_id in programme.off:
                return []  # Already fact: a retried command writes nothing.
            return [SessionCancelled(session.fair_id, session_id, reason)]
        case CancelSessions(reason):
            standing = (s for s in programme.sessions.values() if s.session_id not in programme.off)
            return [SessionCancelled(s.fair_id, s.session_id, reason) for s in standing]


def _schedule(command: ScheduleSession, programme: Programme) -> list[Event]:
    # The event says all that the command says of the session.
    said = {each.name: getattr(command, each.name) for each in fields(Session)}
    session = SessionScheduled(**said)
    known = programme.sessions.get(command.session_id)
    if known == session and command.session_id not in programme.off:
        return []
    if known:
        raise Refused("session_exists", session=command.session_id)
    _fits(programme, session, command.fair_days)
    return [session]


def _reschedule(command: RescheduleSession, programme: Programme) -> list[Event]:
    session = _session(programme, command.session_id)
    if command.session_id in programme.off:
        raise Refused("session_cancelled", session=command.session_id)
    moved = _moved(session, command)
    if moved == session:
        return []
    _fits(programme, moved, command.fair_days)
    return [
        SessionRescheduled(
            fair_id=session.fair_id,
            session_id=session.session_id,
            hall_id=moved.hall_id,
            starts_at=moved.starts_at,
            ends_at=moved.ends_at,
            previous_hall_id=session.hall_id,
            previous_starts_at=session.starts_at,
            previous_ends_at=session.ends_at,
            reason=command.reason,
        )
    ]


def _moved(
    session: SessionScheduled, to: RescheduleSession | SessionRescheduled
) -> SessionScheduled:
    return replace(session, hall_id=to.hall_id, starts_at=to.starts_at, ends_at=to.ends_at)


def _session(programme: Programme, session_id: str) -> SessionScheduled:
    session = programme.sessions.get(session_id)
    if session is None:
        raise Refused("session_unknown", session=session_id)
    return session


def _fits(programme: Programme, session: Session, days: FairDays) -> None:
    """Raises Refused where a session cannot take place then and there."""
    if session.ends_at <= session.starts_at:
        raise Refused("session_ends_before_it_starts")
    if session.ends_at - session.starts_at > LONGEST:
        raise Refused("session_too_long", hours=LONGEST // timedelta(hours=1))
    if session.starts_at < days.begin or session.ends_at > days.end:
        raise Refused("outside_fair")
    hall = programme.halls.get(session.hall_id)
    if hall is None:
        raise Refused("hall_unknown", hall=session.hall_id)
    if session.seats is not None and session.seats > hall.capacity:
        raise Refused(
            "hall_too_small", hall=hall.hall_id, capacity=hall.capacity, seats=session.seats
        )
    for other in programme.sessions.values():
        if other.session_id == session.session_id or other.session_id in programme.off:
            continue
        # What ends when the other starts does not overlap it.
        if other.ends_at <= session.starts_at or session.ends_at <= other.starts_at:
            continue
        if other.hall_id == session.hall_id:
            raise Refused("hall_taken", hall=hall.hall_id, session=other.session_id)
        if busy := sorted(set(session.speakers) & set(other.speakers)):
            raise Refused("speaker_taken", speaker=busy[0], session=other.session_id)


def evolve(programme: Programme, event: Event) -> Programme:
    match event:
        case HallOpened(hall_id=hall_id):
            programme.halls[hall_id] = event
        case SessionScheduled(session_id=session_id):
            programme.sessions[session_id] = event
        case SessionRescheduled(session_id=session_id):
            programme.sessions[session_id] = _moved(programme.sessions[session_id], event)
        case SessionCancelled(session_id=session_id):
            programme.off.add(session_id)
    return programme


DECIDER = Decider("programme", initial, decide, evolve)


def programme_stream(fair_id: str) -> Stream[Command, Programme, Event]:
    """The stream of one programme."""
    return DECIDER.stream(fair_id)
