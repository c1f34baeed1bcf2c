"""The read table `organisations`: what each is called, for the badges of its people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import orjson
from maarid_contracts.registration import (
    OrganisationCorrectedV1,
    OrganisationEnrolledV1,
    OrganisationMergedV1,
    OrganisationUnmergedV1,
)

from chassis.definition.projection import Projection, Write, as_json, rows_of_contracts
from chassis.postgres.database import Pool

ENROL = """
insert into organisations (organisation_id, name) values ($1, $2::jsonb)
on conflict (organisation_id) do nothing
"""
CORRECT = "update organisations set name = $2::jsonb where organisation_id = $1"
MERGE = "update organisations set merged_into = $2 where organisation_id = $1"
NAMES = """
select o.organisation_id, coalesce(s.name, o.name)::text as name
  from organisations as o left join organisations as s on s.organisation_id = o.merged_into
 where o.organisation_id = any($1::uuid[])
"""

Heard: TypeAlias = (
    OrganisationEnrolledV1 | OrganisationCorrectedV1 | OrganisationMergedV1 | OrganisationUnmergedV1
)


def _write(heard: Heard) -> Write:
    match heard:
        case OrganisationEnrolledV1():
            return ENROL, (heard.organisation_id, as_json(heard.name.model_dump()))
        case OrganisationCorrectedV1():
            return CORRECT, (heard.organisation_id, as_json(heard.name.model_dump()))
        case OrganisationMergedV1():
            return MERGE, (heard.organisation_id, heard.into)
        case OrganisationUnmergedV1():
            return MERGE, (heard.organisation_id, None)


PROJECTION = Projection(
    tables=("organisations",),
    # An organisation is enrolled before it is corrected, and stands alone before it is merged.
    heard=rows_of_contracts((ENROL, CORRECT, MERGE), _write),
    contracts=Heard,
)


async def names(db: Pool, ids: Iterable[str]) -> Mapping[str, Mapping[str, str | None]]:
    """What these organisations are called, by language: as the one that each was merged into."""
    rows = await db.fetch(NAMES, sorted(set(ids)))
    return {str(row["organisation_id"]): orjson.loads(row["name"]) for row in rows}
