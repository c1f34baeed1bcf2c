"""The handlers of calls for exhibitors and of their deadlines."""

from __future__ import annotations

from datetime import datetime

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.log.context import CommandContext
from services.registration.fairs import read
from services.registration.fairs.domain import LapseCall, OpenCall, fair_stream


async def open_call(
    runtime: Runtime, context: CommandContext, fair_id: str, closes_at: datetime
) -> None:
    known(await read.fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    # The timer is set before the call is open, so that no crash leaves an open call without its
    # deadline.  A timer of a call that was refused, moved or closed changes nothing.
    key = f"close-call:{fair_id}:{closes_at.isoformat()}"
    await runtime.timers.set(key, "close_call", closes_at, {"fair_id": fair_id})
    command = OpenCall(closes_at, now=runtime.clock.now())
    await runtime.desk.execute(fair_stream(fair_id), command, context)


async def lapse_call(timer: Timer, runtime: Runtime) -> None:
    """The timer `close_call`: the deadline of a call has come."""
    stream = fair_stream(timer.payload["fair_id"])
    await runtime.desk.execute(stream, LapseCall(now=runtime.clock.now()), timer.context)
