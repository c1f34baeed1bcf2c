"""An assignment of 350 booths is adopted, and commands go on while another one is solved."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import orjson

from benchmarks.ground import Ground, Place
from benchmarks.measuring import (
    Line,
    Measured,
    at_most,
    in_turns,
    percentile,
    settle,
    share_of,
    until,
)
from benchmarks.placing import fair
from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.jobs.worker import Worker
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.process.tasks import end
from services.scheduling.app import definition
from services.scheduling.floor.assigning import (
    AdoptAssignment,
    Base,
    Certificate,
    PublishAssignmentRules,
    SetUpBooth,
    TakeBackSetUp,
    problem_of,
)
from services.scheduling.floor.domain import Floor, PublishPlan, floor_stream
from services.scheduling.placing.booths import Exhibitor
from services.scheduling.placing.checker import Checker
from services.scheduling.placing.problem import Problem, by_booth
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning.rows import PROBLEM
from services.scheduling.planning.running import by_first_fit, sound

BOOTHS, POLES = 350, 4
ADOPT_SECONDS = 1
SOLVING = JobKind("assignment", "services.scheduling.planning.running:run", 300, 800)


def context() -> CommandContext:
    return CommandContext(uuid4(), "organiser:bench")


async def drawn(desk: Desk, problem: Problem) -> tuple[str, AdoptAssignment]:
    """A fair of its own with plan and rules, and a draft of it as first fit makes it."""
    fair_id = f"bench-{uuid4().hex[:12]}"
    stream, booths = floor_stream(fair_id), tuple(problem.ground.booths.values())
    poles = frozenset(booth.pole_id for booth in booths)
    exhibitors = {
        each.exhibitor_id: Exhibitor(
            **{name: getattr(each, name) for name in Exhibitor.__slots__ if name != "withdrawn"}
        )
        for each in problem.profiles
    }
    await desk.execute(stream, PublishPlan(fair_id, booths, poles), context())
    rules = PublishAssignmentRules(fair_id, problem.rules, frozenset(exhibitors))
    await desk.execute(stream, rules, context())
    floor: Floor = await desk.state(stream)
    checker = Checker(Weighing(problem_of(floor.standing(), problem.profiles)))
    placement = sound(checker, by_first_fit(checker.weighing))
    base = Base(1, 1, None, {}, frozenset(exhibitors))
    certificate = Certificate(unplaced=checker.unplaced(placement), bound=0, seed=1)
    return fair_id, AdoptAssignment(
        str(uuid4()), base, problem.profiles, placement, certificate, exhibitors
    )


def whole(problem: Problem) -> Problem:
    """With ids as they are, for events go to disk as contracts have them."""
    return replace(problem, pinned={}, present={})


async def adopt(ground: Ground) -> Measured:
    """One command, until its events and read tables are durable."""
    problem = whole(fair(1, ground.amount(BOOTHS, 60), POLES))
    async with ground.place(definition()) as place, place.desk() as desk:
        times: list[float] = []
        placed = 0
        for _ in range(ground.turns):
            fair_id, command = await drawn(desk, problem)
            settle()
            began = time.perf_counter()
            await desk.execute(floor_stream(fair_id), command, context())
            times.append(time.perf_counter() - began)
            placed = sum(map(len, command.placement.values()))
    return share_of(statistics.median(times), ADOPT_SECONDS, "s", booths=placed)


@asynccontextmanager
async def _solving(place: Place, problem: Problem) -> AsyncGenerator[None]:
    """A worker whose child solves, for the time of a block."""
    running = asyncio.create_task(Worker("bench", [SOLVING], place.pool).run())
    wish = context()
    given = {
        "problem": PROBLEM.dump_python(problem, mode="json"),
        "start": None,
        "repair": False,
        "seed": 1,
        "seconds": 240,
        "compare": False,
    }
    job_id: UUID = await store.ask(place.pool, SOLVING, orjson.dumps(given).decode(), wish)

    async def solves() -> bool:
        shown = await store.find(place.pool, job_id, wish.actor)
        return shown["state"] == "running"

    await until(solves)
    try:
        yield
        shown = await store.find(place.pool, job_id, wish.actor)
        assert shown["state"] == "running", "the run was over before the commands were"
    finally:
        await store.wish_stop(place.pool, job_id, wish.actor)
        await end(running)


async def while_solving(ground: Ground) -> Measured:
    """One command after another, with a child that solves and without."""
    problem, number = whole(fair(1, BOOTHS, 1, skewed=True)), ground.amount(1000, 100)
    async with ground.place(definition()) as place:

        async def idle() -> float:
            async with place.desk() as desk:
                fair_id, command = await drawn(desk, problem)
                stream = floor_stream(fair_id)
                await desk.execute(stream, command, context())
                booths = sorted(by_booth(command.placement))
                settle()
                times: list[float] = []
                for each in range(number):
                    booth_id = booths[each // 2 % len(booths)]
                    back = TakeBackSetUp(booth_id, "by_hand")
                    wish = back if each % 2 else SetUpBooth(booth_id)
                    began = time.perf_counter()
                    await desk.execute(stream, wish, context())
                    times.append(time.perf_counter() - began)
                return percentile(times, 0.99)

        async def busy() -> float:
            async with _solving(place, problem):
                return await idle()

        return await in_turns(ground, busy, idle, unit="ms", scale=1000)


LINES = (
    Line(
        "scheduling.adopt",
        f"an assignment of {BOOTHS} booths adopted, against {ADOPT_SECONDS} s",
        at_most(1),
        adopt,
    ),
    Line(
        "scheduling.while_solving",
        "one command alone, p99, while an assignment is solved against idle",
        at_most(3),
        while_solving,
    ),
)
