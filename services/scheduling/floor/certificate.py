"""Holds adopted assignments against the log alone: are they feasible, and do their numbers add up?

Feasibility, costs and moves are recomputed.  A bound is recomputed by arithmetic from the duals of
the relaxation, as far as that goes; what lies between it and the bound that was told, and that no
placement leaves fewer booths ungiven or moves fewer, rests on the solver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from services.scheduling.floor import assigning
from services.scheduling.floor.assigning import (
    ASSIGNED_ANEW,
    REASSIGNED,
    AssignmentAdopted,
)
from services.scheduling.floor.domain import (
    BoothAssigned,
    BoothReleased,
    Event,
    Floor,
    evolve,
    initial,
)
from services.scheduling.placing.bound import Duals, bound
from services.scheduling.placing.checker import Checker
from services.scheduling.placing.problem import Placement, Problem, by_exhibitor, moves
from services.scheduling.placing.weighing import Weighing

Arithmetic = Callable[[Problem, Placement, tuple[Duals, ...]], int]
"""The bound that prices prove, of placements that leave as many ungiven as this one."""


@dataclass(frozen=True)
class Judged:
    """An adopted assignment, the bound that arithmetic proves, and where the log says otherwise."""

    event: AssignmentAdopted
    arithmetic: int
    differences: tuple[str, ...]


@dataclass
class Proving:
    """One floor, event by event."""

    arithmetic: Arithmetic = bound
    floor: Floor = field(default_factory=initial)
    before: Mapping[str, str] | None = None
    """Who held what before the adoption whose events are being heard."""

    def heard(self, event: Event) -> Judged | None:
        """Take the next event; of an adopted assignment returns what it comes to."""
        judged = None
        match event:
            case BoothReleased(reason=reason) if reason in (REASSIGNED, ASSIGNED_ANEW):
                self._adopting()
            case BoothAssigned(method="optimised"):
                self._adopting()
            case AssignmentAdopted():
                judged = self._judged(event)
                self.before = None
            case _:
                self.before = None
        self.floor = evolve(self.floor, event)
        return judged

    def _adopting(self) -> None:
        if self.before is None:
            self.before = self.floor.occupied()

    def _judged(self, event: AssignmentAdopted) -> Judged:
        standing = self.floor.standing()
        before = by_exhibitor(standing.holders if self.before is None else self.before)
        problem = replace(assigning.problem_of(standing, event.profiles), present=before)
        placement = by_exhibitor(standing.holders)
        checker = Checker(Weighing(problem))
        if found := checker.faults(placement):
            broken = {f"breaks {each.code} at {', '.join(each.booths)}" for each in found}
            return Judged(event, 0, tuple(sorted(broken)))
        kept = {each.exhibitor_id: each.booths for each in event.kept}
        bounded = replace(problem, pinned={**kept, **problem.pinned})
        try:
            proved = self.arithmetic(bounded, placement, event.duals)
        except ValueError:
            return Judged(event, 0, ("has prices of another model",))
        worth = checker.worth(placement)
        holds = {
            "is for another plan": event.revision == standing.plan.revision,
            "is by other rules": event.rules_version == standing.rules_version,
            "costs otherwise": event.costs == checker.costs(placement),
            "has another objective": event.objective == worth.objective,
            "leaves otherwise ungiven": event.unplaced == worth.unplaced,
            "moves others": event.moves == moves(before, placement),
            "gives other places": event.places
            == assigning.places_given(checker.weighing, placement),
            "costs less than can be": max(event.bound, proved) <= event.objective,
            "is not proven": not event.proven or event.bound == event.objective,
        }
        return Judged(event, proved, tuple(what for what, right in holds.items() if not right))
