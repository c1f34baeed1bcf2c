"""What reminders do when an event is received, or the evening comes."""

from __future__ import annotations

from datetime import datetime

from maarid_contracts.registration import FairAnnouncedV1, FairChangedV1
from maarid_contracts.ticketing import SeatReleasedV1, SeatReservedV1, WorkshopMovedV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.definition.timers import Timer
from chassis.kafka.received import ReceivedEvent
from services.notifications.fairs.read import fairs
from services.notifications.messages.handlers import request_message
from services.notifications.reminders import handlers
from services.notifications.reminders.reminding import reminding
from services.notifications.workshops import read

EVERY_VERSION = 2**62
"""Seats asked for before this version of a stream: all of them."""


async def remind_of_seat(received: ReceivedEvent, runtime: Runtime) -> None:
    """Set the reminder of a seat that was reserved."""
    seat = await read.seat(runtime.pool, received.contract.seat_id)
    if seat is not None:
        await handlers.set_reminder(runtime, seat)


async def move_reminders(received: ReceivedEvent, runtime: Runtime) -> None:
    """Move the reminders of a workshop that was moved."""
    await handlers.set_reminders(runtime, received.contract.session_id, received.version)


async def set_waiting_reminders(received: ReceivedEvent, runtime: Runtime) -> None:
    """Set the reminders of seats that were received before their fair, whose zone they need."""
    for session_id in await read.workshops_of_fair(runtime.pool, received.contract.fair_id):
        await handlers.set_reminders(runtime, session_id, EVERY_VERSION)


async def follow_zone(received: ReceivedEvent, runtime: Runtime) -> None:
    """Move the reminders of a fair whose time zone was corrected."""
    if "timezone" in received.contract.changed:
        await set_waiting_reminders(received, runtime)


async def cancel_reminder(received: ReceivedEvent, runtime: Runtime) -> None:
    """Take back the reminder of a seat that was given up."""
    await handlers.cancel_reminder(runtime, received.contract.seat_id)


async def remind(timer: Timer, runtime: Runtime) -> None:
    """The evening before has come: request the reminder, if the contact still has the seat."""
    seat = await read.seat(runtime.pool, timer.payload["seat_id"])
    if seat is None or seat.waited:
        return
    known = await fairs(runtime.pool, [seat.fair_id])
    if seat.fair_id in known and known[seat.fair_id].cancelled:
        return  # Its seats are about to be released, and its reminders with them.
    workshops = await read.workshops(runtime.pool, [seat.session_id])
    starts_at = workshops[seat.session_id].starts_at
    if starts_at != datetime.fromisoformat(timer.payload["starts_at"]):
        return  # The workshop has moved meanwhile, and its reminder is about to move with it.
    if starts_at <= runtime.clock.now():
        return  # No replica ran in the evening, and a reminder of the past helps no one.
    context = timer.context
    await request_message(runtime, context, reminding(context.command_id, seat, timer.due))


REACTIONS: tuple[Reaction, ...] = (
    (FairAnnouncedV1, set_waiting_reminders),
    (FairChangedV1, follow_zone),
    (WorkshopMovedV1, move_reminders),
    (SeatReservedV1, remind_of_seat),
    (SeatReleasedV1, cancel_reminder),
)
