"""Stream `duty-{fair_id}-{organisation_id}`: when people of an exhibitor are away from its stand.

Of its people one stays at the stand, so at no moment may more than all but one of them be in
workshops, or hope to be.  A stand of one closes while its one person is away: it has no duty.  A
place claims its time before the seat is asked for, also one on the waiting list, which may become
a seat at any moment.  Workshops that move do not ask: what that breaks is said, and not undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused

# Commands


@dataclass(frozen=True, slots=True)
class ClaimDuty:
    """Keep the time of a workshop free for so many of the people, before their seat is asked for.

    `request_id` is the command that will ask for the seat.  `given_back` are seats that are known
    to be given up, whose claims need not stand in the way.
    """

    fair_id: str
    organisation_id: str
    session_id: str
    seat_id: str
    request_id: str
    starts_at: datetime
    ends_at: datetime
    places: int
    people: int
    given_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoveDuty:
    """The workshop of a claim takes place at another time."""

    fair_id: str
    organisation_id: str
    seat_id: str
    starts_at: datetime
    ends_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class ReleaseDuty:
    """The seat of a claim was refused, never asked for, or given up."""

    fair_id: str
    organisation_id: str
    seat_id: str
    reason: str


Command: TypeAlias = ClaimDuty | MoveDuty | ReleaseDuty


# Events


@dataclass(frozen=True, slots=True)
class DutyClaimed:
    fair_id: str
    organisation_id: str
    session_id: str
    seat_id: str
    request_id: str
    starts_at: datetime
    ends_at: datetime
    places: int
    people: int


@dataclass(frozen=True, slots=True)
class DutyMoved:
    fair_id: str
    organisation_id: str
    session_id: str
    seat_id: str
    starts_at: datetime
    ends_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class DutyReleased:
    fair_id: str
    organisation_id: str
    session_id: str
    seat_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class DutyBroken:
    """From this moment on nobody would be at the stand: these workshops take more than all but one
    of the people."""

    fair_id: str
    organisation_id: str
    at: datetime
    sessions: tuple[str, ...]
    places: int
    people: int


@dataclass(frozen=True, slots=True)
class DutyRestored:
    """There is somebody for the stand at all times again."""

    fair_id: str
    organisation_id: str


Event: TypeAlias = DutyClaimed | DutyMoved | DutyReleased | DutyBroken | DutyRestored


# State


class Claim(NamedTuple):
    """The time in which so many people are away."""

    session_id: str
    starts_at: datetime
    ends_at: datetime
    places: int


class Crowded(NamedTuple):
    """The first moment at which nobody is left for the stand."""

    at: datetime
    sessions: tuple[str, ...]
    places: int
    people: int


@dataclass(slots=True)
class Duty:
    """Claims by seat; `people` as the last event knew them."""

    people: int = 0
    claims: dict[str, Claim] = field(default_factory=dict[str, Claim])
    released: set[str] = field(default_factory=set[str])
    broken: Crowded | None = None


def initial() -> Duty:
    return Duty()


# Decisions


def decide(command: Command, duty: Duty) -> list[Event]:
    """Raises Refused where nobody would be at the stand, or the claim was given back before."""
    match command:
        case ClaimDuty(seat_id=seat) if seat in duty.claims:
            return []
        case ClaimDuty(seat_id=seat) if seat in duty.released:
            raise Refused("reservation_lapsed", seat=seat)
        case ClaimDuty():
            return _claim(command, duty)
        case MoveDuty(seat_id=seat):
            claim = duty.claims.get(seat)
            slot = (command.starts_at, command.ends_at)
            if claim is None or (claim.starts_at, claim.ends_at) == slot:
                return []
            fair, organisation, people = command.fair_id, command.organisation_id, command.people
            moved = claim._replace(starts_at=command.starts_at, ends_at=command.ends_at)
            return [
                DutyMoved(fair, organisation, claim.session_id, seat, *slot, people),
                *_found(command, duty, duty.claims | {seat: moved}, people),
            ]
        case ReleaseDuty(seat_id=seat):
            if seat not in duty.claims:
                return []
            rest = {each: claim for each, claim in duty.claims.items() if each != seat}
            return [
                _released(command, duty, seat, command.reason),
                *_found(command, duty, rest, duty.people),
            ]


def _claim(command: ClaimDuty, duty: Duty) -> list[Event]:
    given_back = [seat for seat in dict.fromkeys(command.given_back) if seat in duty.claims]
    rest = {seat: claim for seat, claim in duty.claims.items() if seat not in given_back}
    slot = (command.starts_at, command.ends_at)
    beside = (c for c in rest.values() if c.starts_at < command.ends_at and slot[0] < c.ends_at)
    away = max((moment.places for moment in _moments(beside)), default=0)
    free = max(command.people - 1 - away, 0)
    if command.people > 1 and command.places > free:
        raise Refused("stand_unattended", people=command.people, free=free, places=command.places)
    fair, organisation, session = command.fair_id, command.organisation_id, command.session_id
    claim = Claim(session, *slot, command.places)
    seat, people = command.seat_id, command.people
    return [
        *(_released(command, duty, each, "seat_released") for each in given_back),
        DutyClaimed(
            fair,
            organisation,
            session,
            seat,
            command.request_id,
            *slot,
            command.places,
            people,
        ),
        *_found(command, duty, rest | {seat: claim}, people),
    ]


def _released(command: Command, duty: Duty, seat: str, reason: str) -> DutyReleased:
    session = duty.claims[seat].session_id
    return DutyReleased(command.fair_id, command.organisation_id, session, seat, reason)


def _found(
    command: Command, duty: Duty, claims: Mapping[str, Claim], people: int
) -> list[DutyBroken | DutyRestored]:
    """What is to be said where these claims break the duty, or no longer do."""
    found = crowded(claims.values(), people)
    if found == duty.broken:
        return []
    if found is None:
        return [DutyRestored(command.fair_id, command.organisation_id)]
    return [DutyBroken(command.fair_id, command.organisation_id, *found)]


def crowded(claims: Iterable[Claim], people: int) -> Crowded | None:
    """The first moment at which more than all but one of the people are away."""
    if people < 2:
        return None
    for moment in _moments(claims):
        if moment.places > people - 1:
            return Crowded(moment.at, moment.sessions, moment.places, people)
    return None


class Moment(NamedTuple):
    """A workshop begins: where people are from then on, and how many of them."""

    at: datetime
    sessions: tuple[str, ...]
    places: int


def _moments(claims: Iterable[Claim]) -> list[Moment]:
    """Every moment at which a claim begins, in order: at no other do more people go away."""
    them = list(claims)
    found: list[Moment] = []
    for at in sorted({claim.starts_at for claim in them}):
        away = [claim for claim in them if claim.starts_at <= at < claim.ends_at]
        sessions = tuple(sorted({claim.session_id for claim in away}))
        found.append(Moment(at, sessions, sum(claim.places for claim in away)))
    return found


def evolve(duty: Duty, event: Event) -> Duty:
    match event:
        case DutyClaimed():
            slot = (event.starts_at, event.ends_at)
            duty.claims[event.seat_id] = Claim(event.session_id, *slot, event.places)
            duty.people = event.people
        case DutyMoved():
            claim = duty.claims[event.seat_id]
            duty.claims[event.seat_id] = claim._replace(
                starts_at=event.starts_at, ends_at=event.ends_at
            )
            duty.people = event.people
        case DutyReleased(seat_id=seat):
            del duty.claims[seat]
            duty.released.add(seat)
        case DutyBroken():
            duty.broken = Crowded(event.at, event.sessions, event.places, event.people)
        case DutyRestored():
            duty.broken = None
    return duty


DECIDER = Decider("duty", initial, decide, evolve)


def duty_stream(fair_id: str, organisation_id: str) -> Stream[Command, Duty, Event]:
    """The stream of one organisation at one fair."""
    return DECIDER.stream(f"{fair_id}-{organisation_id}")
