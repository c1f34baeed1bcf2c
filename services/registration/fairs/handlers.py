"""The handlers of fairs and of their calls for exhibitors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.log.context import CommandContext
from services.registration.fairs import read
from services.registration.fairs.domain import Command, Event, LapseCall, OpenCall, fair_stream


async def ask_fair(
    runtime: Runtime, context: CommandContext, fair_id: str, command: Command
) -> Sequence[Event]:
    """Let a fair decide on a command, also on one for an application; returns what happened."""
    outcome = await runtime.desk.execute(fair_stream(fair_id), command, context)
    return outcome.events


async def open_call(
    runtime: Runtime, context: CommandContext, fair_id: str, closes_at: datetime
) -> None:
    known(await read.fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    # The timer is set before the call is open, so that no crash leaves an open call without its
    # deadline.  A timer of a call that was refused, moved or closed changes nothing.
    key = f"close-call:{fair_id}:{closes_at.isoformat()}"
    await runtime.timers.set(key, "close_call", closes_at, {"fair_id": fair_id})
    await ask_fair(runtime, context, fair_id, OpenCall(closes_at, now=runtime.clock.now()))


async def lapse_call(timer: Timer, runtime: Runtime) -> None:
    """The timer `close_call`: the deadline of a call has come."""
    stream = fair_stream(timer.payload["fair_id"])
    await runtime.desk.execute(stream, LapseCall(now=runtime.clock.now()), timer.context)
