"""The background work of the programme."""

from __future__ import annotations

import asyncio

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.ids import uuid7
from services.scheduling.programme import read
from services.scheduling.programme.domain import CancelSessions, programme_stream

LOOK_SECONDS = 5.0


async def cancel_late_sessions(runtime: Runtime) -> None:
    """Call off sessions that were scheduled in the instant in which their fair was called off.

    A command may have been gathered before the end of the fair was received.
    """
    while True:
        for fair_id in await read.cancelled_fairs_with_sessions(runtime.pool):
            # Any id will do: once the sessions are off, cancelling them again writes nothing.
            context = CommandContext(uuid7(), actor="policy:cancel_late_sessions")
            await runtime.desk.execute(programme_stream(fair_id), CancelSessions(), context)
        await asyncio.sleep(LOOK_SECONDS)
