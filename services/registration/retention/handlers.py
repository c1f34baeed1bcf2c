"""Confirming a list of persons who are needed no more."""

from __future__ import annotations

from datetime import datetime

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.desk import CommandIdReused
from services.registration.retention import rows
from services.registration.retention.months import months_before
from services.registration.retention.rows import ConfirmedOut


def kept_since(runtime: Runtime) -> datetime:
    """Who was needed last before this moment is kept no longer."""
    return months_before(runtime.clock.now(), runtime.settings.kept_months)


async def confirm(runtime: Runtime, context: CommandContext, digest: str) -> ConfirmedOut:
    """Have those erased who are on the list with this digest.

    Raises Refused where the list of now is another one.
    """
    await runtime.desk.refused_before(context)
    if await rows.confirmed(runtime.pool, context.command_id) is None and not await rows.confirm(
        runtime.pool, context.command_id, context.actor, digest, kept_since(runtime)
    ):
        raise Refused("retention_changed")
    kept = await rows.confirmed(runtime.pool, context.command_id)
    assert kept is not None
    if kept["digest"] != digest:
        raise CommandIdReused
    return ConfirmedOut.of(kept)
