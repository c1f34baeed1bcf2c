"""Messages that wait for something, looked at again once it may have come."""

from __future__ import annotations

from chassis.database import Connection, Pool

WAKE = """
update sending as s set due = clock_timestamp()
  from messages as m
 where m.message_id = s.message_id and s.waits_for is not null
"""


async def wake_contact(db: Connection, contact_id: str) -> None:
    """A contact's record has come, or its erasure."""
    await db.execute(f"{WAKE} and m.contact_id = $1", contact_id)


async def wake_fair(db: Connection | Pool, fair_id: str) -> None:
    """More is known of a fair: its name, or a hall's."""
    await db.execute(f"{WAKE} and m.fair_id = $1", fair_id)
