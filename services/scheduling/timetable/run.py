"""What a run computes, in the child process: a timetable by CP-SAT, or what makes it impossible."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ortools import __version__ as ortools_version
from ortools.sat.python import cp_model
from pydantic import TypeAdapter

from services.scheduling.programme.facts import Place
from services.scheduling.timetable.model import Literal, Model, built, greedy
from services.scheduling.timetable.problem import (
    Problem,
    ceiling,
    faults,
    grid,
    hindered,
    slot_of,
    worth,
)

WORKERS = 2
LOOK_SECONDS = 3.0
"""For each look whether something is possible, where a timetable is not."""
SOLVER = f"ortools_{ortools_version.replace('.', '_')}"
READ = TypeAdapter(Problem)
TELL_EVERY = 0.1


class Progress(Protocol):
    """What a job is given to say how far it is."""

    @property
    def stopping(self) -> bool: ...
    def __call__(self, share: float, code: str = "", /) -> None: ...


@dataclass(frozen=True)
class Found:
    """The best timetable of a search, if any; `bound` is what none exceeds."""

    places: Mapping[str, Place] | None
    bound: int
    proven: bool
    impossible: bool


def run(given: Any, progress: Progress) -> dict[str, Any]:
    """The function of the job `timetable`: proposes a timetable, or names what is impossible."""
    problem = READ.validate_python(given["problem"])
    seen = {"draft_id": given["draft_id"], "saw_revision": given["saw_revision"]}
    seed, seconds = int(given["seed"]), float(given["seconds"])
    progress(0.02, "building")
    model = built(problem)
    if stuck := without_a_place(problem, model.places):
        return {**seen, "conflict": stuck}
    found = search(problem, model, seconds=seconds, seed=seed, progress=progress)
    if found.impossible:
        progress(0.9, "looking_for_the_conflict")
        return {**seen, "conflict": conflict(problem, seed)}
    if found.places is None:
        return {**seen, "conflict": {"sessions": [], "reasons": ["not_found_in_time"]}}
    points = checked(problem, found.places)
    return {
        **seen,
        "places": {
            key: TypeAdapter(Place).dump_python(at, mode="json") for key, at in found.places.items()
        },
        "objective": points,
        "bound": max(found.bound, points),
        "proven": found.proven,
        "seed": seed,
        "seconds": seconds,
        "workers": WORKERS,
        "solver": SOLVER,
    }


def checked(problem: Problem, places: Mapping[str, Place]) -> int:
    """The points of a timetable, whatever the solver says of it.  Raises RuntimeError on faults."""
    if wrong := faults(problem, places):
        raise RuntimeError(f"the timetable breaks {wrong[0].code}")
    return worth(problem, places).points


class _Watch(cp_model.CpSolverSolutionCallback):
    """Remembers how good the best timetable is."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()
        self.objective: float | None = None

    def on_solution_callback(self) -> None:  # pragma: no cover - called by threads of C++
        self.objective = max(self.objective_value, self.objective or 0)


def search(
    problem: Problem, model: Model, *, seconds: float, seed: int, progress: Progress
) -> Found:
    """Look for the best timetable; where somebody asks for an end, the best so far counts."""
    begun = greedy(problem, model.places)
    for key, place in begun.items():
        model.cp.add_hint(model.places[key][place], 1)
    solver = _solver(seconds, seed)
    watch = _Watch()
    if not faults(problem, begun):
        watch.objective = worth(problem, begun).points
    with _told(solver, watch, seconds, progress):
        status = solver.solve(model.cp, watch)
    # Where the search ends before it has found one, what somebody would begin with will do.
    places: dict[str, Place] | None = None if watch.objective is None else begun
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        places = {
            key: next(at for at, literal in of.items() if solver.boolean_value(literal))
            for key, of in model.places.items()
        }
    bound = ceiling(problem)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        bound = min(bound, int(solver.best_objective_bound + 1e-6))
    return Found(places, bound, status == cp_model.OPTIMAL, status == cp_model.INFEASIBLE)


