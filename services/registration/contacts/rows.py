"""Names and phone numbers of persons: table `own.contacts`, and nowhere else in this service.

A contact is two rows.  Its personal part is here; that it exists, its role and its consent are
events of its organisation, seen in `contact_standings`.  The two cannot be written in one
transaction, so they are written in the order in which a crash between them does no harm:

- Adding: the personal row first, then the event.  Only rows whose event is recorded are shown and
  published (`contact_standings` is joined); a row that never gets its event is deleted
  (`workers/settling.py`).
- Consent is the event alone, so the record that is published can never say otherwise.
- Correcting: the desk first, which remembers the command; then the row, once a command.
- Erasing: the row is emptied first, then the event; after a crash `settling.py` records the event.

The revision of a record is the row's own count of changes plus the consent changes recorded.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from uuid import UUID

from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut
from chassis.postgres.database import Connection, Pool

Database = Connection | Pool


@dataclass(frozen=True)
class Details:
    """The personal part of a contact; `phone` is E.164."""

    name: str
    phone: str
    language: str
    second_language: str
    channel: str


class ContactOut(AnswerOut):
    contact_id: str
    organisation_id: str
    role: str
    name: str
    phone: str = Field(description="E.164.")
    language: str
    second_language: str
    channel: str
    consent: bool
    revision: int


async def put(db: Database, contact_id: str, organisation_id: str, details: Details) -> None:
    """Keep the personal part; it is shown once its event is recorded.  A retry finds it."""
    await db.execute(
        """
        insert into contacts (contact_id, organisation_id, name, phone, language,
                                  second_language, channel)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (contact_id) do update set written_at = clock_timestamp()
         where contacts.published_revision = 0
        """,
        contact_id,
        organisation_id,
        *astuple(details),
    )


async def forget(db: Database, contact_id: str) -> None:
    """Delete a row whose event will never be recorded."""
    await db.execute(
        """
        delete from contacts as c where contact_id = $1
           and not exists (select from contact_standings as r where r.contact_id = c.contact_id)
        """,
        contact_id,
    )


async def correct(pool: Pool, command_id: UUID, contact_id: str, details: Details) -> None:
    """Change the personal part, once for each command; a contact that was erased has none."""
    async with pool.acquire() as db, db.transaction():
        row = await db.fetchrow(
            "select name, phone, language, second_language, channel from contacts"
            " where contact_id = $1 and not erased for update",
            contact_id,
        )
        if row is None:
            return
        new = await db.fetchval(
            "insert into corrections (command_id, contact_id) values ($1, $2)"
            " on conflict do nothing returning true",
            command_id,
            contact_id,
        )
        if new and Details(**row) != details:
            await db.execute(
                """
                update contacts set name = $2, phone = $3, language = $4, second_language = $5,
                       channel = $6, revision = revision + 1, written_at = clock_timestamp()
                 where contact_id = $1
                """,
                contact_id,
                *astuple(details),
            )


async def erase(db: Database, contact_id: str) -> None:
    """Delete what is personal, now; the row stays until the tombstone has been published."""
    await db.execute(
        """
        update contacts set name = null, phone = null, language = null, second_language = null,
               channel = null, erased = true, revision = revision + 1,
               written_at = clock_timestamp()
         where contact_id = $1 and not erased
        """,
        contact_id,
    )


OF_ORGANISATION = Listing(
    """
    select c.contact_id, c.organisation_id, r.role, c.name, c.phone, c.language,
           c.second_language, c.channel, r.consent, c.revision + r.consent_changes as revision
      from contacts as c join contact_standings as r using (contact_id)
     where r.organisation_id = any($1::text[]) and not c.erased and not r.erased
    """,
    "contact_id",
    {"contact_id": Order(), "role": Order("role")},
)
