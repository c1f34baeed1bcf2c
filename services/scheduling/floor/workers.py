"""The background work of the floor."""

from __future__ import annotations

import asyncio

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from services.scheduling.floor import read
from services.scheduling.floor.domain import ReleaseExhibitor, floor_stream

LOOK_SECONDS = 5.0


async def release_late_arrivals(runtime: Runtime) -> None:
    """Take back booths that were given to an exhibitor in the instant in which it withdrew.

    An assignment may have been gathered before the withdrawal was received, and decided after
    `release_booths` found nothing to release.  The floor cannot know: it learns of exhibitors
    through commands only.  An event for every exhibitor that leaves, kept for ever on a public
    topic just for this instant, would cost more than it saves.  The read tables know both sides,
    so a look at them every few seconds is enough, also where a policy's event became a dead
    letter.
    """
    while True:
        for fair_id, exhibitor_id in await read.withdrawn_holders(runtime.pool):
            # Any id will do: once the booths are free, releasing them again writes nothing.
            context = CommandContext(uuid7(), actor="policy:release_late_arrivals")
            command = ReleaseExhibitor(exhibitor_id)
            await runtime.desk.execute(floor_stream(fair_id), command, context)
        await asyncio.sleep(LOOK_SECONDS)
