"""Stream `gate-{fair_id}`: the rules of a fair's gates, and its last places inside.

Where people inside are limited, each entry over the network takes its places here first, so that
two gates do not give the same last place.  Who is inside stands in the read tables, which a command
brings along; what was given here counts until it stands there too, or its time is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused

GIVEN_FOR = timedelta(seconds=30)
"""A request is answered within six seconds: who has not come in by then does not."""


# Commands


@dataclass(frozen=True, slots=True)
class SetGateRules:
    """Say which kinds of tickets let in again, and how many people may be inside at once."""

    fair_id: str
    reentry: tuple[str, ...]
    inside_limit: int | None


@dataclass(frozen=True, slots=True)
class TakePlaceInside:
    """Keep places for people who are about to come in.

    `inside` are the people inside by the read tables, which hold the scans `landed` already.
    """

    fair_id: str
    ticket_id: str
    scan_id: str
    people: int
    inside: int
    landed: frozenset[str]
    now: datetime
    overrule: bool = False


Command: TypeAlias = SetGateRules | TakePlaceInside


# Events


@dataclass(frozen=True, slots=True)
class GateRulesSet:
    fair_id: str
    reentry: tuple[str, ...]
    inside_limit: int | None


@dataclass(frozen=True, slots=True)
class PlaceInsideGiven:
    fair_id: str
    ticket_id: str
    scan_id: str
    people: int
    given_at: datetime
    overruled: bool = False


Event: TypeAlias = GateRulesSet | PlaceInsideGiven


@dataclass(slots=True)
class Gate:
    """The rules, and the places that were given a moment ago."""

    reentry: Set[str] = frozenset()
    inside_limit: int | None = None
    given: OrderedDict[str, PlaceInsideGiven] = field(
        default_factory=OrderedDict[str, PlaceInsideGiven]
    )


def initial() -> Gate:
    return Gate()


def decide(command: Command, gate: Gate) -> list[Event]:
    """Raises Refused where nobody more may come in."""
    match command:
        case SetGateRules():
            reentry = tuple(sorted(set(command.reentry)))
            if gate.reentry == set(reentry) and gate.inside_limit == command.inside_limit:
                return []
            return [GateRulesSet(command.fair_id, reentry, command.inside_limit)]
        case TakePlaceInside():
            return _take_place(command, gate)


def _take_place(command: TakePlaceInside, gate: Gate) -> list[Event]:
    if gate.inside_limit is None or command.scan_id in gate.given:
        return []
    coming = sum(
        place.people
        for place in gate.given.values()
        if place.scan_id not in command.landed and place.given_at > command.now - GIVEN_FOR
    )
    inside = command.inside + coming
    over = inside + command.people > gate.inside_limit
    if over and not command.overrule:
        raise Refused("too_many_inside", inside=inside, limit=gate.inside_limit)
    return [
        PlaceInsideGiven(
            command.fair_id,
            command.ticket_id,
            command.scan_id,
            command.people,
            command.now,
            over,
        )
    ]


def evolve(gate: Gate, event: Event) -> Gate:
    match event:
        case GateRulesSet():
            gate.reentry = frozenset(event.reentry)
            gate.inside_limit = event.inside_limit
        case PlaceInsideGiven():
            gate.given[event.scan_id] = event
            while _is_over(next(iter(gate.given.values())), event.given_at):
                gate.given.popitem(last=False)
    return gate


def _is_over(place: PlaceInsideGiven, now: datetime) -> bool:
    return place.given_at <= now - GIVEN_FOR


DECIDER = Decider("gate", initial, decide, evolve)


def gate_stream(fair_id: str) -> Stream[Command, Gate, Event]:
    """The stream of all gates of a fair."""
    return DECIDER.stream(fair_id)
