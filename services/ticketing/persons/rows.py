"""Copies of registration's records of persons, newest revision by id: the name and what a badge
says beside it.  Numbers are not kept, for nobody is called or written to from here."""

from __future__ import annotations

from maarid_contracts.registration import ContactRecordV1, WearerRecordV1

from chassis.definition.personal import PersonalTable
from chassis.inbox.dead_letters import forget_key
from chassis.postgres.database import Connection

KEEP_CONTACT = """
insert into contact_names as c (contact_id, name, revision)
select $1, $2, $3 where not exists (select from forgotten where person_id = $1)
on conflict (contact_id) do update set name = excluded.name, revision = excluded.revision
 where c.revision < excluded.revision
"""
KEEP_WEARER = """
insert into wearer_names as w
       (wearer_id, fair_id, exhibitor_id, organisation_id, role, name, revision)
select $1, $2, $3, $4, $5, $6, $7 where not exists (select from forgotten where person_id = $1)
on conflict (wearer_id) do update
   set fair_id = excluded.fair_id, exhibitor_id = excluded.exhibitor_id,
       organisation_id = excluded.organisation_id, role = excluded.role, name = excluded.name,
       revision = excluded.revision
 where w.revision < excluded.revision
"""
REMEMBER = "insert into forgotten (person_id) values ($1) on conflict do nothing"

CONTACTS = PersonalTable("contact_names", "select name, null::text as phone from own.contact_names")
WEARERS = PersonalTable("wearer_names", "select name, null::text as phone from own.wearer_names")


async def apply_contact(
    db: Connection, contact_id: str, revision: int, record: ContactRecordV1 | None
) -> None:
    """Keep the name of a newer record, or forget the contact."""
    if record is None:
        await forget(db, contact_id)
        return
    await db.execute(KEEP_CONTACT, contact_id, record.name, revision)


async def apply_wearer(
    db: Connection, wearer_id: str, revision: int, record: WearerRecordV1 | None
) -> None:
    """Keep what a badge says of a newer record, or forget the wearer."""
    if record is None:
        await forget(db, wearer_id)
        return
    said = (record.fair_id, record.exhibitor_id, record.organisation_id, record.role)
    await db.execute(KEEP_WEARER, wearer_id, *said, record.name, revision)


async def forget(db: Connection, person_id: str) -> None:
    """Delete all that we know of a contact or wearer, for good: a late record brings nobody back.

    In this order: a record that is being kept meanwhile holds the row that is deleted, or sees
    that the person was forgotten.
    """
    await db.execute(REMEMBER, person_id)
    await db.execute("delete from contact_names where contact_id = $1", person_id)
    await db.execute("delete from wearer_names where wearer_id = $1", person_id)
    await forget_key(db, person_id)
