"""The floor of one fair: which booths there are, and who holds them.

One stream a fair, for "one holder a booth" and "no more booths than registered for" can only be
decided by looking at all booths.  The exhibitors come with each command, read for it before; the
state keeps how each held booth was assigned, for what is said when the booth becomes free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused
from services.scheduling.floor import assigning
from services.scheduling.floor.assigning import (
    AdoptAssignment,
    Agreed,
    AssignmentAdopted,
    AssignmentRulesPublished,
    BoothSetUp,
    BoothSetUpTakenBack,
    PublishAssignmentRules,
    SetUpBooth,
    Standing,
    TakeBackSetUp,
)
from services.scheduling.floor.facts import (
    BoothAssigned,
    BoothReleased,
    FloorPlanPublished,
    Holding,
    Method,
)
from services.scheduling.floor.first_fit import first_fit
from services.scheduling.floor.ground import Aisle, Entrance, Ground, Polygon, Stage
from services.scheduling.floor.neighbours import overlap
from services.scheduling.floor.plan import Plan, draw, lost, may_stand
from services.scheduling.floor.walking import MOST_STRETCHES
from services.scheduling.placing.booths import Booth, Exhibitor, merits
from services.scheduling.placing.rules import AssignmentRules

WITHDREW = "exhibitor_withdrew"
"""The reason for which a booth is taken back from an exhibitor who does not come."""

# Commands


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """Put a plan in force.  `poles` are those of the fair."""

    fair_id: str
    booths: tuple[Booth, ...]
    poles: frozenset[str]
    outline: Polygon = ()
    entrances: tuple[Entrance, ...] = ()
    aisles: tuple[Aisle, ...] = ()
    obstacles: tuple[Polygon, ...] = ()
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class AssignBooth:
    """Give a booth to an exhibitor by hand; with `override` even where it leaves needs open."""

    booth_id: str
    exhibitor: Exhibitor
    override: bool = False


@dataclass(frozen=True, slots=True)
class FirstFit:
    """Place the exhibitors that lack booths, of one pole or all.  `exhibitors` are the fair's."""

    exhibitors: tuple[Exhibitor, ...]
    pole_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseBooth:
    """Take a booth back."""

    booth_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseExhibitor:
    """Take back every booth of an exhibitor."""

    exhibitor_id: str
    reason: str = WITHDREW


@dataclass(frozen=True, slots=True)
class SwapBooths:
    """Exchange the holders of two booths; where one is free, the other's holder moves there."""

    first: str
    second: str
    exhibitors: Mapping[str, Exhibitor]
    override: bool = False
    agreed: Agreed | None = None


Command = (
    PublishPlan
    | AssignBooth
    | FirstFit
    | ReleaseBooth
    | ReleaseExhibitor
    | SwapBooths
    | PublishAssignmentRules
    | AdoptAssignment
    | SetUpBooth
    | TakeBackSetUp
)

# Events


Event = (
    FloorPlanPublished
    | BoothAssigned
    | BoothReleased
    | AssignmentRulesPublished
    | AssignmentAdopted
    | BoothSetUp
    | BoothSetUpTakenBack
)

# State


@dataclass(slots=True)
class Floor:
    """`held` is `holders` the other way round, so that a limit is checked without a search."""

    fair_id: str = ""
    plan: Plan = field(default_factory=Plan)
    holders: dict[str, Holding] = field(default_factory=dict[str, Holding])
    held: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    rules: AssignmentRules = field(default_factory=AssignmentRules)
    rules_version: int = 0
    adopted: str | None = None
    """The draft that was adopted last."""
    set_up: set[str] = field(default_factory=set[str])

    def held_by(self, exhibitor_id: str) -> set[str]:
        """The booths of an exhibitor."""
        return self.held.get(exhibitor_id, set())

    def occupied(self) -> dict[str, str]:
        """Exhibitor by booth."""
        return {booth_id: holder.exhibitor_id for booth_id, holder in self.holders.items()}

    def standing(self) -> Standing:
        """What an assignment is decided on: a copy, for the desk goes on with its state."""
        return Standing(
            self.fair_id,
            self.plan,
            self.rules,
            self.rules_version,
            self.adopted,
            self.occupied(),
            frozenset(self.set_up),
        )


def initial() -> Floor:
    return Floor()


# Decisions


