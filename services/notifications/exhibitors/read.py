"""Exhibitors, their organisations and their booths in tables.

They come on streams of their own, in any order between each other: so each is a table, and they
meet where somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import orjson
from maarid_contracts.registration import (
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    OrganisationCorrectedV1,
    OrganisationEnrolledV1,
    OrganisationMergedV1,
    OrganisationUnmergedV1,
)
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1

from chassis.definition.projection import Projection, Write, write
from chassis.kafka.received import ReceivedEvent
from chassis.postgres.database import Connection, Pool
from services.notifications.fairs.fair import Named

# Whoever has withdrawn may be registered once more.
REGISTER = """
insert into exhibitors (exhibitor_id, fair_id, organisation_id, contact_id, pole_id, families,
                        programmes)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (exhibitor_id) do update
   set organisation_id = excluded.organisation_id, contact_id = excluded.contact_id,
       pole_id = excluded.pole_id, families = excluded.families, programmes = excluded.programmes
"""
WITHDRAW = "delete from exhibitors where exhibitor_id = $1"
ENROL = """
insert into organisations (organisation_id, kind, province, name) values ($1, $2, $3, $4)
on conflict (organisation_id) do nothing
"""
CORRECT = """
update organisations set kind = $2, province = $3, name = $4 where organisation_id = $1
"""
MERGE = "update organisations set merged_into = $2 where organisation_id = $1"
HOLD = """
insert into booth_holders (fair_id, booth_id, exhibitor_id) values ($1, $2, $3)
on conflict (exhibitor_id, fair_id, booth_id) do nothing
"""
RELEASE = "delete from booth_holders where fair_id = $1 and booth_id = $2 and exhibitor_id = $3"
# As the one that each was merged into.
NAMES = """
select o.organisation_id::text, coalesce(s.name, o.name)::text as name
  from organisations as o left join organisations as s on s.organisation_id = o.merged_into
 where o.organisation_id = any($1::uuid[])
"""

Received: TypeAlias = (
    ExhibitorRegisteredV1
    | ExhibitorWithdrawnV1
    | OrganisationEnrolledV1
    | OrganisationCorrectedV1
    | OrganisationMergedV1
    | OrganisationUnmergedV1
    | BoothAssignedV1
    | BoothReleasedV1
)


STATEMENTS = (REGISTER, WITHDRAW, ENROL, CORRECT, MERGE, HOLD, RELEASE)


async def project_heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    """Write each exhibitor and who holds each booth as the last event left it, and the
    organisations."""
    last: dict[object, Write] = {}
    of_organisations: list[Write] = []
    for received in batch:
        event: Received = received.contract
        match event:
            case ExhibitorRegisteredV1():
                whose = (event.exhibitor_id, event.fair_id, event.organisation_id, event.contact_id)
                what = (event.pole_id, list(event.families), list(event.programmes))
                last[event.exhibitor_id] = REGISTER, (*whose, *what)
            case ExhibitorWithdrawnV1():
                last[event.exhibitor_id] = WITHDRAW, (event.exhibitor_id,)
            case BoothAssignedV1():
                held = (event.fair_id, event.booth_id, event.exhibitor_id)
                last[held] = HOLD, held
            case BoothReleasedV1():
                held = (event.fair_id, event.booth_id, event.exhibitor_id)
                last[held] = RELEASE, held
            case OrganisationEnrolledV1() | OrganisationCorrectedV1():
                name = event.name.model_dump_json()
                enrols = isinstance(event, OrganisationEnrolledV1)
                row = (event.organisation_id, event.kind, event.province, name)
                of_organisations.append((ENROL if enrols else CORRECT, row))
            case OrganisationMergedV1():
                of_organisations.append((MERGE, (event.organisation_id, event.into)))
            case OrganisationUnmergedV1():
                of_organisations.append((MERGE, (event.organisation_id, None)))
    await write(db, STATEMENTS, [*of_organisations, *last.values()])


PROJECTION = Projection(
    tables=("exhibitors", "organisations", "booth_holders"),
    heard=project_heard,
    contracts=Received,
)


async def organisation_names(pool: Pool, ids: Iterable[str]) -> Mapping[str, Named]:
    """What these organisations are called, by language."""
    rows = await pool.fetch(NAMES, sorted(ids))
    return {row["organisation_id"]: orjson.loads(row["name"]) for row in rows}
