"""What a run of an assignment computes, in the child process of jobs."""

from __future__ import annotations

import time
from typing import Any

from pydantic import TypeAdapter

from services.scheduling.placing.bound import Duals, rounded
from services.scheduling.placing.checker import Checker
from services.scheduling.placing.everybody import everybody
from services.scheduling.placing.model import Aim, Model, build, parts
from services.scheduling.placing.problem import Placement, Problem
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning import solver
from services.scheduling.planning.annealing import annealed, crowded, parted
from services.scheduling.planning.solver import Solved, Tell, Watch

ANNEALED_SHARE = 0.5
"""So much of its time a run improves a start by chance, where that helps."""
PARTED_SECONDS = 2.0
"""So long neighbours who must not be any are exchanged, also where a run's time is over: most are
parted at once, and without it everybody of these poles would be left out."""
SCALE = 20
"""Prices are kept in twentieths of a point."""

PROBLEM = TypeAdapter(Problem)
START = TypeAdapter(dict[str, tuple[str, ...]] | None)


def run(given: Any, tell: Tell) -> dict[str, Any]:
    """The function of the job: a placement without faults, the best that was found in time.

    `given`: `problem`, `start` (a placement or none), `repair`, `seed`, `seconds`.
    """
    problem = PROBLEM.validate_python(given["problem"], strict=False)
    start = START.validate_python(given.get("start")) or {}
    return Run(problem, start, given["repair"], given["seed"], given["seconds"], tell).result()


class Run:
    """One run: the poles that no rule joins are solved one after the other."""

    def __init__(
        self,
        problem: Problem,
        start: Placement,
        repair: bool,
        seed: int,
        seconds: float,
        tell: Tell,
    ) -> None:
        self.weighing = Weighing(problem)
        self.checker = Checker(self.weighing)
        self.start, self.repair, self.seed = start, repair, seed
        now = time.monotonic()
        self.watch = Watch(tell, now + seconds, now)
        self.end = self.watch.until
        self.placement: dict[str, tuple[str, ...]] = {}
        self.duals: list[Duals] = []
        self.bound, self.proven = 0, True

    def result(self) -> dict[str, Any]:
        groups = parts(self.weighing)
        for place, poles in enumerate(groups):
            # Most need less than their share, and some more; what is left goes to the next.
            left = self.end - time.monotonic()
            share = min(2 * self._share(groups[place:]), 1.0)
            self.watch.until = time.monotonic() + left * share
            self._group(poles)
        self._fall_back()
        worth, costs = self.checker.worth(self.placement), self.checker.costs(self.placement)
        assert not self.checker.faults(self.placement), "a proposal breaks a rule"
        return {
            "placement": {who: [*held] for who, held in sorted(self.placement.items())},
            "unplaced": worth.unplaced,
            "objective": worth.objective,
            "bound": min(self.bound, worth.objective),
            "proven": self.proven and self.bound >= worth.objective,
            "costs": dict(costs),
            "seed": self.seed,
            "versions": solver.versions(),
            "duals": [
                {
                    "poles": [*each.poles],
                    "scale": each.scale,
                    "rows": [*each.rows],
                    "values": [*each.values],
                }
                for each in self.duals
            ],
        }

    def _fall_back(self) -> None:
        """Where time ended before enough was found, the start counts, and nothing is proven."""
        places_more = self.checker.unplaced(self.start) < self.checker.unplaced(self.placement)
        if places_more and not self.checker.faults(self.start):
            self.placement = {**self.start}
            self.bound, self.proven, self.duals = 0, False, []

    def _share(self, groups: tuple[tuple[str, ...], ...]) -> float:
        """The first group's share of what is left to do, which grows as the square of its size."""
        work = [sum(len(self.weighing.poles[each]) for each in poles) ** 2 for poles in groups]
        return work[0] / max(sum(work), 1)

    def _group(self, poles: tuple[str, ...]) -> None:
        held = {
            who: booths
            for who, booths in self.start.items()
            if who in self.weighing.profiles and self.weighing.profiles[who].pole_id in poles
        }
        quick = self._few(poles, 0) if self.repair else None
        if quick is not None:
            aim, start = quick
        else:
            unplaced, start = self._fewest(poles, held)
            aim = Aim(unplaced)
            if self.repair:
                aim, start = self._moves(poles, unplaced)
            else:
                start = self._annealed(poles, start)
        model, solved = self._solved(poles, aim, start)
        if solved.taken is None and not start and not self.watch.over:
            # Everybody could be placed but for forbidden neighbours: some cannot.
            unplaced, start = self._counted(poles, Aim(), {})
            model, solved = self._solved(poles, Aim(unplaced), start)
        self.bound += solved.bound
        self.proven = self.proven and solved.proven
        self.placement.update(start if solved.taken is None else model.placement(solved.taken))
        if solved.prices and not self.repair:
            self.duals.append(rounded(model, poles, solved.prices, SCALE)[0])
        self.watch.before += solved.objective

    def _solved(self, poles: tuple[str, ...], aim: Aim, start: Placement) -> tuple[Model, Solved]:
        model = build(self.weighing, poles, aim)
        taken = model.taken(start) if start else None
        return model, solver.solve(model, self.watch, seed=self.seed, start=taken)

    def _annealed(self, poles: tuple[str, ...], start: Placement) -> Placement:
        """Where one family has about half of the booths, a better placement to start from."""
        if not crowded(self.weighing, poles):
            return start
        found = annealed(
            self.checker,
            poles,
            start or everybody(self.weighing, poles),
            seed=self.seed,
            seconds=self.watch.left * ANNEALED_SHARE,
            over=lambda: self.watch.over,
        )
        return start if self.checker.faults(found) else found

    def _fewest(self, poles: tuple[str, ...], held: Placement) -> tuple[int, Placement]:
        """How few booths have to stay ungiven, and a placement that shows it, if one is known."""
        every = held
        for every in (held, everybody(self.weighing, poles)):
            if not self.checker.unplaced(every, poles) and not self.checker.faults(every):
                return 0, every
        if not self.checker.unplaced(every, poles) and not self.repair:
            seconds = PARTED_SECONDS
            found = parted(self.checker, poles, every, seed=self.seed, seconds=seconds)
            return 0, {} if self.checker.faults(found) else found
        return self._counted(poles, Aim(), every)

    def _few(self, poles: tuple[str, ...], unplaced: int) -> tuple[Aim, Placement] | None:
        """None has to move, or one: looked at first, for their models are small."""
        for moves in (0, 1):
            aim = Aim(unplaced, repair=True, moves=moves)
            model = build(self.weighing, poles, aim)
            found = solver.feasible(model, self.watch, seed=self.seed)
            if found is not None:
                return aim, model.placement(found)
        return None

    def _moves(self, poles: tuple[str, ...], unplaced: int) -> tuple[Aim, Placement]:
        """How few have to move."""
        few = self._few(poles, unplaced) if unplaced else None
        if few is not None:
            return few
        moves, start = self._counted(poles, Aim(unplaced, repair=True), {})
        return Aim(unplaced, repair=True, moves=moves), start

    def _counted(self, poles: tuple[str, ...], aim: Aim, start: Placement) -> tuple[int, Placement]:
        """What is counted before costs are, and a placement that shows it."""
        self.watch.counting = True
        model, solved = self._solved(poles, aim, {} if self.checker.faults(start) else start)
        self.watch.counting = False
        self.proven = self.proven and solved.proven
        if solved.taken is None:
            asked = sum(each.booths for each in self.weighing.profiles.values())
            return asked, {}
        return solved.objective, model.placement(solved.taken)
