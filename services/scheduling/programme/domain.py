"""The programme of one fair: its halls, and what happens in them when.

One stream a fair, for no hall and no speaker can be in two places at once, and both may appear in
any session.  Times are compared as instants; the fair's days come with the command as instants
too, so that nothing here knows about time zones.  What sessions keep besides stands in `rules`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from services.scheduling.programme.facts import (
    Computed,
    Event,
    Hall,
    HallOpened,
    Place,
    ProgrammePublished,
    ProgrammeRulesPublished,
    Session,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
)
from services.scheduling.programme.rules import (
    Obstacle,
    Rules,
    clash,
    obstacle,
)

LONGEST = timedelta(hours=12)

FAIR_CANCELLED = "fair_cancelled"
"""The reason for which sessions are called off together with their fair."""

PUBLISHED = "programme_published"
"""The reason for which sessions move, or are called off, with a new version of the programme."""


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

    fair_days: FairDays = field(kw_only=True)


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


@dataclass(frozen=True, slots=True)
class PublishRules:
    """Say what sessions have to keep from now on."""

    fair_id: str
    rules: Rules


@dataclass(frozen=True, slots=True)
class PublishProgramme:
    """Make the programme what a draft says, whole or not at all.

    `sessions` are those that it places; of those that stand, `seen` says where they were when the
    draft was made.  `dropped` are called off.  Whatever it does not name stays as it is.
    """

    fair_id: str
    draft_id: str
    sessions: tuple[Session, ...]
    dropped: tuple[str, ...]
    seen: Mapping[str, Place]
    computed: Computed
    fair_days: FairDays


Command = (
    OpenHall
    | ScheduleSession
    | RescheduleSession
    | CancelSession
    | CancelSessions
    | PublishRules
    | PublishProgramme
)


# State


@dataclass(slots=True)
class Programme:
    """`sessions` are as they were scheduled or last moved; `off` are those that were cancelled.

    `revision` is of the rules, `version` of the programme as a whole; both begin at 0.
    """

    halls: dict[str, HallOpened] = field(default_factory=dict[str, HallOpened])
    sessions: dict[str, SessionScheduled] = field(default_factory=dict[str, SessionScheduled])
    off: set[str] = field(default_factory=set[str])
    rules: Rules = field(default_factory=Rules)
    revision: int = 0
    version: int = 0

    @property
    def standing(self) -> dict[str, SessionScheduled]:
        """The sessions that take place."""
        return {key: one for key, one in self.sessions.items() if key not in self.off}


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
            standing = programme.standing.values()
            return [SessionCancelled(s.fair_id, s.session_id, reason) for s in standing]
        case PublishRules(fair_id, rules):
            return _publish_rules(fair_id, rules, programme)
        case PublishProgramme():
            return _publish(command, programme)


def _said(session: Session) -> SessionScheduled:
    """The event says all that the command says of the session."""
    return SessionScheduled(**{each.name: getattr(session, each.name) for each in fields(Session)})


def _schedule(command: ScheduleSession, programme: Programme) -> list[Event]:
    session = _said(command)
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
    return [_rescheduled(session, moved, command.reason)]


def _rescheduled(session: Session, moved: Session, reason: str) -> SessionRescheduled:
    return SessionRescheduled(
        fair_id=session.fair_id,
        session_id=session.session_id,
        hall_id=moved.hall_id,
        starts_at=moved.starts_at,
        ends_at=moved.ends_at,
        previous_hall_id=session.hall_id,
        previous_starts_at=session.starts_at,
        previous_ends_at=session.ends_at,
        reason=reason,
    )


def _moved(
    session: SessionScheduled, to: RescheduleSession | SessionRescheduled | Place
) -> SessionScheduled:
    return replace(session, hall_id=to.hall_id, starts_at=to.starts_at, ends_at=to.ends_at)


def _session(programme: Programme, session_id: str) -> SessionScheduled:
    session = programme.sessions.get(session_id)
    if session is None:
        raise Refused("session_unknown", session=session_id)
    return session


def _publish_rules(fair_id: str, rules: Rules, programme: Programme) -> list[Event]:
    if rules == programme.rules:
        return []
    times = [*rules.hours, *rules.breaks]
    times += [window for each in (*rules.halls, *rules.speakers) for window in each.available]
    if backwards := next((each for each in times if each.ends <= each.begins), None):
        raise Refused("window_ends_before_it_begins", begins=backwards.begins.isoformat())
    named = [each.hall_id for each in rules.halls] + [each.speaker for each in rules.speakers]
    if twice := next((name for name, times in Counter(named).items() if times > 1), None):
        raise Refused("named_twice", name=twice)
    halls = [each.hall_id for each in rules.halls]
    halls += [hall for each in rules.halls for hall in each.neighbours]
    halls += [hall for each in rules.breaks for hall in each.hall_ids]
    if strange := next((hall for hall in halls if hall not in programme.halls), None):
        raise Refused("hall_unknown", hall=strange)
    revision = programme.revision + 1
    said = rules.hours, rules.breaks, rules.halls, rules.speakers
    return [ProgrammeRulesPublished(fair_id, revision, *said)]


def _publish(command: PublishProgramme, programme: Programme) -> list[Event]:
    """Raises Refused where the programme as it is by now does not allow what the draft says."""
    scheduled: list[SessionScheduled] = []
    rescheduled: list[SessionRescheduled] = []
    final = programme.standing
    dropped = [session_id for session_id in command.dropped if session_id in final]
    for session_id in dropped:
        _unchanged(final[session_id], command)
        del final[session_id]
    for each in map(_said, command.sessions):
        known = programme.sessions.get(each.session_id)
        if each.session_id in programme.off:
            raise Refused("session_cancelled", session=each.session_id)
        if known is None:
            scheduled.append(each)
        elif known != each:
            if _moved(known, Place(each.hall_id, each.starts_at, each.ends_at)) != each:
                raise Refused("session_exists", session=each.session_id)
            _unchanged(known, command)
            rescheduled.append(_rescheduled(known, each, PUBLISHED))
        final[each.session_id] = each
    changed = {each.session_id for each in (*scheduled, *rescheduled)}
    for session_id in changed:
        _suits(programme, final[session_id], command.fair_days)
    refuse(first_clash(programme.rules, final.values(), changed))
    if not changed and not dropped:
        return []  # Already fact: a draft that was published writes nothing again.
    computed = command.computed
    return [
        *(SessionCancelled(command.fair_id, session_id, PUBLISHED) for session_id in dropped),
        *rescheduled,
        *scheduled,
        ProgrammePublished(
            fair_id=command.fair_id,
            version=programme.version + 1,
            draft_id=command.draft_id,
            scheduled=len(scheduled),
            rescheduled=len(rescheduled),
            cancelled=len(dropped),
            **{each.name: getattr(computed, each.name) for each in fields(Computed)},
        ),
    ]


def _unchanged(session: SessionScheduled, command: PublishProgramme) -> None:
    """Raises Refused where somebody moved a session since the draft was made."""
    now = Place(session.hall_id, session.starts_at, session.ends_at)
    if command.seen.get(session.session_id) != now:
        raise Refused("session_changed", session=session.session_id)


def refuse(found: Obstacle | None) -> None:
    """Raises Refused where something is in the way."""
    if found is not None:
        raise Refused(found.code, **found.details)


def first_clash(
    rules: Rules, sessions: Iterable[Session], changed: Collection[str]
) -> Obstacle | None:
    """The first two that cannot both take place, one of them changed; in the order of time."""
    ordered = sorted(sessions, key=lambda each: (each.starts_at, each.session_id))
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if other.starts_at >= one.ends_at:
                break
            # What is told is what stands in the way of the one that changed.
            first, second = (one, other) if one.session_id in changed else (other, one)
            if first.session_id in changed and (found := clash(rules, first, second)):
                return found
    return None


def _fits(programme: Programme, session: Session, days: FairDays) -> None:
    """Raises Refused where a session cannot take place then and there."""
    _suits(programme, session, days)
    for other in programme.standing.values():
        if other.session_id != session.session_id:
            refuse(clash(programme.rules, session, other))


def _suits(programme: Programme, session: Session, days: FairDays) -> None:
    """Raises Refused where a session could not take place there even if nothing else did."""
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
    refuse(obstacle(programme.rules, session))


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
        case ProgrammeRulesPublished(_, revision, hours, breaks, halls, speakers):
            programme.rules = Rules(hours, breaks, halls, speakers)
            programme.revision = revision
        case ProgrammePublished(version=version):
            programme.version = version
    return programme


DECIDER = Decider("programme", initial, decide, evolve)


def programme_stream(fair_id: str) -> Stream[Command, Programme, Event]:
    """The stream of one programme."""
    return DECIDER.stream(fair_id)
