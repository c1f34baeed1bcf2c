"""One fair, its call for exhibitors, and who takes part: stream `fair-{fair_id}`.

The rules for applications stand in the subject `selection`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time
from typing import Any

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.registration.fairs import calendar
from services.registration.selection import asking, domain as selection, offering, publication
from services.registration.selection.asking import ChangeApplication
from services.registration.selection.domain import (
    Selection,
    SubmitApplication,
)
from services.registration.selection.publication import Ranking


@dataclass(frozen=True, slots=True)
class Pole:
    """A part of the fair; `places` are the booths that its exhibitors can be given."""

    pole_id: str
    name: Text
    places: int


@dataclass(frozen=True, slots=True)
class SupportProgramme:
    programme_id: str
    name: Text


@dataclass(frozen=True, slots=True)
class FairDetails:
    """What can be said of a fair; opening hours are local time, the same each day."""

    fair_id: str
    edition: int
    name: Text
    region: Text
    city: Text
    venue: Text
    timezone: str
    first_day: date
    last_day: date
    opens_at: time
    closes_at: time
    area_m2: int | None


CHANGEABLE = tuple(each.name for each in fields(FairDetails) if each.name != "fair_id")
"""The fields of a fair that can be changed."""


@dataclass(frozen=True, slots=True)
class WholeFair(FairDetails):
    """A fair with its poles and programmes, which never change: applications and booths refer to
    them."""

    poles: tuple[Pole, ...]
    programmes: tuple[SupportProgramme, ...]

    @property
    def programme_ids(self) -> set[str]:
        return {programme.programme_id for programme in self.programmes}


# Commands


@dataclass(frozen=True, slots=True)
class AnnounceFair(WholeFair):
    """Announce a fair, as it is to be."""


@dataclass(frozen=True, slots=True)
class ChangeFair:
    """Correct or move a fair; a field that is None stays as it is."""

    reason: str
    edition: int | None = None
    name: Text | None = None
    region: Text | None = None
    city: Text | None = None
    venue: Text | None = None
    timezone: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    opens_at: time | None = None
    closes_at: time | None = None
    area_m2: int | None = None


@dataclass(frozen=True, slots=True)
class CancelFair:
    """Cancel a fair, for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class OpenCall:
    """Open the call, or move its deadline."""

    closes_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class CloseCall:
    reason: str


@dataclass(frozen=True, slots=True)
class LapseCall:
    """The deadline may have come: close the call if it has."""

    now: datetime


Command = (
    AnnounceFair
    | ChangeFair
    | CancelFair
    | OpenCall
    | CloseCall
    | LapseCall
    | ChangeApplication
    | selection.Command
    | offering.Command
    | publication.Command
)

FAIR_CANCELLED = "fair_cancelled"
"""The reason of a call that is closed because its fair is cancelled."""


# Events


@dataclass(frozen=True, slots=True)
class FairAnnounced(WholeFair):
    """A fair will take place."""


@dataclass(frozen=True, slots=True)
class FairChanged(FairDetails):
    """The fair as it is from now on; `changed` names the new fields, in the order of CHANGEABLE."""

    changed: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class FairCancelled:
    fair_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallOpened:
    fair_id: str
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class CallClosed:
    fair_id: str
    reason: str


FairEvent = FairAnnounced | FairChanged | FairCancelled | CallOpened | CallClosed
"""What happens to the fair itself and to its call."""
Event = FairEvent | selection.Event | offering.Event | publication.Event


# State


@dataclass
class Fair:
    """`announced` is the fair as it was announced or last changed."""

    announced: FairAnnounced | None = None
    cancelled: bool = False
    call: CallOpened | None = None
    call_closed: bool = False
    selection: Selection = field(default_factory=Selection)
    ranking: Ranking = field(default_factory=Ranking)
    version: int = 0
    """That of the stream."""


def initial() -> Fair:
    return Fair()


# Decisions


