"""Note what came of a telephone call."""

from __future__ import annotations

from uuid import UUID

from chassis.answers.shapes import known
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.breakpoints import reached
from services.notifications.calls import read, rows
from services.notifications.messages.domain import CallOutcome, NoteCall, message_stream
from services.notifications.messages.handlers import timer_of
from services.notifications.messages.rows import sending
from services.notifications.replies.rows import answers


async def note_call(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    message_id: str,
    outcome: CallOutcome,
    note: str | None,
) -> None:
    """Record a call about a message.  Raises Refused where the fair has no such message.

    The event comes first.  Killed after it, the same request again does the rest.
    """
    pool = runtime.pool
    found = await read.contact_of(pool, fair_id, message_id)
    contact_id = known(found, "message_unknown", message=message_id)
    await runtime.desk.execute(message_stream(message_id), NoteCall(message_id, outcome), context)
    await reached("call.noted")
    if note is not None:
        now = runtime.clock.now()
        await rows.keep(pool, context.command_id, message_id, contact_id, outcome, note, now)
    if read.closes(outcome):
        await answers.called_back(pool, message_id)
    if outcome is CallOutcome.REACHED:
        await sending.known(pool, [UUID(message_id)])
        await runtime.timers.cancel(timer_of(message_id))
