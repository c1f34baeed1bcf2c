"""The reasons for a booth, worked out from the floor and the rules as they are now."""

from __future__ import annotations

import asyncio

from chassis.definition.runtime import Runtime
from services.scheduling.floor.assigning import problem_of
from services.scheduling.placing.problem import Problem
from services.scheduling.placing.why import charges_of, lack, others
from services.scheduling.planning.handlers import standing_of
from services.scheduling.planning.read import profiles
from services.scheduling.reasons.read import ReasonsOut


async def reasons(runtime: Runtime, fair_id: str, exhibitor_id: str) -> ReasonsOut:
    """Raises Refused where the fair has no plan."""
    standing = await standing_of(runtime, fair_id)
    problem = problem_of(standing, await profiles(runtime.pool, fair_id))
    # It takes a tenth of a second for a large fair: in a thread, so that others have their turn.
    return await asyncio.to_thread(_reasons, problem, exhibitor_id)


def _reasons(problem: Problem, exhibitor_id: str) -> ReasonsOut:
    known = {each.exhibitor_id for each in problem.profiles}
    placement = {who: held for who, held in problem.present.items() if who in known}
    stands = exhibitor_id in placement
    return ReasonsOut.model_validate(
        {
            "exhibitor_id": exhibitor_id,
            "booths": placement.get(exhibitor_id, ()),
            "costs": charges_of(problem, placement, exhibitor_id) if stands else {},
            "others": others(problem, placement, exhibitor_id) if stands else (),
            "lacks": lack(problem, placement, exhibitor_id),
        }
    )
