"""Set and take back reminders, of one seat or of all seats of a workshop."""

from __future__ import annotations

from datetime import datetime

from chassis.definition.runtime import Runtime
from services.notifications.fairs.read import fairs
from services.notifications.reminders import rows
from services.notifications.reminders.reminding import evening_before
from services.notifications.workshops.read import workshops
from services.notifications.workshops.workshop import Seat


async def set_reminder(runtime: Runtime, seat: Seat) -> None:
    """Set the reminder of a seat, or take it back where its evening is over."""
    if seat.waited or (evening := await _evening(runtime, seat.session_id)) is None:
        return
    due, starts_at = evening
    if due <= runtime.clock.now():
        await cancel_reminder(runtime, seat.seat_id)
        return
    payload = {"seat_id": seat.seat_id, "starts_at": starts_at.isoformat()}
    await runtime.timers.set(rows.key_of(seat.seat_id), rows.REMINDER, due, payload)


async def set_reminders(runtime: Runtime, session_id: str, before: int) -> None:
    """Set, or take back, those of all seats asked for before a version of the workshop's stream."""
    evening = await _evening(runtime, session_id)
    if evening is None:
        return
    due, starts_at = evening
    if due <= runtime.clock.now():
        await rows.cancel_all(runtime.pool, session_id, before)
        return
    await rows.set_all(runtime.pool, session_id, before, due, starts_at)
    runtime.timers.wake()


async def cancel_reminder(runtime: Runtime, seat_id: str) -> None:
    """Take back the reminder of a seat."""
    await runtime.timers.cancel(rows.key_of(seat_id))


async def _evening(runtime: Runtime, session_id: str) -> tuple[datetime, datetime] | None:
    """When to remind of a workshop, and when it begins; None where its fair is not known yet, whose
    announcement sets its reminders then."""
    workshop = (await workshops(runtime.pool, [session_id])).get(session_id)
    if workshop is None:
        return None
    fair = (await fairs(runtime.pool, [workshop.fair_id])).get(workshop.fair_id)
    if fair is None:
        return None
    return evening_before(workshop.starts_at, fair.timezone), workshop.starts_at
