"""The names and phone numbers of contacts: table `own.contacts`; personal/rows.py says how.

That a contact exists, its role and its consent are events of its organisation, seen in
`contact_standings`.  Consent is the event alone, so the record that is published can never say
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from maarid_contracts.registration import ContactRecordV1
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut
from services.registration.organisations.domain import (
    EraseContact,
    Organisation,
    Standing,
    organisation_stream,
)
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
    standing = organisation.contacts.get(contact_id)
    return None if standing is None else standing is Standing.ERASED


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
    said="r.role, r.consent",
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
)


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


OF_ORGANISATION = Listing(
    """
    select c.contact_id, c.organisation_id, r.role, c.name, c.phone, c.language,
           c.second_language, c.channel, r.consent, c.revision + r.consent_changes as revision
      from contacts as c join contact_standings as r using (contact_id)
     where r.organisation_id = $1 and not c.erased and not r.erased
    """,
    "contact_id",
    {"contact_id": Order(), "role": Order("role")},
)
