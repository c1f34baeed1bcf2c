"""The handlers of assignments: what a run is given, changes by hand, and how a draft is adopted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from chassis.definition.runtime import Runtime
from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.process.breakpoints import reached
from chassis.process.ids import uuid7
from services.scheduling.floor.assigning import (
    AdoptAssignment,
    Base,
    Standing,
    changed_since,
    problem_of,
    refusal_of,
)
from services.scheduling.floor.domain import Floor, floor_stream
from services.scheduling.floor.read import exhibitors as exhibitors_of
from services.scheduling.placing.booths import Exhibitor
from services.scheduling.placing.checker import Checker
from services.scheduling.placing.problem import Placement, Problem, moves
from services.scheduling.placing.weighing import Weighing
from services.scheduling.planning import read, rows
from services.scheduling.planning.rows import Draft

RUN = JobKind(
    "assignment",
    "services.scheduling.planning.running:run",
    seconds=150,
    megabytes=800,
    load=rows.load,
    take=rows.take,
    # A solver looks whether it is to stop between two steps, of a second or two.
    grace=4.0,
)
JOBS = (RUN,)


@dataclass(frozen=True)
class Asked:
    """How a run is asked for."""

    repair: bool
    based_on: str | None
    seed: int
    seconds: int
    compare: bool


async def standing_of(runtime: Runtime, fair_id: str) -> Standing:
    """The floor of a fair as of now.  Raises Refused where it has no plan."""
    floor: Floor = await runtime.desk.state(floor_stream(fair_id))
    # Copied before anything else is awaited: the desk goes on with its state.
    standing = floor.standing()
    if not standing.plan.booths:
        raise Refused("floor_plan_missing")
    return standing


async def ask_run(runtime: Runtime, context: CommandContext, fair_id: str, asked: Asked) -> UUID:
    """Make a draft, and ask for the job that computes it, which has its id; the same request again
    leads to the same one.

    Raises Refused where there is no plan or nobody to be placed, and CommandIdReused.
    """
    await runtime.desk.refused_before(context)
    standing = await standing_of(runtime, fair_id)
    problem = problem_of(standing, await read.profiles(runtime.pool, fair_id))
    if not problem.profiles:
        raise Refused("nobody_to_place")
    kept, start = await _kept(runtime, fair_id, asked.based_on)
    known = {each.exhibitor_id for each in problem.profiles}
    kept = {who: held for who, held in kept.items() if who in known}
    problem = replace(problem, pinned={**kept, **problem.pinned})
    base, encoded = base_of(standing, problem), given(problem, asked, start, kept)
    draft_id = uuid7()
    async with runtime.pool.acquire() as db, db.transaction():
        named = orjson.dumps({"draft_id": str(draft_id)}).decode()
        job_id = await store.ask(db, RUN, named, context, draft_id)
        if job_id == draft_id:
            about = (draft_id, fair_id, context, runtime.clock.now(), base, encoded, kept)
            await rows.add(db, *about, repair=asked.repair)
    return job_id


def given(problem: Problem, asked: Asked, start: Placement | None, kept: Placement) -> str:
    """What a run is given, as JSON."""
    said = {name: getattr(asked, name) for name in ("repair", "seed", "seconds", "compare")}
    problem_said = rows.PROBLEM.dump_python(problem, mode="json")
    return orjson.dumps({"problem": problem_said, "start": start, "kept": kept, **said}).decode()


async def _kept(
    runtime: Runtime, fair_id: str, based_on: str | None
) -> tuple[Placement, Placement | None]:
    """What the team has locked in another draft, and the placement that a run begins with."""
    if based_on is None:
        return {}, None
    draft, _ = await rows.draft(runtime.pool, fair_id, based_on)
    placement = draft.placement or {}
    return {who: placement[who] for who in draft.locked if who in placement}, placement


def base_of(standing: Standing, problem: Problem) -> Base:
    exhibitors = frozenset(each.exhibitor_id for each in problem.profiles)
    seen = (standing.plan.revision, standing.rules_version, standing.adopted)
    return Base(*seen, problem.present, exhibitors)


async def outdated(runtime: Runtime, fair_id: str, base: Base) -> list[str]:
    """What keeps a draft from being adopted."""
    standing = await standing_of(runtime, fair_id)
    everybody = await exhibitors_of(runtime.pool, fair_id)
    now = frozenset(key for key, each in everybody.items() if not each.withdrawn)
    return sorted(changed_since(base, standing, now))


# By hand


def placing(exhibitor_id: str, booths: tuple[str, ...]) -> Callable[[Draft], Draft]:
    """Gives an exhibitor these booths and no others."""

    def changed(draft: Draft) -> Draft:
        return judged(draft, {**_movable(draft, exhibitor_id), exhibitor_id: booths})

    return changed


def freeing(exhibitor_id: str) -> Callable[[Draft], Draft]:
    """Takes an exhibitor's booths."""

    def changed(draft: Draft) -> Draft:
        placement = _movable(draft, exhibitor_id)
        return judged(draft, {who: held for who, held in placement.items() if who != exhibitor_id})

    return changed


