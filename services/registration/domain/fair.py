"""One fair, its call for exhibitors, and who takes part: stream `fair-{fair_id}`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from services.registration.domain import selection as selecting
from services.registration.domain.application import (
    AcceptApplication,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
    Participation,
    RejectApplication,
    SubmitApplication,
    WaitlistApplication,
    WithdrawApplication,
)
from services.registration.domain.refused import Refused
from services.registration.domain.selection import Selection
from services.registration.domain.text import Text


@dataclass(frozen=True)
class Pole:
    """A part of the fair; `places` are the booths that its exhibitors can be given."""

    pole_id: str
    name: Text
    places: int


@dataclass(frozen=True)
class SupportProgramme:
    programme_id: str
    name: Text


# Commands


@dataclass(frozen=True)
class AnnounceFair:
    """Opening hours are local time, the same each day."""

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
    poles: tuple[Pole, ...]
    programmes: tuple[SupportProgramme, ...]


@dataclass(frozen=True)
class OpenCall:
    """Open the call, or move its deadline."""

    closes_at: datetime
    now: datetime


@dataclass(frozen=True)
class CloseCall:
    reason: str


@dataclass(frozen=True)
class LapseCall:
    """The deadline may have come: close the call if it has."""

    now: datetime


Command = AnnounceFair | OpenCall | CloseCall | LapseCall | SubmitApplication | selecting.Command


# Events


@dataclass(frozen=True)
class FairAnnounced:
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
    poles: tuple[Pole, ...]
    programmes: tuple[SupportProgramme, ...]


@dataclass(frozen=True)
class CallOpened:
    fair_id: str
    closes_at: datetime


@dataclass(frozen=True)
class CallClosed:
    fair_id: str
    reason: str


Event = FairAnnounced | CallOpened | CallClosed | selecting.Event


# State


@dataclass
class Fair:
    announced: FairAnnounced | None = None
    call: CallOpened | None = None
    call_closed: bool = False
    selection: Selection = field(default_factory=Selection)


def initial() -> Fair:
    return Fair()


# Decisions


def decide(command: Command, fair: Fair) -> list[Event]:
    """Raises Refused.  "Already so" is an empty list."""
    if isinstance(command, AnnounceFair):
        return _announce(command, fair)
    if fair.announced is None:
        raise Refused("fair_unknown")
    match command:
        case OpenCall():
            return _open(command, fair, fair.announced)
        case CloseCall() | LapseCall():
            return _close(command, fair, fair.announced)
        case SubmitApplication():
            return _submit(command, fair, fair.announced)
        case (
            AcceptApplication()
            | WaitlistApplication()
            | RejectApplication()
            | WithdrawApplication()
        ):  # pragma: no branch
            return [*selecting.decide(command, fair.selection)]


def _announce(command: AnnounceFair, fair: Fair) -> list[Event]:
    announced = FairAnnounced(
        fair_id=command.fair_id,
        edition=command.edition,
        name=command.name,
        region=command.region,
        city=command.city,
        venue=command.venue,
        timezone=command.timezone,
        first_day=command.first_day,
        last_day=command.last_day,
        opens_at=command.opens_at,
        closes_at=command.closes_at,
        area_m2=command.area_m2,
        poles=command.poles,
        programmes=command.programmes,
    )
    if fair.announced == announced:
        return []
    if fair.announced is not None:
        raise Refused("fair_already_announced", fair_id=command.fair_id)
    if command.last_day < command.first_day:
        raise Refused("days_out_of_order", first_day=command.first_day, last_day=command.last_day)
    if command.closes_at <= command.opens_at:
        raise Refused("hours_out_of_order", opens_at=command.opens_at, closes_at=command.closes_at)
    if not command.poles:
        raise Refused("no_pole")
    if (pole_id := _twice(pole.pole_id for pole in command.poles)) is not None:
        raise Refused("pole_twice", pole_id=pole_id)
    if (
        programme_id := _twice(programme.programme_id for programme in command.programmes)
    ) is not None:
        raise Refused("programme_twice", programme_id=programme_id)
    return [announced]


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
    if command.closes_at.date() > announced.last_day:
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
    selection = fair.selection
    if command.application_id in selection.applications:
        # The id is made from the caller's key: it is the same application, asked for again.
        return []
    if fair.call is None:
        raise Refused("call_not_open", fair_id=announced.fair_id)
    if fair.call_closed or command.now >= fair.call.closes_at:
        raise Refused("call_closed", fair_id=announced.fair_id)
    if (live := selection.live.get(command.organisation_id)) is not None:
        raise Refused("already_applied", application_id=live)
    if command.pole_id not in selection.places:
        raise Refused("pole_unknown", pole_id=command.pole_id)
    known = {programme.programme_id for programme in announced.programmes}
    for programme_id in command.programmes:
        if programme_id not in known:
            raise Refused("programme_unknown", programme_id=programme_id)
    places = selection.places[command.pole_id]
    if command.participation is Participation.EXHIBITOR and command.booths > places:
        raise Refused("more_booths_than_pole", pole_id=command.pole_id, places=places)
    return [
        ApplicationSubmitted(
            fair_id=announced.fair_id,
            application_id=command.application_id,
            organisation_id=command.organisation_id,
            contact_id=command.contact_id,
            participation=command.participation,
            pole_id=command.pole_id,
            products=command.products,
            booths=command.booths,
            people=command.people,
            needs=command.needs,
            programmes=command.programmes,
        )
    ]


def evolve(fair: Fair, event: Event) -> Fair:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case FairAnnounced():
            fair.announced = event
            fair.selection.places = {pole.pole_id: pole.places for pole in event.poles}
        case CallOpened():
            fair.call = event
            fair.call_closed = False
        case CallClosed():
            fair.call_closed = True
        case (
            ApplicationSubmitted()
            | ExhibitorRegistered()
            | ApplicationWaitlisted()
            | ApplicationRejected()
            | ApplicationWithdrawn()
            | ExhibitorWithdrawn()
        ):  # pragma: no branch
            fair.selection = selecting.evolve(fair.selection, event)
    return fair
