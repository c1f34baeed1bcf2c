"""Messages that wait for something, looked at again once it may have come."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.database import Connection, Pool

EARLIER = "earlier_message"
"""What a message waits for that must not overtake an earlier one to the same contact."""

# Before all that only tries again from time to time.
WAKE = "update sending set due = '-infinity' where waits_for is not null"


async def wake_contact(db: Connection, contact_id: str) -> None:
    """A contact's record has come, or its erasure."""
    await db.execute(f"{WAKE} and contact_id = $1", contact_id)


async def wake_fair(db: Connection | Pool, fair_id: str) -> None:
    """More is known of a fair: its name, or a hall's."""
    await db.execute(f"{WAKE} and fair_id = $1", fair_id)


async def wake_followers(db: Connection | Pool, contact_ids: Iterable[str]) -> None:
    """A message to these contacts is done with: the ones behind it have their turn."""
    await db.execute(f"{WAKE} and waits_for = $1 and contact_id = any($2)", EARLIER, [*contact_ids])