def locking(exhibitor_id: str, *, locked: bool) -> Callable[[Draft], Draft]:
    """Keeps an exhibitor where it stands, from changes by hand and from runs that go on."""

    def changed(draft: Draft) -> Draft:
        if locked and exhibitor_id not in (draft.placement or {}):
            raise Refused("exhibitor_not_placed", exhibitor=exhibitor_id)
        others = draft.locked - {exhibitor_id}
        return replace(draft, locked=others | {exhibitor_id} if locked else others)

    return changed


def _movable(draft: Draft, exhibitor_id: str) -> Placement:
    """The placement.  Raises Refused where the exhibitor is unknown to it, or locked."""
    if all(each.exhibitor_id != exhibitor_id for each in draft.problem.profiles):
        raise Refused("exhibitor_unknown", exhibitor=exhibitor_id)
    if exhibitor_id in draft.locked:
        raise Refused("exhibitor_locked", exhibitor=exhibitor_id)
    return draft.placement or {}


def judged(draft: Draft, placement: Placement) -> Draft:
    """The draft with another placement, and what that costs.

    Raises Refused where it breaks a rule that the placement of before does not.
    """
    checker = Checker(Weighing(draft.problem))
    before = {*checker.faults(draft.placement or {})}
    if broken := [each for each in checker.faults(placement) if each not in before]:
        raise refusal_of(draft.problem, broken[0])
    return replace(draft, placement=placement, judged=judgement(checker, draft.problem, placement))


def judgement(checker: Checker, problem: Problem, placement: Placement) -> Mapping[str, Any]:
    """What a placement leaves open, costs and moves."""
    worth = checker.worth(placement)
    return {
        "unplaced": worth.unplaced,
        "objective": worth.objective,
        "costs": dict(checker.costs(placement)),
        "moves": moves(problem.present, placement),
    }


async def change(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    draft_id: str,
    expected_version: int,
    changed: Callable[[Draft], Draft],
) -> None:
    """Change a draft by hand.  Raises what `rows.change` does."""
    await runtime.desk.refused_before(context)
    await rows.change(runtime.pool, context, fair_id, draft_id, expected_version, changed)


# Adopting


async def adopt(runtime: Runtime, context: CommandContext, fair_id: str, draft_id: str) -> None:
    """Make a draft a fact, whole or not at all."""
    await runtime.desk.refused_before(context)
    draft, _ = await rows.draft(runtime.pool, fair_id, draft_id)
    if draft.placement is None or draft.certificate is None:
        raise Refused("draft_without_placement", draft=draft_id)
    exhibitors: Mapping[str, Exhibitor] = await exhibitors_of(runtime.pool, fair_id)
    command = AdoptAssignment(
        draft_id=draft_id,
        base=draft.base,
        profiles=draft.problem.profiles,
        placement=draft.placement,
        certificate=draft.certificate,
        exhibitors=exhibitors,
        repair=draft.repair,
    )
    await reached("planning.adopting")
    await runtime.desk.execute(floor_stream(fair_id), command, context)
    await reached("planning.adopted")
