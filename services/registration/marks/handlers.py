"""The handler of marks: it asks the fair whether they can still be given."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.registration.dossiers.domain import MarkApplication, application_stream
from services.registration.fairs.domain import Fair, fair_stream


async def mark_application(
    runtime: Runtime, context: CommandContext, command: MarkApplication
) -> None:
    """Raises Refused: after the draw, marks could be given by its order."""
    await runtime.desk.refused_before(context)
    fair: Fair = await runtime.desk.state(fair_stream(command.fair_id))
    if command.application_id not in fair.selection.applications:
        raise Refused("application_unknown", application_id=command.application_id)
    if fair.ranking.draw is not None:
        raise Refused("draw_held", word=fair.ranking.draw.word)
    await runtime.desk.execute(application_stream(command.application_id), command, context)
