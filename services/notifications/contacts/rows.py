"""The copy of registration's contact records, newest revision by contact."""

from __future__ import annotations

from maarid_contracts.registration import ContactRecordV1

from chassis.definition.personal import PersonalTable
from chassis.inbox.dead_letters import forget_key
from chassis.postgres.database import Connection
from services.notifications.calls import rows as call_rows
from services.notifications.campaigns.rows.recipients import forget_recipient
from services.notifications.codes.rows import forget_contact
from services.notifications.messages.rows.attempts import forget_attempts
from services.notifications.messages.rows.sending import wake_contact
from services.notifications.networks.rows import forget_texts
from services.notifications.replies.rows import answers, inbox

KEEP = """
insert into contacts as c (contact_id, phone, language, second_language, channel, consent, revision)
select $1, $2, $3, $4, $5, $6, $7
 where not exists (select from erased_contacts where contact_id = $1)
on conflict (contact_id) do update
   set phone = excluded.phone, language = excluded.language,
       second_language = excluded.second_language, channel = excluded.channel,
       consent = excluded.consent, revision = excluded.revision
 where c.revision < excluded.revision
"""

COPIES = PersonalTable("contacts", "select null::text as name, phone from own.contacts")


async def apply(
    db: Connection, contact_id: str, revision: int, record: ContactRecordV1 | None
) -> None:
    """Keep a newer record, or forget the contact; messages that waited for either are woken."""
    if record is None:
        await forget(db, contact_id)
        return
    await db.execute(
        KEEP,
        contact_id,
        record.phone,
        record.language,
        record.second_language,
        record.channel,
        record.consent,
        revision,
    )
    await wake_contact(db, contact_id)


async def forget(db: Connection, contact_id: str) -> None:
    """Delete all that we know of a contact; messages to it will fail as `contact_erased`.

    In this order: an attempt that is being begun and a text that is being written hold the
    contact's row, so the deletion of the contact waits for them and those after it find them.  The
    codes of a number are found by it.
    """
    await forget_contact(db, contact_id)
    await db.execute(
        "insert into erased_contacts (contact_id) values ($1) on conflict do nothing", contact_id
    )
    await inbox.forget(db, contact_id)
    await db.execute("delete from contacts where contact_id = $1", contact_id)
    await forget_recipient(db, contact_id)
    await forget_attempts(db, contact_id)
    await forget_texts(db, contact_id)
    await answers.forget(db, contact_id)
    await call_rows.forget(db, contact_id)
    await forget_key(db, contact_id)
    await wake_contact(db, contact_id)
