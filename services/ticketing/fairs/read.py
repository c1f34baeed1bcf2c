"""The read tables `fairs`, `contacts` and `supported`: what registration says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from maarid_contracts.registration import (
    ContactAddedV1,
    ContactErasedV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairAnnouncedV1,
    FairCancelledV1,
    FairChangedV1,
)

from chassis.definition.projection import Projection, Row, Write, as_json, write
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool, columns

# Projection

ANNOUNCE = """
insert into fairs (fair_id, timezone, first_day, last_day, name)
values ($1, $2, $3, $4, $5::jsonb)
on conflict (fair_id) do update set timezone = excluded.timezone,
   first_day = excluded.first_day, last_day = excluded.last_day, name = excluded.name
"""
CHANGE = """
update fairs set timezone = $2, first_day = $3, last_day = $4, name = $5::jsonb
 where fair_id = $1
"""
CANCEL = "update fairs set cancelled = true where fair_id = $1"
ADD_CONTACTS = """
insert into contacts (contact_id, organisation_id)
select * from unnest($1::uuid[], $2::uuid[])
on conflict (contact_id) do update set organisation_id = excluded.organisation_id
"""
ERASE_CONTACTS = "delete from contacts where contact_id = any($1::uuid[])"
SUPPORT = """
insert into supported (exhibitor_id, fair_id, organisation_id) values ($1, $2, $3)
on conflict (exhibitor_id) do update set organisation_id = excluded.organisation_id
"""
WITHDRAW = "delete from supported where exhibitor_id = $1"

Heard: TypeAlias = (
    FairAnnouncedV1
    | FairChangedV1
    | FairCancelledV1
    | ContactAddedV1
    | ContactErasedV1
    | ExhibitorRegisteredV1
    | ExhibitorWithdrawnV1
)


async def hear(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """What registration says of fairs, contacts and exhibitors; contacts are ids only, no names.

    A fair is announced before it changes, and changes before it is cancelled.
    """
    fairs: list[Write] = []
    supported: dict[str, Write] = {}
    contacts: dict[UUID, UUID | None] = {}
    for received in batch:
        contract: Heard = received.contract
        match contract:
            case FairAnnouncedV1() as fair:
                fairs.append((ANNOUNCE, _days(fair)))
            case FairChangedV1() as fair:
                fairs.append((CHANGE, _days(fair)))
            case FairCancelledV1() as fair:
                fairs.append((CANCEL, (fair.fair_id,)))
            case ContactAddedV1() as contact:
                contacts[UUID(contact.contact_id)] = UUID(contact.organisation_id)
            case ContactErasedV1() as contact:
                contacts[UUID(contact.contact_id)] = None
            case ExhibitorRegisteredV1() as exhibitor if exhibitor.programmes:
                which = (exhibitor.exhibitor_id, exhibitor.fair_id, exhibitor.organisation_id)
                supported[exhibitor.exhibitor_id] = (SUPPORT, which)
            case ExhibitorRegisteredV1(exhibitor_id=id_) | ExhibitorWithdrawnV1(exhibitor_id=id_):
                supported[id_] = (WITHDRAW, (id_,))
    await write(db, (ANNOUNCE, CHANGE, CANCEL), fairs)
    await write(db, (SUPPORT, WITHDRAW), supported.values())
    if added := [(contact, owner) for contact, owner in contacts.items() if owner is not None]:
        await db.execute(ADD_CONTACTS, *columns(added))
    if erased := [contact for contact, owner in contacts.items() if owner is None]:
        await db.execute(ERASE_CONTACTS, erased)


def _days(fair: FairAnnouncedV1 | FairChangedV1) -> Row:
    name = as_json(fair.name.model_dump())
    return (fair.fair_id, fair.timezone, fair.first_day, fair.last_day, name)


PROJECTION = Projection(tables=("fairs", "contacts", "supported"), heard=hear, contracts=Heard)


# Queries


class Fair(NamedTuple):
    """When a fair takes place, by the clocks of its town."""

    fair_id: str
    timezone: str
    first_day: date
    last_day: date
    cancelled: bool

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """From midnight to midnight."""
        begins = datetime.combine(day, time(), ZoneInfo(self.timezone))
        return begins, begins + timedelta(days=1)


async def fair(db: Pool, fair_id: str) -> Fair | None:
    row = await db.fetchrow(
        "select fair_id, timezone, first_day, last_day, cancelled from fairs where fair_id = $1",
        fair_id,
    )
    return None if row is None else Fair(*row)


async def name(db: Pool, fair_id: str) -> Mapping[str, str | None]:
    """What a fair is called, by language; nothing where that was not heard yet."""
    text = await db.fetchval("select name::text from fairs where fair_id = $1", fair_id)
    return {} if text is None else orjson.loads(text)


async def organisations_of(db: Pool, contacts: list[str]) -> Mapping[str, str]:
    """The organisation of each id that is a contact."""
    rows = await db.fetch(
        "select contact_id, organisation_id from contacts where contact_id = any($1::uuid[])",
        contacts,
    )
    return {str(row["contact_id"]): str(row["organisation_id"]) for row in rows}
