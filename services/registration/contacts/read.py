"""The last event about each contact: the headers of records on `registration.contacts.v1`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chassis.kafka.envelope import About
from chassis.postgres.database import Connection, Pool

# An organisation's stream is short, and read backwards to the first event that names the contact.
# A correction is in no event, so the row says when it was made.
ABOUT = """
select c.contact_id, e.position, e.occurred_at, e.correlation_id, e.actor,
       greatest(e.recorded_at, c.written_at) as recorded_at
  from contacts as c
 cross join lateral (
       select position, occurred_at, recorded_at, correlation_id, actor from log.events
        where stream = 'organisation-' || c.organisation_id
          and data ->> 'contact_id' = c.contact_id
        order by version desc limit 1) as e
 where c.contact_id = any($1::text[])
"""


async def about_contacts(db: Connection | Pool, contacts: Sequence[str]) -> Mapping[str, About]:
    """The last event about each of these contacts, by contact id."""
    return {
        row["contact_id"]: About(
            row["position"],
            row["occurred_at"],
            row["recorded_at"],
            row["correlation_id"],
            row["actor"],
        )
        for row in await db.fetch(ABOUT, contacts)
    }
