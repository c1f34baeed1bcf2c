"""The read tables of the floor, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Self

import asyncpg
import orjson
from maarid_contracts.registration import (
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    Participation,
)
from pydantic import Field, TypeAdapter

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, rows_of_contracts
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool, columns
from services.scheduling.floor.assigning import (
    AssignmentAdopted,
    AssignmentRulesPublished,
    BoothSetUp,
    BoothSetUpTakenBack,
)
from services.scheduling.floor.domain import (
    BoothAssigned,
    BoothReleased,
    Event,
    FloorPlanPublished,
)
from services.scheduling.floor.ground import Ground, Point
from services.scheduling.placing.booths import Booth, Exhibitor, Needs

PUT_PLAN = """
insert into floor_plans (fair_id, revision, published_at) values ($1, $2, $3)
on conflict (fair_id) do update
   set revision = excluded.revision, published_at = excluded.published_at
"""
REMOVE_BOOTHS = "delete from booths where fair_id = $1 and not booth_id = any($2::text[])"
PUT_BOOTHS = """
insert into booths (fair_id, booth_id, pole_id, x_m, y_m, width_m, depth_m, electricity, water,
                    corner, step_free, institutional)
select $1, * from unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::float8[],
                         $7::float8[], $8::bool[], $9::bool[], $10::bool[], $11::bool[],
                         $12::bool[])
on conflict (fair_id, booth_id) do update
   set pole_id = excluded.pole_id, x_m = excluded.x_m, y_m = excluded.y_m,
       width_m = excluded.width_m, depth_m = excluded.depth_m,
       electricity = excluded.electricity, water = excluded.water, corner = excluded.corner,
       step_free = excluded.step_free, institutional = excluded.institutional
"""
ASSIGN = """
update booths as b
   set exhibitor_id = a.exhibitor_id, organisation_id = a.organisation_id, method = a.method,
       reasons = string_to_array(a.reasons, ' '), assigned_at = a.assigned_at
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
              $7::timestamptz[])
       as a(fair_id, booth_id, exhibitor_id, organisation_id, method, reasons, assigned_at)
 where b.fair_id = a.fair_id and b.booth_id = a.booth_id
"""
RELEASE = """
update booths as b
   set exhibitor_id = null, organisation_id = null, method = null, reasons = null,
       assigned_at = null, set_up_at = null
  from unnest($1::text[], $2::text[]) as r(fair_id, booth_id)
 where b.fair_id = r.fair_id and b.booth_id = r.booth_id
"""
SET_UP = "update booths set set_up_at = $3 where fair_id = $1 and booth_id = $2"
REGISTER = """
insert into exhibitors (partner, exhibitor_id, fair_id, organisation_id, contact_id, pole_id,
                        booths, families, programmes, electricity, water, corner, step_free,
                        min_area_m2, score, newcomer, pioneer, commune, preferences)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
