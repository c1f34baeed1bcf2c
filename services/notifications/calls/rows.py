"""What somebody of the team wrote down about a call."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.definition.personal import PersonalTable
from chassis.postgres.database import Connection, Pool

# It holds the contact until it is written: an erasure finds the note or prevents it.
KEEP = """
insert into call_notes (note_id, message_id, contact_id, outcome, note, at)
select $1, $2, c.contact_id, $4, $5, $6 from contacts as c
 where c.contact_id = $3 for key share of c
on conflict (note_id) do nothing
"""
NOTES = PersonalTable("call_notes")


async def keep(
    pool: Pool,
    note_id: UUID,
    message_id: str,
    contact_id: str,
    outcome: str,
    note: str,
    at: datetime,
) -> None:
    """Keep a note, as long as its contact is known; the same again stays as it was."""
    await pool.execute(KEEP, note_id, message_id, contact_id, outcome, note, at)


async def forget(db: Connection, contact_id: str) -> None:
    """Delete the notes about a contact."""
    await db.execute("delete from call_notes where contact_id = $1", contact_id)
