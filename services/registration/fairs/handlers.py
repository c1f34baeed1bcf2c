"""The handlers of fairs and of their calls for exhibitors."""

from __future__ import annotations

from datetime import datetime

from chassis.api.requests import NotFound
from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.log.context import CommandContext
from services.registration.fairs import read
from services.registration.fairs.domain import (
    AnnounceFair,
    CancelFair,
    ChangeFair,
    CloseCall,
    LapseCall,
    OpenCall,
    fair_stream,
)


async def announce_fair(runtime: Runtime, context: CommandContext, command: AnnounceFair) -> None:
    await runtime.desk.execute(fair_stream(command.fair_id), command, context)


async def change_fair(
    runtime: Runtime, context: CommandContext, fair_id: str, command: ChangeFair
) -> None:
    await runtime.desk.execute(fair_stream(fair_id), command, context)


async def cancel_fair(runtime: Runtime, context: CommandContext, fair_id: str, reason: str) -> None:
    await runtime.desk.execute(fair_stream(fair_id), CancelFair(reason), context)


async def open_call(
    runtime: Runtime, context: CommandContext, fair_id: str, closes_at: datetime
) -> None:
    if not await read.fair_exists(runtime.pool, fair_id):
        raise NotFound("fair_unknown", fair_id=fair_id)
    # The timer is set before the call is open, so that no crash leaves an open call without its
    # deadline.  A timer of a call that was refused, moved or closed changes nothing.
    key = f"close-call:{fair_id}:{closes_at.isoformat()}"
    await runtime.timers.set(key, "close_call", closes_at, {"fair_id": fair_id})
    await runtime.desk.execute(
        fair_stream(fair_id), OpenCall(closes_at, now=runtime.clock.now()), context
    )


async def close_call(runtime: Runtime, context: CommandContext, fair_id: str, reason: str) -> None:
    await runtime.desk.execute(fair_stream(fair_id), CloseCall(reason), context)


async def lapse_call(timer: Timer, runtime: Runtime) -> None:
    """The timer `close_call`: the deadline of a call has come."""
    stream = fair_stream(timer.payload["fair_id"])
    await runtime.desk.execute(stream, LapseCall(now=runtime.clock.now()), timer.context)
