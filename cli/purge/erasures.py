"""Whether every erasure has reached all tables and topics: what is still there is no dead row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from chassis.postgres.database import Connection
from cli.persons import PERSONS
from cli.purge.errors import PurgeError

PAUSE = 0.5
AT_ONCE = 5_000
ERASED = """
select contact_id::text as id from contact_standings where erased
union all select wearer_id::text from wearers where erased
"""
COPIES = {
    "notifications": """
select (select count(*) from contacts where contact_id = any($1::uuid[]))
     + (select count(*) from phone_messages where contact_id = any($1::uuid[]))
""",
    "ticketing": """
select (select count(*) from contact_names where contact_id = any($1::uuid[]))
     + (select count(*) from wearer_names where wearer_id = any($1::uuid[]))
""",
}
"""The rows of each service that keeps copies of persons."""


async def reach_all(databases: Mapping[str, Connection], deadline: float) -> None:
    """Wait until registration has buried whom it erased, and the others have forgotten them.

    Raises PurgeError at the deadline.
    """
    while waiting := await _waiting(databases):
        if time.monotonic() > deadline:
            raise PurgeError(f"{waiting} Nothing was rewritten: see to it, and purge again.")
        await asyncio.sleep(PAUSE)


async def _waiting(databases: Mapping[str, Connection]) -> str | None:
    """Who has not done with the erasures of until now, in words."""
    registration = databases["registration"]
    for persons in PERSONS:
        left = await registration.fetchval(
            f"select count(*) from {persons.table} where erased and recorded"
        )
        if left:
            return f"{left} {persons.many} wait for their tombstone: does registration run?"
    erased = [row["id"] for row in await registration.fetch(ERASED)]
    for begin in range(0, len(erased), AT_ONCE):
        for service, copies in COPIES.items():
            if left := await databases[service].fetchval(copies, erased[begin : begin + AT_ONCE]):
                return f"{left} rows of {service} are of erased persons: does it run?"
    return None
