"""Reminders of the evening before a workshop: of one seat, or of all in one statement."""

from __future__ import annotations

from datetime import datetime

from chassis.database import execute_long
from chassis.runtime import Runtime
from services.notifications import queries
from services.notifications.domain.reminder import evening_before

REMINDER = "remind"
"""The kind of timer that fires in the evening before a session."""

# As `Timers.set` and `Timers.cancel`, for many.
SET = """
insert into timers (key, kind, due, payload)
select 'remind:' || seat_id, $3, $4,
       jsonb_build_object('seat_id', seat_id::text, 'starts_at', $5::text)
  from seats where session_id = $1 and since < $2 and not waited
on conflict (key) do update
   set kind = excluded.kind, due = excluded.due, payload = excluded.payload,
       not_before = '-infinity', attempts = 0
"""
CANCEL = """
delete from timers
 where key in (select 'remind:' || seat_id from seats
                where session_id = $1 and since < $2 and not waited)
"""


async def set_reminder(runtime: Runtime, seat: queries.Seat) -> None:
    """Set the reminder of a seat, or take it back where its evening is over."""
    if seat.waited or (evening := await _evening(runtime, seat.session_id)) is None:
        return
    due, starts_at = evening
    if due <= runtime.clock.now():
        await cancel_reminder(runtime, seat.seat_id)
        return
    payload = {"seat_id": seat.seat_id, "starts_at": starts_at.isoformat()}
    await runtime.timers.set(_key(seat.seat_id), REMINDER, due, payload)


async def set_reminders(runtime: Runtime, session_id: str, before: int) -> None:
    """Set, or take back, those of all seats asked for before a version of the workshop's stream."""
    evening = await _evening(runtime, session_id)
    if evening is None:
        return
    due, starts_at = evening
    if due <= runtime.clock.now():
        await execute_long(runtime.pool, CANCEL, session_id, before)
        return
    await execute_long(runtime.pool, SET, session_id, before, REMINDER, due, starts_at.isoformat())
    runtime.timers.wake()


async def cancel_reminder(runtime: Runtime, seat_id: str) -> None:
    """Take back the reminder of a seat."""
    await runtime.timers.cancel(_key(seat_id))


async def _evening(runtime: Runtime, session_id: str) -> tuple[datetime, datetime] | None:
    """When to remind of a workshop, and when it begins; None where its fair is not known yet, whose
    announcement sets its reminders then."""
    workshop = (await queries.workshops(runtime.pool, [session_id])).get(session_id)
    if workshop is None:
        return None
    fair = (await queries.fairs(runtime.pool, [workshop.fair_id])).get(workshop.fair_id)
    if fair is None:
        return None
    return evening_before(workshop.starts_at, fair.timezone), workshop.starts_at


def _key(seat_id: str) -> str:
    return f"remind:{seat_id}"