def _solver(seconds: float, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = WORKERS
    return solver


@contextmanager
def _told(
    solver: cp_model.CpSolver, watch: _Watch, seconds: float, progress: Progress
) -> Generator[None]:
    """Tell how far a search is, and end it where somebody asks for that."""
    bounds: list[float] = []
    solver.best_bound_callback = bounds.append
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(TELL_EVERY):
            share = 0.05 + 0.9 * min((time.monotonic() - watch.began) / seconds, 1)
            bound = bounds[-1] if bounds else 0
            best = 0 if watch.objective is None else watch.objective
            if progress.stopping:
                solver.stop_search()
                return
            # It raises where somebody asked for an end just now: the next look sees that.
            with suppress(BaseException):
                progress(share, f"searching:{best:.0f}:{bound:.0f}")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


# What makes a timetable impossible


def without_a_place(
    problem: Problem, found: Mapping[str, Mapping[Place, Literal]]
) -> dict[str, Any] | None:
    """The first session that has no place whatever the others do, and what mostly bars it."""
    for request in problem.requests:
        if found[request.session_id]:
            continue
        places = (
            [problem.locked[request.session_id]]
            if request.session_id in problem.locked
            else (list(grid(problem, request)))
        )
        barring = (hindered(problem, request, place, problem.kept) for place in places)
        codes = Counter(found.code for found in barring if found)
        reasons = [code for code, _ in codes.most_common(3)] or ["no_hall_or_no_time"]
        return {"sessions": [request.session_id], "reasons": reasons}
    return None


def conflict(problem: Problem, seed: int) -> dict[str, Any]:
    """Sessions that cannot all be placed, each of which is needed for that (deletion filter), and
    the rules of which one alone, left out, would make room for them."""
    model = built(problem, optional=True)
    model.cp.add_assumptions(list(model.wanted.values()))
    solver = _solver(LOOK_SECONDS, seed)
    solver.parameters.num_workers = 1
    if solver.solve(model.cp) != cp_model.INFEASIBLE:
        return {"sessions": [], "reasons": ["not_found_in_time"]}
    by_index = {literal.index: key for key, literal in model.wanted.items()}
    named = solver.sufficient_assumptions_for_infeasibility()
    core = smallest(problem, [by_index[index] for index in named], seed)
    small = _only(problem, core)
    helps = [code for code, eased in _eased(small).items() if not _impossible(eased, seed)]
    return {"sessions": core, "reasons": helps or ["too_many_at_once"]}


def smallest(problem: Problem, core: list[str], seed: int) -> list[str]:
    """Those of some sessions that cannot all be placed without whom the others could."""
    for key in list(core):
        left = [each for each in core if each != key]
        if left and _impossible(_only(problem, left), seed):
            core = left
    return core


def _only(problem: Problem, keys: Iterable[str]) -> Problem:
    wanted = set(keys)
    return replace(
        problem,
        requests=tuple(each for each in problem.requests if each.session_id in wanted),
        locked={key: place for key, place in problem.locked.items() if key in wanted},
        # Locked ones that are not looked at stay where they are.
        standing=(
            *problem.standing,
            *(slot_of(problem.of[k], at) for k, at in problem.locked.items() if k not in wanted),
        ),
    )


def _impossible(problem: Problem, seed: int) -> bool:
    solver = _solver(LOOK_SECONDS, seed)
    model = built(replace(problem, wishes=()))
    model.cp.clear_objective()
    return solver.solve(model.cp) == cp_model.INFEASIBLE


def _eased(problem: Problem) -> dict[str, Problem]:
    """The problem without each of the rules."""
    rules = problem.rules

    def with_rules(**changed: Any) -> Problem:
        return replace(problem, rules=replace(rules, **changed))

    def with_requests(**changed: Any) -> Problem:
        requests = tuple(replace(each, **changed) for each in problem.requests)
        return replace(problem, requests=requests)

    return {
        "breaks": with_rules(breaks=()),
        "programme_hours": with_rules(hours=()),
        "availability_of_speakers": with_rules(speakers=()),
        "availability_of_halls": with_rules(
            halls=tuple(replace(hall, available=()) for hall in rules.halls)
        ),
        "equipment": with_requests(requires=()),
        "silence": with_requests(silences="nowhere"),
        "speakers": with_requests(speakers=()),
        "allowed_halls": with_requests(halls=()),
        "allowed_days": with_requests(within=()),
    }