def decide(command: Command, floor: Floor) -> list[Event]:
    """Raises Refused."""
    match command:
        case PublishPlan():
            return _publish(command, floor)
        case AssignBooth():
            return _assign(command, floor)
        case FirstFit(exhibitors, pole_id):
            placements = first_fit(_plan(floor), floor.occupied(), exhibitors, pole_id)
            return [
                _assigned(floor, p.booth, p.exhibitor, "first_fit", p.reasons) for p in placements
            ]
        case ReleaseBooth(booth_id, reason):
            _booth(floor, booth_id)
            # A free booth is what was asked for: a retried release writes nothing.
            return [_released(floor, booth_id, reason)] if booth_id in floor.holders else []
        case ReleaseExhibitor(exhibitor_id, reason):
            return [_released(floor, b, reason) for b in sorted(floor.held_by(exhibitor_id))]
        case SwapBooths():
            return _swap(command, floor)
        case PublishAssignmentRules(fair_id, rules, exhibitors):
            assigning.checked(rules, _plan(floor), exhibitors)
            if floor.rules_version and rules == floor.rules:
                return []
            return [AssignmentRulesPublished(fair_id, floor.rules_version + 1, rules)]
        case AdoptAssignment():
            return _adopt(command, floor)
        case SetUpBooth(booth_id):
            held = _held(floor, booth_id)
            return [] if booth_id in floor.set_up else [BoothSetUp(*_whose(held))]
        case TakeBackSetUp(booth_id, reason):
            _booth(floor, booth_id)
            if booth_id not in floor.set_up:
                return []
            return [BoothSetUpTakenBack(*_whose(floor.holders[booth_id]), reason)]


def _adopt(command: AdoptAssignment, floor: Floor) -> list[Event]:
    if command.draft_id == floor.adopted:
        return []  # Already fact: a retried command writes nothing.
    _plan(floor)
    change, event = assigning.adopted(command, floor.standing())
    given = (
        (floor.plan.booths[booth_id], command.exhibitors[who]) for booth_id, who in change.given
    )
    # All leave before anybody arrives, so that at no point a booth has two holders.
    return [
        *(_released(floor, booth_id, reason) for booth_id, reason in change.released),
        *(_assigned(floor, b, who, "optimised", merits(b, who)) for b, who in given),
        event,
    ]


def _publish(command: PublishPlan, floor: Floor) -> list[Event]:
    booths = {booth.booth_id: booth for booth in command.booths}
    if twice := [b for b, n in Counter(b.booth_id for b in command.booths).items() if n > 1]:
        raise Refused("booth_twice", booth=twice[0])
    ground = ground_of(command)
    if (booths, ground) == (floor.plan.booths, floor.plan.ground):
        return []
    if sum(len(aisle.line) - 1 for aisle in ground.aisles) > MOST_STRETCHES:
        raise Refused("aisles_too_many", most=MOST_STRETCHES)
    if strange := next((b for b in command.booths if b.pole_id not in command.poles), None):
        raise Refused("pole_unknown", pole=strange.pole_id, booth=strange.booth_id)
    if pair := overlap(command.booths):
        raise Refused("booths_overlap", first=pair[0], second=pair[1])
    return [
        # Before the plan changes, so that at no point a booth outside the plan is held.
        *(
            _released(floor, booth_id, reason)
            for booth_id in floor.holders
            if (reason := lost(floor.plan.booths[booth_id], booths.get(booth_id)))
        ),
        FloorPlanPublished(
            command.fair_id,
            floor.plan.revision + 1,
            command.booths,
            command.outline,
            command.entrances,
            command.aisles,
            command.obstacles,
            command.stages,
        ),
    ]


def ground_of(plan: PublishPlan | FloorPlanPublished) -> Ground:
    """What a plan draws besides its booths."""
    return Ground(plan.outline, plan.entrances, plan.aisles, plan.obstacles, plan.stages)


def _assign(command: AssignBooth, floor: Floor) -> list[Event]:
    booth, exhibitor = _booth(floor, command.booth_id), command.exhibitor
    holder = floor.holders.get(booth.booth_id)
    if holder and holder.exhibitor_id == exhibitor.exhibitor_id:
        return []  # Already fact: a retried command writes nothing.
    may_stand(floor.plan, booth, exhibitor, command.override)
    if holder:
        raise Refused("booth_taken", booth=booth.booth_id, holder=holder.exhibitor_id)
    if len(floor.held_by(exhibitor.exhibitor_id)) >= exhibitor.booths:
        raise Refused("enough_booths", exhibitor=exhibitor.exhibitor_id, booths=exhibitor.booths)
    return [_assigned(floor, booth, exhibitor, "by_hand", merits(booth, exhibitor))]


