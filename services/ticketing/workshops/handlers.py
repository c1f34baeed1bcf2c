"""Gather what a decision on a workshop needs, then let the desk decide."""

from __future__ import annotations

from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.ticketing.duty.handlers import claim_duty, release_refused
from services.ticketing.workshops.domain import (
    Command,
    ReserveSeat,
    SeatWaitlisted,
    workshop_stream,
)


async def reserve_seat(
    runtime: Runtime,
    context: CommandContext,
    session_id: str,
    attendee_id: str,
    contact_id: str | None,
    wait: bool,
    organisation_id: str | None,
    places: int = 1,
) -> tuple[str, int | None]:
    """The id of the seat, and its rank if it is a place on the waiting list.

    For the team it asks no table: in a rush the desk alone decides, for hundreds at once.  The
    people of an exhibitor must be free to leave its stand: their time is claimed first.
    """
    seat_id = new_id(context, "seat")
    fair_id = None
    if organisation_id is not None:
        fair_id = await claim_duty(runtime, context, session_id, seat_id, organisation_id, places)
    now = runtime.clock.now()
    command = ReserveSeat(session_id, seat_id, attendee_id, contact_id, wait, now, organisation_id)
    try:
        outcome = await runtime.desk.execute(workshop_stream(session_id), command, context)
    except Refused:
        if organisation_id is not None and fair_id is not None:
            await release_refused(runtime, context, fair_id, organisation_id, seat_id)
        raise
    first = outcome.events[0]
    return seat_id, first.rank if isinstance(first, SeatWaitlisted) else None


async def execute(runtime: Runtime, context: CommandContext, command: Command) -> None:
    """Let the desk decide a command that already holds all that its decision needs."""
    await runtime.desk.execute(workshop_stream(command.session_id), command, context)
