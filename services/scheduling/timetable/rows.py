"""Drafts of timetables: table `own.timetables`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from chassis.answers.listing import Listing, Order
from chassis.log.context import CommandContext
from chassis.log.outcome import CommandIdReused
from chassis.postgres.database import Pool
from chassis.process.breakpoints import reached
from services.scheduling.programme.facts import Place
from services.scheduling.programme.rules import Window
from services.scheduling.timetable.problem import Request, Wish

KEPT = timedelta(days=30)
"""So long a draft is kept, as jobs are."""

ADD = """
insert into timetables (draft_id, fair_id, created_at, request_hash, given, places, locked)
values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7)
on conflict (draft_id) do nothing
"""
CHANGE = """
update timetables set places = $3::text::jsonb, locked = $4, revision = revision + 1
 where draft_id = $1 and revision = $2
returning revision
"""
# What was changed by hand meanwhile stays: the run's proposal is left in its job.
TAKE = """
update timetables
   set places = coalesce($3::text::jsonb -> 'places', places),
       computed = case when $3::text::jsonb ? 'places'
                       then ($3::text::jsonb) - 'places' else computed end,
       conflict = $3::text::jsonb -> 'conflict', revision = revision + 1
 where draft_id = $1 and revision = $2
"""
PUBLISHED = "update timetables set published_version = $2 where draft_id = $1"


@dataclass(frozen=True)
class Given:
    """What a draft is to place; `dropped` and the requests' `was` are as it was made."""

    requests: tuple[Request, ...]
    wishes: tuple[Wish, ...] = ()
    quiet: tuple[Window, ...] = ()
    dropped: Mapping[str, Place] = field(default_factory=dict[str, Place])
    step: int = 30


@dataclass(frozen=True)
class Draft:
    """A timetable as it stands."""

    draft_id: str
    fair_id: str
    created_at: datetime
    revision: int
    given: Given
    places: Mapping[str, Place]
    locked: frozenset[str]
    computed: Mapping[str, Any] | None
    conflict: Mapping[str, Any] | None
    published_version: int | None


READ = TypeAdapter(Given)
PLACES = TypeAdapter(dict[str, Place])


async def add(
    db: Pool,
    draft_id: str,
    fair_id: str,
    context: CommandContext,
    now: datetime,
    given: Given,
    places: Mapping[str, Place],
    locked: frozenset[str],
) -> None:
    """Keep a draft; the same request again finds it.  Raises CommandIdReused."""
    values = READ.dump_json(given).decode(), PLACES.dump_json(dict(places)).decode()
    key, asked = UUID(draft_id), context.request_hash or b""
    await db.execute(ADD, key, fair_id, now, asked, *values, sorted(locked))
    if await db.fetchval("select request_hash from timetables where draft_id = $1", key) != asked:
        raise CommandIdReused


async def draft(db: Pool, fair_id: str, draft_id: str) -> Draft | None:
    row = await db.fetchrow(
        "select *, given::text as given_, places::text as places_, computed::text as computed_,"
        " conflict::text as conflict_ from timetables where draft_id = $1 and fair_id = $2",
        UUID(draft_id),
        fair_id,
    )
    if row is None:
        return None
    return Draft(
        draft_id,
        fair_id,
        row["created_at"],
        row["revision"],
        READ.validate_json(row["given_"]),
        PLACES.validate_json(row["places_"]),
        frozenset(row["locked"]),
        orjson.loads(row["computed_"] or "null"),
        orjson.loads(row["conflict_"] or "null"),
        row["published_version"],
    )


async def change(
    db: Pool, of: Draft, places: Mapping[str, Place], locked: frozenset[str]
) -> int | None:
    """Put sessions elsewhere; the new revision, or None where somebody was quicker."""
    told = PLACES.dump_json(dict(places)).decode()
    return await db.fetchval(CHANGE, UUID(of.draft_id), of.revision, told, sorted(locked))


async def take_run(db: Pool, given: Any, result: str) -> str:
    """Put what a run proposes into its draft, unless that was changed meanwhile."""
    await reached("timetables.taking")
    await db.execute(TAKE, UUID(given["draft_id"]), given["saw_revision"], result)
    return result


async def published(db: Pool, draft_id: str, version: int) -> None:
    await db.execute(PUBLISHED, UUID(draft_id), version)


async def prune(db: Pool, now: datetime) -> None:
    """Forget the drafts that were begun too long ago."""
    await db.execute("delete from timetables where created_at < $1", now - KEPT)


async def delete(db: Pool, fair_id: str, draft_id: str) -> None:
    sql = "delete from timetables where fair_id = $1 and draft_id = $2"
    await db.execute(sql, fair_id, UUID(draft_id))


OF_FAIR = Listing(
    """
    select draft_id as timetable_id, created_at, revision, published_version,
           jsonb_array_length(given -> 'requests') as sessions,
           (select count(*) from jsonb_object_keys(places)) as placed,
           (computed ->> 'objective')::integer as objective,
           (computed ->> 'bound')::integer as bound
      from timetables where fair_id = $1
    """,
    "timetable_id",
    {"timetable_id": Order(), "created_at": Order("created_at", "timestamptz")},
    "uuid",
)
