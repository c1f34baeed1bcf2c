"""The names and phone numbers of contacts: table `own.contacts`; personal/rows.py says how.

That a contact exists, its role and its consent are events of its organisation, seen in
`contact_standings`.  Consent is the event alone, so the record that is published can never say
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maarid_contracts.registration import ContactRecordV1
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.postgres.database import Connection, Pool
from services.registration.organisations.consent import EraseContact, Standing
from services.registration.organisations.domain import Organisation, organisation_stream
from services.registration.personal.read import EventOut, events_about
from services.registration.personal.rows import Persons


@dataclass(frozen=True)
class Details:
    """The personal part of a contact; `phone` is E.164."""

    name: str
    phone: str
    language: str
    second_language: str
    channel: str


def _is_erased(organisation: Organisation, contact_id: str) -> bool | None:
    standing = organisation.contacts.standing.get(contact_id)
    return None if standing is None else standing is Standing.ERASED


CONSENTS = "r.consent and (r.consent_channel is null or r.consent_channel = c.channel)"
"""SQL: whether messages may be sent the way that they take to this contact."""

# Rows of lists with the same number, of whoever they are.  A list that is being read is told to
# leave them out; this waits for one that is being written down, whose rows the next one finds.
LEAVE_OUT = """
update intakes as i
   set forget = array_append(forget, sha256(convert_to(i.intake_id || c.phone, 'UTF8')))
  from contacts as c
 where c.contact_id = $1 and c.phone is not null and i.state = 'reading'
"""
DELETE_ROWS = """
with gone as (
    delete from intake_rows as r using contacts as c
     where c.contact_id = $1 and r.phone = c.phone returning r.intake_id
)
update intakes as i set revision = revision + 1, annotated = null
  from (select distinct intake_id from gone) as g where i.intake_id = g.intake_id
"""

CONTACTS = Persons(
    one="contact",
    many="contacts",
    table="contacts",
    standings="contact_standings",
    corrections="corrections",
    publisher="publisher",
    key="contact_id",
    owner="organisation_id",
    personal=("name", "phone", "language", "second_language", "channel"),
    said=f"r.role, {CONSENTS} as consent",
    model=ContactRecordV1,
    telling=frozenset(
        {"contact_added.v1", "consent_given.v1", "consent_withdrawn.v1", "contact_erased.v1"}
    ),
    forgetting=frozenset({"contact_erased.v1"}),
    record="""
    update contacts as c set recorded = true, consent_changes = r.consent_changes
      from contact_standings as r
     where r.contact_id = c.contact_id and c.contact_id = any($1::text[])
       and (not c.recorded or c.consent_changes <> r.consent_changes)
    """,
    stream=organisation_stream,
    is_erased=_is_erased,
    erasing=EraseContact,
    counted="consent_changes",
    copies=(LEAVE_OUT, DELETE_ROWS),
)


AGREED = """
    r.purposes || case when r.consent then jsonb_build_object('messages', jsonb_build_object(
        'channel', r.consent_channel, 'text_version', r.consent_text)) else '{}' end
"""
"""SQL: what a contact agreed to, by purpose."""


class TermsOut(AnswerOut):
    """What exactly was agreed to."""

    channel: str | None = Field(description="By which way alone; null for every one.")
    text_version: str | None = Field(description="Of the text that was agreed to, if it was said.")


class ContactOut(AnswerOut):
    contact_id: str
    organisation_id: str
    role: str
    name: str
    phone: str = Field(description="E.164.")
    language: str
    second_language: str
    channel: str
    consent: bool = Field(description="Whether messages may be sent to it, by its channel.")
    agreed: Stored[dict[str, TermsOut]] = Field(
        description="What the contact agreed to: by purpose, `messages` among them."
    )
    revision: int


OF_ORGANISATION = Listing(
    f"""
    select c.contact_id, c.organisation_id, r.role, c.name, c.phone, c.language,
           c.second_language, c.channel, {CONSENTS} as consent, {AGREED} as agreed,
           c.revision + r.consent_changes as revision
      from contacts as c join contact_standings as r using (contact_id)
     where r.organisation_id = any($1::text[]) and not c.erased and not r.erased
    """,
    "contact_id",
    {"contact_id": Order(), "role": Order("role")},
)


class ContactExportOut(AnswerOut):
    """All that this service holds of a contact; what is null was erased."""

    contact_id: str
    organisation_id: str
    role: str
    name: str | None
    phone: str | None = Field(description="E.164.")
    language: str | None
    second_language: str | None
    channel: str | None
    written_at: datetime | None = Field(description="When name and number were written down.")
    agreed: Stored[dict[str, TermsOut]] = Field(description="What the contact agreed to.")
    events: list[EventOut] = Field(description="What happened, when, and by whom.")


EXPORTED = f"""
select r.contact_id, r.organisation_id, r.role, c.name, c.phone, c.language, c.second_language,
       c.channel, c.written_at, {AGREED} as agreed
  from contact_standings as r
  left join contacts as c on c.contact_id = r.contact_id and not c.erased
 where r.contact_id = $1
"""
STREAMS = "select distinct fair_id from applications where organisation_id = $1"


async def export(db: Connection | Pool, contact_id: str) -> ContactExportOut | None:
    """The rows and events of a contact: those of its organisation, and those of the fairs that it
    applied to, which say whom to tell."""
    row = await db.fetchrow(EXPORTED, contact_id)
    if row is None:
        return None
    organisation_id: str = row["organisation_id"]
    fairs = [f"fair-{each['fair_id']}" for each in await db.fetch(STREAMS, organisation_id)]
    streams = [CONTACTS.stream(organisation_id).name, *fairs]
    events = await events_about(db, streams, CONTACTS.key, contact_id)
    return ContactExportOut.model_validate({**row, "events": events})