def _swap(command: SwapBooths, floor: Floor) -> list[Event]:
    first, second = _booth(floor, command.first), _booth(floor, command.second)
    if first == second:
        raise Refused("same_booth", booth=first.booth_id)
    if command.agreed is not None:
        assigning.may_swap(floor.standing(), command.first, command.second, command.agreed)
    if ready := {command.first, command.second} & floor.set_up:
        raise Refused("booth_set_up", booth=min(ready))
    moves = [
        (source, target, floor.holders[source.booth_id].exhibitor_id)
        for source, target in ((first, second), (second, first))
        if source.booth_id in floor.holders
    ]
    if not moves:
        raise Refused("booths_free", first=first.booth_id, second=second.booth_id)
    if len({exhibitor_id for _, _, exhibitor_id in moves}) < len(moves):
        return []  # Both booths are held by one exhibitor: exchanged, they are as before.
    arrivals: list[Event] = []
    for _, target, exhibitor_id in moves:
        exhibitor = command.exhibitors.get(exhibitor_id)
        if exhibitor is None:
            raise Refused("exhibitor_unknown", exhibitor=exhibitor_id)
        may_stand(floor.plan, target, exhibitor, command.override)
        arrivals.append(_assigned(floor, target, exhibitor, "swap", merits(target, exhibitor)))
    # Both leave before either arrives, so that at no point a booth has two holders.
    return [
        *(_released(floor, source.booth_id, "swapped") for source, _, _ in moves),
        *arrivals,
    ]


def _plan(floor: Floor) -> Plan:
    if not floor.plan.booths:
        raise Refused("floor_plan_missing")
    return floor.plan


def _booth(floor: Floor, booth_id: str) -> Booth:
    booth = _plan(floor).booths.get(booth_id)
    if booth is None:
        raise Refused("booth_unknown", booth=booth_id)
    return booth


def _held(floor: Floor, booth_id: str) -> Holding:
    _booth(floor, booth_id)
    if booth_id not in floor.holders:
        raise Refused("booth_free", booth=booth_id)
    return floor.holders[booth_id]


def _whose(held: Holding) -> tuple[str, str, str, str, str]:
    """A booth and its holder, without whom to tell: nobody is told of it."""
    return held.fair_id, held.booth_id, held.pole_id, held.exhibitor_id, held.organisation_id


def _assigned(
    floor: Floor,
    booth: Booth,
    exhibitor: Exhibitor,
    method: Method,
    reasons: tuple[str, ...],
) -> BoothAssigned:
    return BoothAssigned(
        fair_id=floor.fair_id,
        booth_id=booth.booth_id,
        pole_id=booth.pole_id,
        exhibitor_id=exhibitor.exhibitor_id,
        organisation_id=exhibitor.organisation_id,
        contact_id=exhibitor.contact_id,
        method=method,
        reasons=reasons,
    )


def _released(floor: Floor, booth_id: str, reason: str) -> BoothReleased:
    held = floor.holders[booth_id]
    return BoothReleased(
        fair_id=held.fair_id,
        booth_id=booth_id,
        pole_id=held.pole_id,
        exhibitor_id=held.exhibitor_id,
        organisation_id=held.organisation_id,
        contact_id=held.contact_id,
        reason=reason,
    )


def evolve(floor: Floor, event: Event) -> Floor:
    match event:
        case FloorPlanPublished(fair_id, revision, booths):
            floor.fair_id = fair_id
            floor.plan = draw(revision, booths, ground_of(event))
        case BoothAssigned(booth_id=booth_id, exhibitor_id=exhibitor_id):
            floor.holders[booth_id] = event
            floor.held.setdefault(exhibitor_id, set()).add(booth_id)
        case BoothReleased(booth_id=booth_id, exhibitor_id=exhibitor_id):
            del floor.holders[booth_id]
            floor.held[exhibitor_id].discard(booth_id)
            floor.set_up.discard(booth_id)
        case AssignmentRulesPublished(version=version, rules=rules):
            floor.rules, floor.rules_version = rules, version
        case AssignmentAdopted(draft_id=draft_id):
            floor.adopted = draft_id
        case BoothSetUp(booth_id=booth_id):
            floor.set_up.add(booth_id)
        case BoothSetUpTakenBack(booth_id=booth_id):
            floor.set_up.discard(booth_id)
    return floor


DECIDER = Decider("floor", initial, decide, evolve)


def floor_stream(fair_id: str) -> Stream[Command, Floor, Event]:
    """The stream of one floor."""
    return DECIDER.stream(fair_id)
