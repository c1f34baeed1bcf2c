"""Rules in force, adopted assignments, the ledger of places, and exhibitors as rules see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import asyncpg
import orjson
from pydantic import Field, TypeAdapter

from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, as_json
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.scheduling.floor.assigning import AssignmentAdopted, AssignmentRulesPublished
from services.scheduling.floor.read import NEEDS
from services.scheduling.placing.problem import Profile
from services.scheduling.placing.rules import AssignmentRules

Event = AssignmentRulesPublished | AssignmentAdopted

# Projection

RULES = """
insert into assignment_rules (fair_id, version, rules, published_at) values ($1, $2, $3::jsonb, $4)
on conflict (fair_id) do update
   set version = excluded.version, rules = excluded.rules, published_at = excluded.published_at
"""
ADOPT = """
insert into assignments (draft_id, fair_id, adopted_at, moves, certificate)
values ($1, $2, $3, $4, $5::jsonb)
on conflict (draft_id) do nothing
"""
FORGET = "delete from place_values where fair_id = $1"
ENTER = """
insert into place_values (fair_id, organisation_id, value)
select $1, * from unnest($2::text[], $3::integer[])
"""
UNDECIDE = "delete from decided_on where fair_id = $1"
DECIDE = """
insert into decided_on (fair_id, draft_id, exhibitor_id) select $1, $2, unnest($3::text[])
"""
CERTIFIED = ("unplaced", "objective", "bound", "gap", "proven", "costs", "seed", "versions")


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    for fact in facts:
        match fact.event:
            case AssignmentRulesPublished(fair_id, version, rules):
                await db.execute(RULES, fair_id, version, as_json(rules), fact.occurred_at)
            case AssignmentAdopted() as event:
                certificate = as_json({name: getattr(event, name) for name in CERTIFIED})
                row = (event.draft_id, event.fair_id, fact.occurred_at, event.moves, certificate)
                await db.execute(ADOPT, *row)
                await db.execute(UNDECIDE, event.fair_id)
                everybody = [each.exhibitor_id for each in event.profiles]
                await db.execute(DECIDE, event.fair_id, event.draft_id, everybody)
                await db.execute(FORGET, event.fair_id)
                if event.places:
                    places = ((each.organisation_id, each.value) for each in event.places)
                    await db.execute(ENTER, event.fair_id, *columns(places))


PROJECTION = Projection(
    tables=("assignment_rules", "assignments", "place_values", "decided_on"),
    own=project,
    events=Event,
)

# Queries


class CertificateOut(AnswerOut):
    """What is certified of an assignment."""

    unplaced: int = Field(description="Booths that were asked for and are not given.")
    objective: int = Field(description="The sum of the costs.")
    bound: int = Field(description="Nothing costs less, as far as is proven.")
    gap: float = Field(description="The share of the objective that is not proven to be needed.")
    proven: bool
    costs: dict[str, int] = Field(description="By soft rule.")
    seed: int
    versions: dict[str, str]


class AssignmentRulesOut(AnswerOut):
    """The rules in force; version 0 holds where none were published."""

    version: int
    rules: Stored[AssignmentRules]
    published_at: datetime | None


async def rules(db: Connection | Pool, fair_id: str) -> AssignmentRulesOut:
    row = await db.fetchrow(
        "select version, rules, published_at from assignment_rules where fair_id = $1", fair_id
    )
    return AssignmentRulesOut.found(row) or AssignmentRulesOut(
        version=0, rules=AssignmentRules(), published_at=None
    )


PROFILES = f"""
select exhibitor_id, e.organisation_id, coalesce(o.merged_into, e.organisation_id) as stays,
       pole_id, booths, partner, families, {NEEDS}, programmes, score, newcomer, pioneer,
       coalesce(e.commune, o.commune) as commune, o.province, preferences
  from exhibitors as e left join organisations as o using (organisation_id)
 where fair_id = $1 and not withdrawn
 order by exhibitor_id
"""
# By the organisation that stays, where some turned out to be the same.
LEDGER = """
select coalesce(o.merged_into, p.organisation_id) as stays, p.value
  from place_values as p
  join fairs as f using (fair_id)
  left join organisations as o using (organisation_id)
 where (p.organisation_id = any($2::text[])
        or p.organisation_id in (select organisation_id from organisations
                                  where merged_into = any($2::text[])))
   and (f.first_day, f.fair_id) < (select first_day, fair_id from fairs where fair_id = $1)
 order by stays, f.first_day, f.fair_id
"""
PROFILE_OF_ROW = TypeAdapter(Profile)


async def profiles(db: Connection | Pool, fair_id: str) -> tuple[Profile, ...]:
    """Everybody who takes part in a fair, as its assignment is to decide on them."""
    rows = await db.fetch(PROFILES, fair_id)
    earlier = await _earlier(db, fair_id, (row["stays"] for row in rows))
    return tuple(_profile(row, earlier.get(row["stays"], ())) for row in rows)


async def _earlier(
    db: Connection | Pool, fair_id: str, organisations: Iterable[str]
) -> Mapping[str, tuple[int, ...]]:
    """The values of the places of organisations at earlier fairs, the latest last."""
    rows = await db.fetch(LEDGER, fair_id, sorted({*organisations}))
    by_organisation = groupby(rows, key=lambda row: row["stays"])
    return {stays: tuple(row["value"] for row in some) for stays, some in by_organisation}


def _profile(row: asyncpg.Record, earlier: tuple[int, ...]) -> Profile:
    known = {**row, "needs": orjson.loads(row["needs"]), "earlier": earlier}
    del known["stays"]
    return PROFILE_OF_ROW.validate_python(known)
