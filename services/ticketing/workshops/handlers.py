"""Gather what a decision on a workshop needs, then let the desk decide."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid5

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from services.ticketing.workshops.domain import (
    CancelSeat,
    ReserveSeat,
    SeatWaitlisted,
    SetRules,
    workshop_stream,
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A seat, or a rank on the waiting list."""

    seat_id: str
    rank: int | None


async def reserve_seat(
    runtime: Runtime,
    context: CommandContext,
    session_id: str,
    attendee_id: str,
    contact_id: str | None,
    wait: bool,
    organisation_id: str | None,
) -> Reservation:
    """Asks no table: in a rush the desk alone decides, for hundreds at once."""
    seat_id = str(uuid5(context.command_id, "seat"))
    now = runtime.clock.now()
    command = ReserveSeat(session_id, seat_id, attendee_id, contact_id, wait, now, organisation_id)
    outcome = await runtime.desk.execute(workshop_stream(session_id), command, context)
    first = outcome.events[0]
    return Reservation(seat_id, first.rank if isinstance(first, SeatWaitlisted) else None)


async def cancel_seat(
    runtime: Runtime, context: CommandContext, session_id: str, seat_id: str, reason: str
) -> None:
    command = CancelSeat(session_id, seat_id, reason, runtime.clock.now())
    await runtime.desk.execute(workshop_stream(session_id), command, context)


async def set_rules(
    runtime: Runtime, context: CommandContext, session_id: str, places_per_organisation: int
) -> None:
    command = SetRules(session_id, places_per_organisation)
    await runtime.desk.execute(workshop_stream(session_id), command, context)
