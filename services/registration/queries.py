"""What the read tables answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar

import asyncpg
from pydantic import TypeAdapter

from chassis.database import Connection, Pool
from chassis.listing import Listing, Order, Page, Part
from services.registration.domain.application import Needs, Product
from services.registration.domain.fair import Pole, SupportProgramme
from services.registration.domain.text import Text

Database = Connection | Pool

T = TypeVar("T", "Fair", "Organisation", "Application")
TEXT = TypeAdapter(Text)
FAIR_JSON: Mapping[str, TypeAdapter[Any]] = {
    "name": TEXT,
    "region": TEXT,
    "city": TEXT,
    "venue": TEXT,
    "poles": TypeAdapter(tuple[Pole, ...]),
    "programmes": TypeAdapter(tuple[SupportProgramme, ...]),
}
ORGANISATION_JSON: Mapping[str, TypeAdapter[Any]] = {"name": TEXT}
APPLICATION_JSON: Mapping[str, TypeAdapter[Any]] = {
    "organisation_name": TEXT,
    "products": TypeAdapter(tuple[Product, ...]),
    "needs": TypeAdapter(Needs),
}


@dataclass(frozen=True)
class Fair:
    fair_id: str
    edition: int
    name: Text
    region: Text
    city: Text
    venue: Text
    timezone: str
    first_day: date
    last_day: date
    opens_at: time
    closes_at: time
    area_m2: int | None
    poles: tuple[Pole, ...]
    programmes: tuple[SupportProgramme, ...]
    call_status: str
    call_closes_at: datetime | None
    call_closed_because: str | None
    cancelled_because: str | None

    @property
    def status(self) -> str:
        return "announced" if self.cancelled_because is None else "cancelled"


@dataclass(frozen=True)
class Organisation:
    organisation_id: str
    kind: str
    name: Text
    province: str
    region: str
    country: str
    women_led: bool
    youth_led: bool


@dataclass(frozen=True)
class Application:
    """An application and, once it is accepted, the exhibitor; `rank` when it was put on a list."""

    application_id: str
    fair_id: str
    organisation_id: str
    organisation_name: Text
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    products: tuple[Product, ...]
    families: Sequence[str]
    booths: int
    people: int
    needs: Needs
    programmes: Sequence[str]
    status: str
    reason: str | None
    rank: int | None
    from_waitlist: bool
    submitted_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class ContactOwner:
    """Whose contact it is."""

    contact_id: str
    organisation_id: str
    erased: bool


FAIRS = Listing(
    "select * from fairs",
    "fair_id",
    {"fair_id": Order(), "first_day": Order("first_day", "date")},
)


async def fairs(db: Database, page: Page) -> Part[Fair]:
    part = await FAIRS.part(db, page)
    return part.of(lambda row: _shaped(Fair, row, FAIR_JSON))


async def fair(db: Database, fair_id: str) -> Fair | None:
    row = await db.fetchrow("select * from fairs where fair_id = $1", fair_id)
    return None if row is None else _shaped(Fair, row, FAIR_JSON)


async def fair_exists(db: Database, fair_id: str) -> bool:
    return await db.fetchval("select exists (select from fairs where fair_id = $1)", fair_id)


ORGANISATIONS = Listing(
    """
    select * from organisations
     where ($1::text is null or kind = $1) and ($2::text is null or province = $2)
       and ($3::boolean is null or women_led = $3)
    """,
    "organisation_id",
    {"organisation_id": Order(), "enrolled_at": Order("enrolled_at", "timestamptz")},
)


async def organisations(
    db: Database,
    page: Page,
    kind: str | None = None,
    province: str | None = None,
    women_led: bool | None = None,
) -> Part[Organisation]:
    part = await ORGANISATIONS.part(db, page, kind, province, women_led)
    return part.of(lambda row: _shaped(Organisation, row, ORGANISATION_JSON))


async def organisation(db: Database, organisation_id: str) -> Organisation | None:
    row = await db.fetchrow(
        "select * from organisations where organisation_id = $1", organisation_id
    )
    return None if row is None else _shaped(Organisation, row, ORGANISATION_JSON)


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
        "select contact_id, organisation_id, erased from contact_standings where contact_id = $1",
        contact_id,
    )
    return None if row is None else ContactOwner(**row)


APPLICATIONS = """
select a.*, o.name as organisation_name, o.kind, o.province
  from applications as a join organisations as o using (organisation_id)
