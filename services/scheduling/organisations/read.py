"""The organisations and families of products that were heard of: their read tables, and what can be
asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

import orjson
from maarid_contracts.registration import (
    OrganisationCorrectedV1,
    OrganisationEnrolledV1,
    OrganisationMergedV1,
    OrganisationUnmergedV1,
    ProductFamilyDefinedV1,
)

from chassis.definition.projection import Projection, Write, as_json, rows_of_contracts
from chassis.postgres.database import Connection, Pool

ENROL = """
insert into organisations (organisation_id, province, region, commune, name)
values ($1, $2, $3, $4, $5::jsonb)
on conflict (organisation_id) do nothing
"""
CORRECT = """
update organisations set province = $2, region = $3, commune = $4, name = $5::jsonb
 where organisation_id = $1
"""
MERGE = "update organisations set merged_into = $2 where organisation_id = $1"
DEFINE = """
insert into families (code, name) values ($1, $2::jsonb)
on conflict (code) do update set name = excluded.name
"""

Received = (
    OrganisationEnrolledV1
    | OrganisationCorrectedV1
    | OrganisationMergedV1
    | OrganisationUnmergedV1
    | ProductFamilyDefinedV1
)

_columns = attrgetter("organisation_id", "province", "region", "commune")


def _write(heard: Received) -> Write:
    match heard:
        case OrganisationEnrolledV1():
            return ENROL, (*_columns(heard), as_json(heard.name.model_dump()))
        case OrganisationCorrectedV1():
            return CORRECT, (*_columns(heard), as_json(heard.name.model_dump()))
        case OrganisationMergedV1():
            return MERGE, (heard.organisation_id, heard.into)
        case OrganisationUnmergedV1():
            return MERGE, (heard.organisation_id, None)
        case ProductFamilyDefinedV1():
            return DEFINE, (heard.code, as_json(heard.name.model_dump()))


PROJECTION = Projection(
    tables=("organisations", "families"),
    # An organisation is enrolled before it is corrected, and stands alone before it is merged.
    heard=rows_of_contracts((ENROL, CORRECT, MERGE, DEFINE), _write),
    contracts=Received,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an organisation is, and under which id it stays known."""

    organisation_id: str
    stays: str
    """The organisation that it was merged into, or itself."""
    province: str
    commune: str | None


async def origins(db: Connection | Pool, ids: Iterable[str]) -> Mapping[str, Origin]:
    """The organisations of these ids that were heard of."""
    rows = await db.fetch(
        """select organisation_id, coalesce(merged_into, organisation_id) as stays, province,
                  commune
             from organisations where organisation_id = any($1::text[])""",
        list(ids),
    )
    return {row["organisation_id"]: Origin(**row) for row in rows}


async def names(
    db: Connection | Pool, ids: Iterable[str]
) -> Mapping[str, Mapping[str, str | None]]:
    """What these organisations are called, by language: as the one that each was merged into."""
    rows = await db.fetch(
        """select o.organisation_id, coalesce(s.name, o.name)::text as name
             from organisations as o
             left join organisations as s on s.organisation_id = o.merged_into
            where o.organisation_id = any($1::text[])""",
        list(ids),
    )
    return {row["organisation_id"]: orjson.loads(row["name"]) for row in rows}


async def families(db: Connection | Pool) -> Mapping[str, Mapping[str, str | None]]:
    """What families of products are called, by code and language."""
    rows = await db.fetch("select code, name::text as name from families")
    return {row["code"]: orjson.loads(row["name"]) for row in rows}
