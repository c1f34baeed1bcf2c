"""Whether every erasure has reached all tables and topics: what is still there is no dead row."""

from __future__ import annotations

import asyncio
import time

from chassis.postgres.database import Connection
from cli.persons import PERSONS
from cli.purge.errors import PurgeError

PAUSE = 0.5
AT_ONCE = 5_000
ERASED = "select contact_id from contact_standings where erased"
COPIES = """
select (select count(*) from contacts where contact_id = any($1::uuid[]))
     + (select count(*) from phone_messages where contact_id = any($1::uuid[]))
"""


async def reach_all(registration: Connection, notifications: Connection, deadline: float) -> None:
    """Wait until registration has buried whom it erased, and notifications has forgotten them.

    Raises PurgeError at the deadline.
    """
    while waiting := await _waiting(registration, notifications):
        if time.monotonic() > deadline:
            raise PurgeError(f"{waiting} Nothing was rewritten: see to it, and purge again.")
        await asyncio.sleep(PAUSE)


async def _waiting(registration: Connection, notifications: Connection) -> str | None:
    """Who has not done with the erasures of until now, in words."""
    for persons in PERSONS:
        left = await registration.fetchval(
            f"select count(*) from {persons.table} where erased and recorded"
        )
        if left:
            return f"{left} {persons.many} wait for their tombstone: does registration run?"
    erased = [row["contact_id"] for row in await registration.fetch(ERASED)]
    for begin in range(0, len(erased), AT_ONCE):
        if left := await notifications.fetchval(COPIES, erased[begin : begin + AT_ONCE]):
            return f"{left} rows of notifications are of erased contacts: does it run?"
    return None