def decide(command: Command, fair: Fair) -> list[Event]:
    """Raises Refused.  Returns an empty list where it is so already."""
    if isinstance(command, AnnounceFair):
        return _announce(command, fair)
    if fair.announced is None:
        raise Refused("fair_unknown")
    if fair.cancelled:
        return _after_cancellation(command, fair, fair.announced)
    hours = publication.offer_hours_of(fair.ranking)
    match command:
        case ChangeFair():
            return _change(command, fair, fair.announced)
        case CancelFair():
            return _cancel(command, fair, fair.announced)
        case OpenCall():
            return _open(command, fair, fair.announced)
        case CloseCall() | LapseCall():
            return _close(command, fair, fair.announced)
        case SubmitApplication():
            return _submit(command, fair, fair.announced)
        case ChangeApplication():
            return _change_application(command, fair, fair.announced)
        case selection.OnApplication():
            return [*offering.decide_application(command, fair.selection, hours)]
        case offering.OnOffer():
            return [*offering.decide(command, fair.selection, hours)]
        case publication.PublishRules():
            return _publish_rules(command, fair, fair.announced)
        case publication.HoldDraw():
            closed = fair.call_closed
            return [*publication.hold_draw(command, fair.ranking, call_closed=closed)]
        case publication.PublishSelection():  # pragma: no branch
            ranking, closed = fair.ranking, fair.call_closed
            return [*publication.publish(command, ranking, fair.selection, call_closed=closed)]


def _announce(command: AnnounceFair, fair: Fair) -> list[Event]:
    announced = FairAnnounced(
        command.fair_id,
        **_changeable(command),
        poles=command.poles,
        programmes=command.programmes,
    )
    if fair.cancelled:
        raise Refused("fair_cancelled", fair_id=command.fair_id)
    if fair.announced == announced:
        return []
    if fair.announced is not None:
        raise Refused("fair_already_announced", fair_id=command.fair_id)
    _check_calendar(announced)
    if not command.poles:
        raise Refused("no_pole")
    if (pole_id := _twice(pole.pole_id for pole in command.poles)) is not None:
        raise Refused("pole_twice", pole_id=pole_id)
    if (
        programme_id := _twice(programme.programme_id for programme in command.programmes)
    ) is not None:
        raise Refused("programme_twice", programme_id=programme_id)
    return [announced]


def _changeable(details: FairDetails | ChangeFair) -> dict[str, Any]:
    """The fields that can be changed, by name."""
    return {name: getattr(details, name) for name in CHANGEABLE}


def _check_calendar(fair: FairDetails) -> None:
    calendar.check(fair.first_day, fair.last_day, fair.opens_at, fair.closes_at, fair.timezone)


def _end_of(fair: FairDetails) -> datetime:
    return calendar.end_of(fair.last_day, fair.closes_at, fair.timezone)


def _change(command: ChangeFair, fair: Fair, announced: FairAnnounced) -> list[Event]:
    asked = {name: new for name, new in _changeable(command).items() if new is not None}
    after = replace(announced, **asked)
    changed = tuple(name for name in asked if getattr(after, name) != getattr(announced, name))
    if not changed:
        return []
    _check_calendar(after)
    if fair.call is not None and not fair.call_closed and fair.call.closes_at > _end_of(after):
        raise Refused("call_outlives_fair", closes_at=fair.call.closes_at, last_day=after.last_day)
    return [
        FairChanged(after.fair_id, **_changeable(after), changed=changed, reason=command.reason)
    ]


def _cancel(command: CancelFair, fair: Fair, announced: FairAnnounced) -> list[Event]:
    """Close the open call with the fair.  Applications stay as they are, accepted or waiting."""
    called = fair.call is not None and not fair.call_closed
    closed = [CallClosed(announced.fair_id, FAIR_CANCELLED)] if called else []
    return [*closed, FairCancelled(announced.fair_id, command.reason)]


def _after_cancellation(command: Command, fair: Fair, announced: FairAnnounced) -> list[Event]:
    match command:
        case CancelFair():
            return []
        case CloseCall() | LapseCall():
            return _close(command, fair, announced)
        case SubmitApplication() if command.application_id in fair.selection.applications:
            return []
        case offering.LapseOffer() | offering.BeginOffer(because=offering.Told.DELIVERED):
            return []
        case (
            AnnounceFair()
            | ChangeFair()
            | OpenCall()
            | SubmitApplication()
            | selection.OnApplication()
            | offering.OnOffer()
            | publication.PublishRules()
            | publication.HoldDraw()
            | publication.PublishSelection()
        ):  # pragma: no branch
            raise Refused("fair_cancelled", fair_id=announced.fair_id)


def _twice(ids: Iterable[str]) -> str | None:
    """The first id that comes a second time."""
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            return each
        seen.add(each)
    return None


