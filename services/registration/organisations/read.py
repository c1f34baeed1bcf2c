"""The read tables of organisations and of the standing of their contacts: projection and queries.

Names and phone numbers of persons are not here: see the subject `contacts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Row, Write, as_json, rows_of_facts
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.organisations.consent import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    PurposeConsentGiven,
    PurposeConsentWithdrawn,
    Terms,
)
from services.registration.organisations.domain import (
    Event,
    Label,
    OrganisationCorrected,
    OrganisationDetails,
    OrganisationEnrolled,
    OrganisationMerged,
    OrganisationUnmerged,
)

# Projection

ENROL = """
insert into organisations (organisation_id, kind, name, province, region, country, women_led,
                                youth_led, register_number, founded, commune, programmes, labels,
                                enrolled_at)
values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb, $14)
on conflict (organisation_id) do nothing
"""
CORRECT = """
update organisations set kind = $2, name = $3::jsonb, province = $4, region = $5, country = $6,
       women_led = $7, youth_led = $8, register_number = $9, founded = $10, commune = $11,
       programmes = $12, labels = $13::jsonb, corrected_at = $14
 where organisation_id = $1
"""
MERGE = "update organisations set merged_into = $2, merged_at = $3 where organisation_id = $1"
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
STATEMENTS = (ENROL, CORRECT, MERGE, ADD_CONTACT, CONSENT, AGREE, ERASE)


def _write(fact: Fact[Event]) -> Write:
    event = fact.event
    match event:
        case OrganisationEnrolled():
            return ENROL, (*_details(event), fact.occurred_at)
        case OrganisationCorrected():
            return CORRECT, (*_details(event), fact.occurred_at)
        case OrganisationMerged():
            return MERGE, (event.organisation_id, event.into, fact.occurred_at)
        case OrganisationUnmerged():
            return MERGE, (event.organisation_id, None, None)
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


def _details(event: OrganisationDetails) -> Row:
    return (
        event.organisation_id,
        event.kind,
        as_json(event.name),
        event.province,
        event.region,
        event.country,
        event.women_led,
        event.youth_led,
        event.register_number,
        event.founded,
        event.commune,
        event.programmes,
        as_json(event.labels),
    )


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
    register_number: str | None
    founded: int | None
    commune: str | None
    programmes: tuple[str, ...]
    labels: Stored[tuple[Label, ...]]
    merged_into: str | None = Field(
        description="The organisation that this one turned out to be: ask for that one."
    )


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
       and ($4::boolean is null or (merged_into is not null) = $4)
    """,
    "organisation_id",
    {"organisation_id": Order(), "enrolled_at": Order("enrolled_at", "timestamptz")},
)


async def organisation(db: Database, organisation_id: str) -> OrganisationOut | None:
    row = await db.fetchrow(
        "select * from organisations where organisation_id = $1", organisation_id
    )
    return OrganisationOut.found(row)


# The organisation that an id leads to, and those that were merged into it.  None is merged into one
# that is merged itself.
ONE_WITH = """
select o.organisation_id, o.merged_into is null as stays
  from (select coalesce(merged_into, organisation_id) as one from organisations
         where organisation_id = $1) as asked
  join organisations as o on asked.one in (o.organisation_id, o.merged_into)
"""


async def one_with(db: Database, organisation_id: str) -> list[str]:
    """All ids of an organisation: its own, and those of what was merged with it; first the one that
    stays.  Empty where nobody knows it."""
    rows = await db.fetch(f"{ONE_WITH} order by stays desc, organisation_id", organisation_id)
    return [row["organisation_id"] for row in rows]


async def whom_to_tell(db: Database, organisation_id: str) -> str | None:
    """The organisation's first contact who agreed to messages, else its first; one of its own
    before those of what was merged into it."""
    return await db.fetchval(
        f"""
        select c.contact_id
          from ({ONE_WITH}) as o join contact_standings as c using (organisation_id)
         where not c.erased order by c.consent desc, o.stays desc, c.added_version, c.contact_id
         limit 1
        """,
        organisation_id,
    )


async def contact_owner(db: Database, contact_id: str) -> ContactOwner | None:
    row = await db.fetchrow(
        "select contact_id, organisation_id from contact_standings where contact_id = $1",
        contact_id,
    )
    return None if row is None else ContactOwner(**row)
