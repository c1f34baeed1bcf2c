"""The handlers of applications.  The fair decides on them: see the subject `selection`."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.registration.fairs.domain import Event, fair_stream
from services.registration.selection.domain import Decision, SubmitApplication


async def submit_application(
    runtime: Runtime, context: CommandContext, fair_id: str, command: SubmitApplication
) -> None:
    await runtime.desk.execute(fair_stream(fair_id), command, context)


async def decide_application(
    runtime: Runtime, context: CommandContext, fair_id: str, command: Decision
) -> Sequence[Event]:
    outcome = await runtime.desk.execute(fair_stream(fair_id), command, context)
    return outcome.events