def _open(command: OpenCall, fair: Fair, announced: FairAnnounced) -> list[Event]:
    opened = CallOpened(announced.fair_id, command.closes_at)
    if fair.call == opened and not fair.call_closed:
        return []
    if command.closes_at <= command.now:
        raise Refused("deadline_passed", closes_at=command.closes_at)
    if command.closes_at > _end_of(announced):
        raise Refused("deadline_after_fair", last_day=announced.last_day)
    return [opened]


def _close(command: CloseCall | LapseCall, fair: Fair, announced: FairAnnounced) -> list[Event]:
    match command:
        case LapseCall():
            # The deadline that set this off may have been moved, or the call closed by hand.
            lapsed = fair.call is not None and fair.call.closes_at <= command.now
            closes = lapsed and not fair.call_closed
            return [CallClosed(announced.fair_id, "deadline")] if closes else []
        case CloseCall() if fair.call is None:
            raise Refused("call_not_open", fair_id=announced.fair_id)
        case CloseCall(reason=reason):  # pragma: no branch
            return [] if fair.call_closed else [CallClosed(announced.fair_id, reason)]


def _submit(command: SubmitApplication, fair: Fair, announced: FairAnnounced) -> list[Event]:
    if command.application_id in fair.selection.applications:
        # The id is made from the caller's key: it is the same application, asked for again.
        return []
    if fair.call is None:
        raise Refused("call_not_open", fair_id=announced.fair_id)
    if command.late_because is None:
        _check_call_is_open(fair, announced, command.now)
    elif not _is_over(fair, command.now):
        raise Refused("call_still_open", closes_at=fair.call.closes_at)
    elif command.now >= _end_of(announced):
        raise Refused("fair_over", last_day=announced.last_day)
    return [asking.submit(command, fair.selection, announced.programme_ids)]


def _change_application(
    command: ChangeApplication, fair: Fair, announced: FairAnnounced
) -> list[Event]:
    changed = asking.change(command, fair.selection, announced.programme_ids)
    if changed:
        _check_call_is_open(fair, announced, command.now)
    return [*changed]


def _publish_rules(
    command: publication.PublishRules, fair: Fair, announced: FairAnnounced
) -> list[Event]:
    known = (announced.fair_id, fair.ranking, fair.selection.places, announced.programme_ids)
    over = _is_over(fair, command.now)
    return [*publication.publish_rules(command, *known, call_over=over)]


def _is_over(fair: Fair, now: datetime) -> bool:
    """Whether the call is over: closed, or past its deadline."""
    return fair.call_closed or (fair.call is not None and now >= fair.call.closes_at)


def _check_call_is_open(fair: Fair, announced: FairAnnounced, now: datetime) -> None:
    if fair.call is None or _is_over(fair, now):
        raise Refused("call_closed", fair_id=announced.fair_id)


def evolve(fair: Fair, event: Event) -> Fair:
    """Takes over the state that it is given, and changes it in place."""
    fair.version += 1
    match event:
        case FairAnnounced():
            fair.announced = event
            fair.selection.places = {pole.pole_id: pole.places for pole in event.poles}
        case FairChanged():
            if fair.announced is not None:  # pragma: no branch
                fair.announced = replace(fair.announced, **_changeable(event))
        case FairCancelled():
            fair.cancelled = True
        case CallOpened():
            fair.call = event
            fair.call_closed = False
        case CallClosed():
            fair.call_closed = True
        case (
            selection.ApplicationSubmitted()
            | selection.ApplicationChanged()
            | selection.ExhibitorRegistered()
            | selection.ApplicationWaitlisted()
            | selection.ApplicationRejected()
            | selection.ApplicationWithdrawn()
            | selection.ExhibitorWithdrawn()
        ):
            fair.selection = selection.evolve(fair.selection, event)
            publication.note(fair.ranking, fair.version, event)
        case offering.OfOffer():
            fair.selection = offering.evolve(fair.selection, event)
            publication.note(fair.ranking, fair.version, event)
        case (
            publication.SelectionRulesPublished()
            | publication.DrawHeld()
            | publication.SelectionPublished()
        ):  # pragma: no branch
            submitted = len(fair.selection.applications)
            fair.ranking = publication.evolve(fair.ranking, event, submitted)
    return fair


DECIDER = Decider("fair", initial, decide, evolve)


def fair_stream(fair_id: str) -> Stream[Command, Fair, Event]:
    """The stream of one fair."""
    return DECIDER.stream(fair_id)
