"""Gather what a decision on a workshop needs, then let the desk decide."""

from __future__ import annotations

from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
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
) -> tuple[str, int | None]:
    """The id of the seat, and its rank if it is a place on the waiting list.

    Asks no table: in a rush the desk alone decides, for hundreds at once.
    """
    seat_id = new_id(context, "seat")
    now = runtime.clock.now()
    command = ReserveSeat(session_id, seat_id, attendee_id, contact_id, wait, now, organisation_id)
    outcome = await runtime.desk.execute(workshop_stream(session_id), command, context)
    first = outcome.events[0]
    return seat_id, first.rank if isinstance(first, SeatWaitlisted) else None


async def execute(runtime: Runtime, context: CommandContext, command: Command) -> None:
    """Let the desk decide a command that already holds all that its decision needs."""
    await runtime.desk.execute(workshop_stream(command.session_id), command, context)
