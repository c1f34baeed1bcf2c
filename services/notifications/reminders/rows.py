"""The timers of many reminders, set or taken back in one statement."""

from __future__ import annotations

from datetime import datetime

from chassis.postgres.database import Pool, execute_long

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


def key_of(seat_id: str) -> str:
    """The key of a seat's timer."""
    return f"remind:{seat_id}"


async def set_all(
    pool: Pool, session_id: str, before: int, due: datetime, starts_at: datetime
) -> None:
    """Set the timers of all seats asked for before a version of the workshop's stream."""
    await execute_long(pool, SET, session_id, before, REMINDER, due, starts_at.isoformat())


async def cancel_all(pool: Pool, session_id: str, before: int) -> None:
    """Take back the timers of all seats asked for before a version of the workshop's stream."""
    await execute_long(pool, CANCEL, session_id, before)
