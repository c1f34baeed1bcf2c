"""Drafts as rows: asked for, computed by their job, changed by hand, shown, and forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson
from pydantic import Field, TypeAdapter

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import as_json
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import CommandIdReused
from chassis.postgres.database import Connection, Pool
from services.scheduling.floor.assigning import Base, Certificate, gap_of
from services.scheduling.placing.problem import Placement, Problem, moves

Database = Connection | Pool

KEPT = timedelta(days=30)
"""How long a draft is found, which is as long as its job."""

ADD = """
insert into assignment_drafts (draft_id, fair_id, created_at, created_by, repair, revision,
                               rules_version, adopted_before, given, kept, offered)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11::jsonb)
"""
GIVEN = "select given::text from assignment_drafts where draft_id = $1"
# Once only: what a job that was lost says again must not undo what the team has changed since.
TAKE = """
update assignment_drafts
   set placement = $2::jsonb, judged = $3::jsonb, certificate = $4::jsonb, compared = $5::jsonb
 where draft_id = $1 and placement is null
"""
ROW = """
select draft_id, fair_id, created_by, repair, version, revision, rules_version, adopted_before,
       given::text as given, placement::text as placement, locked,
       judged::text as judged, certificate::text as certificate,
       commands ->> $3::text as request
  from assignment_drafts where draft_id = $1 and fair_id = $2
"""
CHANGE = """
update assignment_drafts
   set placement = $2::jsonb, locked = $3, judged = $4::jsonb, version = version + 1,
       commands = commands || jsonb_build_object($5::text, $6::text)
 where draft_id = $1
