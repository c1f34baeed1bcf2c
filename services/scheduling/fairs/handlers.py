"""The fair that a request is about."""

from __future__ import annotations

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from services.scheduling.fairs import read
from services.scheduling.fairs.read import Fair


async def known_fair(runtime: Runtime, fair_id: str) -> Fair:
    """Raises Refused where the fair was not announced, or its announcement is not yet received."""
    return known(await read.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)


async def standing_fair(runtime: Runtime, fair_id: str) -> Fair:
    """A fair that is to take place.  Raises Refused where it is unknown or was called off."""
    fair = await known_fair(runtime, fair_id)
    if fair.cancelled:
        raise Refused("fair_cancelled", fair=fair_id)
    return fair