"""


APPLICATIONS_OF_FAIR = Listing(
    f"""
    {APPLICATIONS}
     where a.fair_id = $1 and ($2::text is null or a.status = $2)
       and ($3::text is null or a.pole_id = $3) and ($4::text is null or a.organisation_id = $4)
    """,
    "application_id",
    {"application_id": Order(), "submitted_at": Order("submitted_at", "timestamptz")},
)


async def applications(
    db: Database,
    fair_id: str,
    page: Page,
    status: str | None = None,
    pole_id: str | None = None,
    organisation_id: str | None = None,
) -> Part[Application]:
    part = await APPLICATIONS_OF_FAIR.part(db, page, fair_id, status, pole_id, organisation_id)
    return part.of(lambda row: _shaped(Application, row, APPLICATION_JSON))


async def application(db: Database, fair_id: str, application_id: str) -> Application | None:
    row = await db.fetchrow(
        f"{APPLICATIONS} where a.fair_id = $1 and a.application_id = $2", fair_id, application_id
    )
    return None if row is None else _shaped(Application, row, APPLICATION_JSON)


EXHIBITORS = Listing(
    f"""
    {APPLICATIONS}
     where a.fair_id = $1 and a.status = 'accepted'
       and ($2::text is null or a.pole_id = $2) and ($3::text is null or o.kind = $3)
       and ($4::text is null or a.participation = $4)
       and ($5::text is null or $5 = any(a.programmes))
       and ($6::text is null or $6 = any(a.families))
    """,
    "application_id",
    {"exhibitor_id": Order(), "submitted_at": Order("submitted_at", "timestamptz")},
)


async def exhibitors(
    db: Database,
    fair_id: str,
    page: Page,
    pole_id: str | None = None,
    kind: str | None = None,
    participation: str | None = None,
    programme_id: str | None = None,
    family: str | None = None,
) -> Part[Application]:
    part = await EXHIBITORS.part(
        db, page, fair_id, pole_id, kind, participation, programme_id, family
    )
    return part.of(lambda row: _shaped(Application, row, APPLICATION_JSON))


# Attributes of organisations meet applications here and not in a table, for they come from other
# streams, and a read table must not depend on how streams come between each other.
FIGURES = """
with present as (
    select a.*, o.kind, o.province, o.women_led, o.youth_led
      from applications as a join organisations as o using (organisation_id)
     where a.fair_id = $1 and a.status = 'accepted'
)
select 'total' as what, total.key, total.number
  from (select count(*) filter (where participation = 'exhibitor') as organisations,
               count(*) filter (where participation <> 'exhibitor') as institutional_partners,
               coalesce(sum(people) filter (where participation = 'exhibitor'), 0) as people,
               coalesce(sum(booths) filter (where participation = 'exhibitor'), 0) as booths,
               count(*) filter (where women_led) as women_led,
               count(*) filter (where youth_led) as youth_led
          from present) as t
 cross join lateral (values ('organisations', t.organisations), ('people', t.people),
                            ('institutional_partners', t.institutional_partners),
                            ('booths_wanted', t.booths), ('women_led', t.women_led),
                            ('youth_led', t.youth_led)) as total(key, number)
union all select 'kind', kind, count(*) from present group by kind
union all select 'pole', pole_id, count(*) from present group by pole_id
union all select 'province', province, count(*) from present group by province
union all select 'programme', p, count(*) from present, unnest(programmes) as p group by p
union all select 'family', f, count(*) from present, unnest(families) as f group by f
union all select 'status', status, count(*) from applications where fair_id = $1
           group by status
order by 1, 2
"""


async def figures(db: Database, fair_id: str) -> Mapping[str, Mapping[str, int]]:
    """Counts by what is counted: total, kind, pole, province, programme, family, status."""
    counts: dict[str, dict[str, int]] = {}
    for row in await db.fetch(FIGURES, fair_id):
        counts.setdefault(row["what"], {})[row["key"]] = int(row["number"])
    return counts


def _shaped(cls: type[T], row: asyncpg.Record, json: Mapping[str, TypeAdapter[Any]]) -> T:
    """The row as a dataclass with fields of the same names, some of them stored as JSON."""
    fields: Any = cls.__dataclass_fields__
    return cls(
        **{
            name: json[name].validate_json(row[name]) if name in json else row[name]
            for name in fields
        }
    )