on conflict (exhibitor_id) do nothing
"""
WITHDRAW = "update exhibitors set withdrawn = true where exhibitor_id = $1"

Received = ExhibitorRegisteredV1 | ExhibitorWithdrawnV1

_columns_of_booth = attrgetter(
    *("booth_id", "pole_id", "x_m", "y_m", "width_m", "depth_m", "electricity", "water"),
    *("corner", "step_free", "institutional"),
)
_columns_of_exhibitor = attrgetter(
    *("exhibitor_id", "fair_id", "organisation_id", "contact_id", "pole_id", "booths", "families"),
    *("programmes", "needs.electricity", "needs.water", "needs.corner", "needs.step_free"),
    *("needs.min_area_m2", "score", "newcomer", "pioneer", "commune", "preferences"),
)


async def project(db: Connection, facts: Sequence[Fact[Event]]) -> None:
    """Own events, in order: runs of one type, as first fit makes them, are written at once."""
    for _, run in groupby(facts, key=lambda fact: type(fact.event)):
        assigned: list[tuple[object, ...]] = []
        released: list[tuple[str, str]] = []
        for fact in run:
            match fact.event:
                case FloorPlanPublished() as plan:
                    await _put_plan(db, plan, fact.occurred_at)
                case BoothAssigned() as event:
                    assigned.append(_assignment(event, fact.occurred_at))
                case BoothReleased(fair_id=fair_id, booth_id=booth_id):
                    released.append((fair_id, booth_id))
                case BoothSetUp(fair_id=fair_id, booth_id=booth_id):
                    await db.execute(SET_UP, fair_id, booth_id, fact.occurred_at)
                case BoothSetUpTakenBack(fair_id=fair_id, booth_id=booth_id):
                    await db.execute(SET_UP, fair_id, booth_id, None)
                case AssignmentRulesPublished() | AssignmentAdopted():
                    pass  # The subject `planning` shows them.
        if assigned:
            await db.execute(ASSIGN, *columns(assigned))
        if released:
            await db.execute(RELEASE, *columns(released))


async def _put_plan(db: Connection, plan: FloorPlanPublished, at: datetime) -> None:
    await db.execute(PUT_PLAN, plan.fair_id, plan.revision, at)
    await db.execute(REMOVE_BOOTHS, plan.fair_id, [booth.booth_id for booth in plan.booths])
    await db.execute(PUT_BOOTHS, plan.fair_id, *columns(map(_columns_of_booth, plan.booths)))


def _assignment(event: BoothAssigned, at: datetime) -> tuple[object, ...]:
    return (
        event.fair_id,
        event.booth_id,
        event.exhibitor_id,
        event.organisation_id,
        event.method,
        # `unnest` would flatten an array of arrays; reason codes have no spaces.
        " ".join(event.reasons),
        at,
    )


def _write(heard: Received) -> Write:
    match heard:
        case ExhibitorRegisteredV1():
            partner = heard.participation is Participation.INSTITUTIONAL_PARTNER
            return REGISTER, (partner, *_columns_of_exhibitor(heard))
        case ExhibitorWithdrawnV1():
            return WITHDRAW, (heard.exhibitor_id,)


PROJECTION = Projection(
    tables=("exhibitors", "floor_plans", "booths"),
    own=project,
    # An exhibitor that withdrew is not registered again under the same id.
    heard=rows_of_contracts((REGISTER, WITHDRAW), _write),
    events=Event,
    contracts=Received,
)


class HolderOut(AnswerOut):
    """Who holds a booth, how it came to that, and what spoke for this booth."""

    exhibitor_id: str
    organisation_id: str
    method: str
    reasons: list[str]
    assigned_at: datetime
    set_up_at: datetime | None = Field(description="Since when its booth stands ready.")


class BoothOut(AnswerOut):
    """A booth of the plan in force; without a holder it is free."""

    booth_id: str
    pole_id: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    electricity: bool
    water: bool
    corner: bool
    step_free: bool
    institutional: bool
    holder: HolderOut | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        holder = HolderOut.of(row) if row["exhibitor_id"] else None
        return cls.model_validate({**row, "holder": holder})


class BoothBody(AnswerOut):
    """A booth as it is drawn."""

    booth_id: str
    pole_id: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    electricity: bool
    water: bool
    corner: bool
    step_free: bool
    institutional: bool
    turn_deg: float
    open_sides: list[str]


class EntranceBody(AnswerOut):
    x_m: float
    y_m: float
    step_free: bool


class AisleBody(AnswerOut):
    line: list[Point]
    width_m: float
    step_free: bool


class StageBody(AnswerOut):
    area: list[Point]
    noise_radius_m: float


class PlanBody(AnswerOut):
    """A whole plan, as `POST /floor-plan` takes it.  Points are x and y in metres."""

    booths: list[BoothBody]
    outline: list[Point]
    entrances: list[EntranceBody]
    aisles: list[AisleBody]
    obstacles: list[list[Point]]
    stages: list[StageBody]

    @classmethod
    def of_drawing(cls, booths: Iterable[Booth], ground: Ground) -> Self:
        return cls(
            booths=[BoothBody.model_validate(booth) for booth in booths],
            outline=list(ground.outline),
            entrances=[EntranceBody.model_validate(each) for each in ground.entrances],
            aisles=[AisleBody.model_validate(each) for each in ground.aisles],
            obstacles=[list(each) for each in ground.obstacles],
            stages=[StageBody.model_validate(each) for each in ground.stages],
        )


class PlanOut(AnswerOut):
    """The plan in force, and which revision it is."""

    revision: int
    floor_plan: PlanBody


class ParticipantOut(AnswerOut):
    """An exhibitor or partner who takes part, and the booths it holds."""

    exhibitor_id: str
    organisation_id: str
    partner: bool
    pole_id: str
    booths_wanted: int
    booths: list[str]
    families: list[str]
    needs: Stored[Needs]
    programmes: list[str]


NEEDS = """
jsonb_build_object('electricity', electricity, 'water', water, 'corner', corner,
                   'step_free', step_free, 'min_area_m2', min_area_m2) as needs