"""
DELETE = "delete from assignment_drafts where draft_id = $1 and fair_id = $2"
PRUNE = "delete from assignment_drafts where created_at < $1"

PROBLEM = TypeAdapter(Problem)
PLACEMENT: TypeAdapter[Placement] = TypeAdapter(Placement)
CERTIFICATE = TypeAdapter(Certificate)


@dataclass(frozen=True)
class Draft:
    """A draft, as it is worked on."""

    draft_id: UUID
    fair_id: str
    created_by: str
    repair: bool
    version: int
    base: Base
    problem: Problem
    placement: Placement | None
    locked: frozenset[str]
    certificate: Certificate | None
    judged: Mapping[str, Any] | None


async def add(
    db: Connection,
    draft_id: UUID,
    fair_id: str,
    context: CommandContext,
    now: datetime,
    base: Base,
    given: str,
    kept: Placement,
    *,
    repair: bool,
    offered: Mapping[str, Any] | None = None,
) -> None:
    """Keep a new draft with what its run is given, as JSON."""
    about = (base.revision, base.rules_version, base.adopted)
    row = (draft_id, fair_id, now, context.actor, repair, *about, given)
    for_whom = None if offered is None else as_json(offered)
    await db.execute(ADD, *row, PLACEMENT.dump_json(kept).decode(), for_whom)


async def load(pool: Pool, given: Any) -> str | None:
    """What a run is given; None where its draft was thrown away meanwhile."""
    return await pool.fetchval(GIVEN, UUID(given["draft_id"]))


async def take(pool: Pool, given: Any, result: str) -> str:
    """Put what a run found into its draft."""
    draft_id = UUID(given["draft_id"])
    text = await pool.fetchval(GIVEN, draft_id)
    if text is not None:
        await pool.execute(TAKE, draft_id, *await asyncio.to_thread(_taken, text, result))
    return as_json(given)


def _taken(given: str, result: str) -> tuple[str, str, str, str]:
    """Placement, what it costs, the certificate, and what it is compared with, as JSON."""
    asked, found = orjson.loads(given), orjson.loads(result)
    placement = PLACEMENT.validate_python(found["placement"])
    present = PLACEMENT.validate_python(asked["problem"]["present"])
    named = ("unplaced", "bound", "seed", "versions", "duals")
    certificate = {name: found[name] for name in named if name in found}
    certificate |= {"moves": moves(present, placement), "kept": asked["kept"]}
    judged = {name: found[name] for name in ("unplaced", "objective", "costs")}
    judged["moves"] = certificate["moves"]
    # What does not read back is refused here, and not when somebody wants to adopt it.
    CERTIFICATE.validate_python(certificate)
    parts = (found["placement"], judged, certificate, found.get("compared"))
    placement, cost, proof, compared = map(as_json, parts)
    return placement, cost, proof, compared


async def draft(
    db: Database, fair_id: str, draft_id: str, context: CommandContext | None = None
) -> tuple[Draft, str | None]:
    """A draft, and the sum of the request that was made with the id of this command, if one was.

    Raises Refused where there is no such draft.
    """
    lock = " for update" if context is not None else ""
    asked = str(context.command_id) if context is not None else ""
    row = await db.fetchrow(f"{ROW}{lock}", UUID(draft_id), fair_id, asked)
    if row is None:
        raise Refused("draft_unknown", draft=draft_id)
    return await asyncio.to_thread(_read, row), row["request"]


def _read(row: asyncpg.Record) -> Draft:
    def json(name: str) -> Any:
        return None if row[name] is None else orjson.loads(row[name])

    problem = PROBLEM.validate_python(json("given")["problem"])
    exhibitors = frozenset(each.exhibitor_id for each in problem.profiles)
    seen = (row["revision"], row["rules_version"], row["adopted_before"])
    placement, certificate = json("placement"), json("certificate")
    return Draft(
        **{name: row[name] for name in ("draft_id", "fair_id", "created_by", "repair", "version")},
        base=Base(*seen, problem.present, exhibitors),
        problem=problem,
        placement=None if placement is None else PLACEMENT.validate_python(placement),
        locked=frozenset(row["locked"]),
        certificate=None if certificate is None else CERTIFICATE.validate_python(certificate),
        judged=json("judged"),
    )


async def change(
    pool: Pool,
    context: CommandContext,
    fair_id: str,
    draft_id: str,
    expected_version: int,
    changed: Callable[[Draft], Draft],
) -> None:
    """Change a draft by hand, once for each request.

    `changed` computes, in a thread.  Raises Refused where it does, where somebody has changed the
    draft since this version, and where its run goes on; CommandIdReused.
    """
    request = (context.request_hash or b"").hex()
    async with pool.acquire() as db, db.transaction():
        found, before = await draft(db, fair_id, draft_id, context)
        if before is not None:
            if before != request:
                raise CommandIdReused
            return
        if found.placement is None:
            raise Refused("draft_without_placement", draft=draft_id)
        if found.version != expected_version:
            raise Refused("draft_changed", version=found.version)
        new = await asyncio.to_thread(changed, replace(found))
        await db.execute(
            CHANGE,
            new.draft_id,
            PLACEMENT.dump_json(new.placement or {}).decode(),
            sorted(new.locked),
            as_json(new.judged),
            str(context.command_id),
            request,
        )


async def delete(pool: Pool, fair_id: str, draft_id: str) -> None:
    """Throw a draft away, if it is there; a run that goes on finds nothing to put its result in."""
    await pool.execute(DELETE, UUID(draft_id), fair_id)


async def prune(pool: Pool, now: datetime) -> None:
    """Forget drafts of long ago; what was adopted of them stands in the log."""
    await pool.execute(PRUNE, now - KEPT)


# What the team sees


class JudgedOut(AnswerOut):
    """What a placement leaves open, costs and moves."""

    unplaced: int = Field(description="Booths that were asked for and are not given.")
    objective: int = Field(description="The sum of the costs.")
    costs: dict[str, int] = Field(description="By soft rule.")
    moves: int = Field(description="Exhibitors who stand, and would stand otherwise.")


class WorthOut(AnswerOut):
    """A placement in two numbers; fewer booths ungiven come first."""

    unplaced: int
    objective: int


class ComparedOut(AnswerOut):
    """What a run is held against."""

    first_fit: WorthOut
    random_best: WorthOut = Field(description="The best of 200 draws.")


class OfferedOut(AnswerOut):
    """Why a repair is offered: who came late or went since an assignment was adopted."""

    came: list[str] = Field(description="Exhibitors who came late and lack booths.")
    went: list[str] = Field(description="Exhibitors who withdrew.")


class DraftOut(AnswerOut):
    """A draft, and how far it is."""

    draft_id: str
    fair_id: str
    state: str = Field(
        description="`queued`, `running`, `done`, `failed`, `stopped` (before anything was found)"
        " or `adopted`."
    )
    error: str | None = Field(description="The code of why a run failed.")
    progress: float = Field(description="Of the run; from 0 to 1.")
    progress_code: str = Field(
        description="What is being done; `solving` with the cost of the best found and the bound."
    )
    created_at: datetime
    repair: bool
    offered: Stored[OfferedOut | None] = Field(
        description="Nobody asked for it: it is offered, because these came or went.  Adopted, or"
        " changed by hand, it stays; otherwise the next change replaces it."
    )
    version: int = Field(description="To be named by whoever changes it.")
    revision: int = Field(description="Of the floor plan that it was made for.")
    rules_version: int
    judged: Stored[JudgedOut | None] = Field(description="The placement as it is now.")
    compared: Stored[ComparedOut | None] = Field(
        description="What others would have come to, where that was asked for."
    )
    bound: int | None = Field(description="What the run proved that nothing costs less than.")
    gap: float | None = Field(description="The share of the cost that is not proven to be needed.")
    proven: bool = Field(description="Whether no placement that leaves as few ungiven costs less.")
    adopted_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        known = {**row, "draft_id": str(row["draft_id"])}
        draft = cls.model_validate({"gap": None, "proven": False, **known})
        if draft.judged is not None and draft.bound is not None:
            draft.gap = gap_of(draft.judged.objective, draft.bound)
            same = draft.judged.unplaced == row["unplaced"]
            draft.proven = same and draft.bound >= draft.judged.objective
        return draft


class StandOut(AnswerOut):
    """What an exhibitor would get."""

    exhibitor_id: str
    booths: list[str]
    locked: bool


class WholeDraftOut(DraftOut):
    """A draft with who would get which booth."""

    outdated: list[str] = Field(
        description="What has changed since it was made, and keeps it from being adopted: `plan`,"
        " `rules`, `booths`, or who takes part: `came`, `went`."
    )
    placement: list[StandOut]
    unplaced: list[str] = Field(description="Exhibitors who would get no booth.")


SHOWN = """
select d.draft_id, d.fair_id, d.created_at, d.created_by, d.repair, d.offered, d.version,
       d.revision, d.rules_version, d.judged, d.compared,
       (d.certificate ->> 'bound')::bigint as bound,
       (d.certificate ->> 'unplaced')::bigint as unplaced, a.adopted_at,
       case when a.adopted_at is not null then 'adopted'
            when d.placement is not null then 'done'
            else coalesce(j.state, 'failed') end as state,
       j.error, coalesce(j.progress, 1) as progress, coalesce(j.progress_code, '') as progress_code
  from assignment_drafts as d
  left join log.jobs as j on j.id = d.draft_id
  left join assignments as a on a.draft_id = d.draft_id::text
"""
DRAFTS = Listing(
    f"""{SHOWN}
    where d.fair_id = $1 and ($2::boolean is null or (d.offered is not null) = $2)
    """,
    "draft_id",
    {"draft_id": Order()},
    key_type="uuid",
)


async def shown(db: Database, fair_id: str, draft_id: str) -> asyncpg.Record | None:
    """The row of a draft, as a list has it."""
    where = " where d.fair_id = $1 and d.draft_id = $2"
    return await db.fetchrow(f"{SHOWN}{where}", fair_id, UUID(draft_id))


def whole(row: asyncpg.Record, draft: Draft, outdated: list[str]) -> WholeDraftOut:
    """A draft with its placement."""
    placement = draft.placement or {}
    placed = [
        {"exhibitor_id": who, "booths": held, "locked": who in draft.locked}
        for who, held in sorted(placement.items())
    ]
    left = [] if draft.placement is None else sorted(draft.base.exhibitors - placement.keys())
    about = DraftOut.of(row).model_dump()
    more = {"outdated": outdated, "placement": placed, "unplaced": left}
    return WholeDraftOut.model_validate({**about, **more})
