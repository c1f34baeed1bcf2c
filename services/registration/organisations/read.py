"""The read tables of organisations and of the standing of their contacts: projection and queries.

Names and phone numbers of persons are not here: see the subject `contacts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.organisations.domain import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    Event,
    OrganisationEnrolled,
    PurposeConsentGiven,
    PurposeConsentWithdrawn,
    Terms,
)

# Projection

ENROL = """
insert into organisations (organisation_id, kind, name, province, region, country, women_led,
                                youth_led, enrolled_at)
values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9)
on conflict (organisation_id) do nothing
"""
ADD_CONTACT = """
insert into contact_standings (contact_id, organisation_id, role, added_version)
values ($1, $2, $3, $4)
on conflict (contact_id) do nothing
"""
CONSENT = """
update contact_standings
   set consent = $2, consent_changes = consent_changes + 1, consent_channel = $3, consent_text = $4
 where contact_id = $1
"""
AGREE = """
update contact_standings
   set purposes = case when $3::jsonb is null then purposes - $2::text
                       else purposes || jsonb_build_object($2::text, $3::jsonb) end
 where contact_id = $1
"""
ERASE = """
update contact_standings
   set erased = true, consent = false, consent_channel = null, consent_text = null, purposes = '{}'
 where contact_id = $1
"""
STATEMENTS = (ENROL, ADD_CONTACT, CONSENT, AGREE, ERASE)


def _write(fact: Fact[Event]) -> Write:
    event = fact.event
    match event:
        case OrganisationEnrolled():
            return ENROL, (
                event.organisation_id,
                event.kind,
                as_json(event.name),
                event.province,
                event.region,
                event.country,
                event.women_led,
                event.youth_led,
                fact.occurred_at,
            )
        case ContactAdded():
            row = (event.contact_id, event.organisation_id, event.role, fact.version)
            return ADD_CONTACT, row
        case ConsentGiven():
            return CONSENT, (event.contact_id, True, event.channel, event.text_version)
        case ConsentWithdrawn():
            return CONSENT, (event.contact_id, False, None, None)
        case PurposeConsentGiven():
            terms = as_json(Terms(event.channel, event.text_version))
            return AGREE, (event.contact_id, event.purpose, terms)
        case PurposeConsentWithdrawn():
            return AGREE, (event.contact_id, event.purpose, None)
        case ContactErased():
            return ERASE, (event.contact_id,)


PROJECTION = Projection(
    tables=("organisations", "contact_standings"),
    own=rows_of_facts(STATEMENTS, _write),
    events=Event,
)


# Queries

Database = Connection | Pool


class OrganisationOut(AnswerOut):
    organisation_id: str
    kind: str
    name: Stored[Text]
    province: str
    region: str
    country: str
    women_led: bool
    youth_led: bool


@dataclass(frozen=True)
class ContactOwner:
    """A contact and the organisation that it belongs to."""

    contact_id: str
    organisation_id: str


ORGANISATIONS = Listing(
    """
    select * from organisations
     where ($1::text is null or kind = $1) and ($2::text is null or province = $2)
       and ($3::boolean is null or women_led = $3)
    """,
    "organisation_id",
    {"organisation_id": Order(), "enrolled_at": Order("enrolled_at", "timestamptz")},
)


async def organisation(db: Database, organisation_id: str) -> OrganisationOut | None:
    row = await db.fetchrow(
        "select * from organisations where organisation_id = $1", organisation_id
    )
    return OrganisationOut.found(row)


async def whom_to_tell(db: Database, organisation_id: str) -> str | None:
    """The organisation's first contact who agreed to messages, else its first."""
    return await db.fetchval(
        """
        select contact_id from contact_standings where organisation_id = $1 and not erased
         order by consent desc, added_version limit 1
        """,
        organisation_id,
    )


async def contact_owner(db: Database, contact_id: str) -> ContactOwner | None:
    row = await db.fetchrow(
        "select contact_id, organisation_id from contact_standings where contact_id = $1",
        contact_id,
    )
    return None if row is None else ContactOwner(**row)