"""
EXHIBITORS = f"""
select exhibitor_id, organisation_id, pole_id, booths, contact_id, partner, families, {NEEDS},
       programmes, withdrawn
  from exhibitors where fair_id = $1
"""
EXHIBITOR_OF_ROW = TypeAdapter(Exhibitor)


async def exhibitors(db: Pool, fair_id: str) -> dict[str, Exhibitor]:
    """Everybody who ever took part in a fair, as its floor needs to know them."""
    rows = await db.fetch(EXHIBITORS, fair_id)
    return {row["exhibitor_id"]: _exhibitor(row) for row in rows}


async def families(db: Pool, fair_id: str) -> dict[str, list[str]]:
    """What each exhibitor of a fair shows, as codes."""
    rows = await db.fetch(
        "select exhibitor_id, families from exhibitors where fair_id = $1", fair_id
    )
    return {row["exhibitor_id"]: row["families"] for row in rows}


async def exhibitor(db: Pool, fair_id: str, exhibitor_id: str) -> Exhibitor | None:
    row = await db.fetchrow(f"{EXHIBITORS} and exhibitor_id = $2", fair_id, exhibitor_id)
    return _exhibitor(row) if row else None


def _exhibitor(row: asyncpg.Record) -> Exhibitor:
    return EXHIBITOR_OF_ROW.validate_python({**row, "needs": orjson.loads(row["needs"])})


async def withdrawn_holders(db: Pool) -> list[tuple[str, str]]:
    """Who holds a booth after having withdrawn: (fair, exhibitor)."""
    rows = await db.fetch(
        """select distinct e.fair_id, e.exhibitor_id
             from exhibitors as e join booths as b using (fair_id, exhibitor_id)
            where e.withdrawn order by e.fair_id, e.exhibitor_id"""
    )
    return [(row["fair_id"], row["exhibitor_id"]) for row in rows]


PARTICIPANTS = Listing(
    f"""
    select exhibitor_id, organisation_id, partner, pole_id, e.booths as booths_wanted,
           held.held as booths, families, {NEEDS}, programmes
      from exhibitors as e
     cross join lateral (select array(select b.booth_id from booths as b
                                       where b.fair_id = e.fair_id
                                         and b.exhibitor_id = e.exhibitor_id
                                       order by b.booth_id) as held) as held
     where e.fair_id = $1 and not e.withdrawn
       and ($2::boolean is null or (cardinality(held.held) >= e.booths) = $2)
       and ($3::text is null or e.pole_id = $3)
       and ($4::text is null or e.organisation_id = $4)
    """,
    "exhibitor_id",
    {
        "exhibitor_id": Order(),
        "pole_id": Order("pole_id"),
        "booths_wanted": Order("booths_wanted", "integer"),
    },
)


async def revision(db: Pool, fair_id: str) -> int:
    """The revision of the plan in force; 0 before there is one."""
    found = await db.fetchval("select revision from floor_plans where fair_id = $1", fair_id)
    return found or 0


async def booth(db: Pool, fair_id: str, booth_id: str) -> BoothOut | None:
    row = await db.fetchrow(
        "select * from booths where fair_id = $1 and booth_id = $2", fair_id, booth_id
    )
    return BoothOut.found(row)


BOOTHS = Listing(
    """
    select * from booths
     where fair_id = $1
       and ($2::text is null or pole_id = $2)
       and ($3::boolean is null or (exhibitor_id is null) = $3)
       and ($4::text is null or exhibitor_id = $4)
    """,
    "booth_id",
    {"booth_id": Order(), "pole_id": Order("pole_id")},
)
