"""Booths by rules, over HTTP: rules, drafts, changes by hand, adoption, booths that are ready."""

from __future__ import annotations

import re
import tomllib
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from maarid_contracts.assignment import Weight
from maarid_contracts.envelope import Code, Id
from maarid_contracts.scheduling import BoothId
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.answers.shapes import known
from chassis.api.fields import FairId, Flag, PathId, RequestIn
from chassis.api.requests import (
    Caller,
    ContextDep,
    Page,
    Paged,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
    upload,
)
from chassis.jobs import store
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.scheduling.fairs.handlers import known_fair, standing_fair
from services.scheduling.floor import read as floor
from services.scheduling.floor.assigning import (
    PublishAssignmentRules,
    SetUpBooth,
    TakeBackSetUp,
)
from services.scheduling.floor.domain import floor_stream
from services.scheduling.floor.read import BoothOut
from services.scheduling.placing.rules import AssignmentRules, Weights
from services.scheduling.planning import handlers, read, rows
from services.scheduling.planning.handlers import Asked
from services.scheduling.planning.read import AssignmentRulesOut
from services.scheduling.planning.rows import DraftOut, WholeDraftOut

router = APIRouter(tags=["assignment"])

Organiser = allow(Role.ORGANISER)
Team = allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)
MOST_BYTES = 200_000
"""Of rules in TOML: a line each for a thousand booths."""
BY_DEFAULT = Weights()
Version = Annotated[
    int, Field(strict=True, ge=1, description="That of the draft as it was seen.", examples=[1])
]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
StrictWeight = Annotated[Weight, Field(strict=True)]
Booths = Annotated[tuple[BoothId, ...], Field(min_length=1, max_length=50)]


class WeightsIn(RequestIn):
    """What a breach of each soft rule costs; 0 switches it off."""

    family_beside: StrictWeight = BY_DEFAULT.family_beside
    family_facing: StrictWeight = BY_DEFAULT.family_facing
    preferences: StrictWeight = BY_DEFAULT.preferences
    place_value: StrictWeight = BY_DEFAULT.place_value
    rotation: StrictWeight = BY_DEFAULT.rotation
    zones: StrictWeight = BY_DEFAULT.zones
    newcomers: StrictWeight = BY_DEFAULT.newcomers
    region_mix: StrictWeight = BY_DEFAULT.region_mix
    communes: StrictWeight = BY_DEFAULT.communes


class FixedIn(RequestIn):
    """Booths that the team has promised: nobody else gets them, and the exhibitor no others."""

    exhibitor_id: Id
    booths: Booths


class ZoneIn(RequestIn):
    """Where the team wants pioneers, or the beneficiaries of a programme."""

    of: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["pioneer"])]
    booths: Annotated[tuple[BoothId, ...], Field(min_length=1, max_length=1000)]


class PlaceValueIn(RequestIn):
    """What a place is worth, where the team knows better than the drawing."""

    booth_id: BoothId
    value: Percent


class AssignmentRulesIn(RequestIn):
    """By what booths are given; what is left out is as by default."""

    weights: WeightsIn = WeightsIn()
    forbidden: Annotated[
        tuple[tuple[Code, Code], ...],
        Field(
            max_length=200,
            description="Product families that never stand beside or facing one another.",
        ),
    ] = ()
    fixed: Annotated[tuple[FixedIn, ...], Field(max_length=1000)] = ()
    zones: Annotated[tuple[ZoneIn, ...], Field(max_length=50)] = ()
    values: Annotated[tuple[PlaceValueIn, ...], Field(max_length=1000)] = ()
    newcomers_worst_percent: Annotated[
        Percent, Field(description="Of newcomers' booths, in the worst quarter of their pole.")
    ] = AssignmentRules().newcomers_worst_percent

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "weights": {"family_beside": 60, "preferences": 10, "rotation": 2},
                    "forbidden": [["fish", "perfume"]],
                    "zones": [{"of": "pioneer", "booths": ["P-001", "P-014"]}],
                    "newcomers_worst_percent": 25,
                }
            ]
        },
    )


class AssignmentRunIn(RequestIn):
    """How a draft is computed."""

    repair: Annotated[
        Flag,
        Field(description="Move as few as possible: after a withdrawal, or for a late arrival."),
    ] = False
    based_on: Annotated[
        Id | None, Field(description="A draft to begin with; whom it locks stays where it is.")
    ] = None
    seed: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 1
    seconds: Annotated[int, Field(strict=True, ge=1, le=120)] = 60
    compare: Annotated[
        Flag, Field(description="Say also what first fit and the best of 200 draws would cost.")
    ] = False


class PlaceExhibitorIn(RequestIn):
    """All the booths that an exhibitor is to have in the draft."""

    exhibitor_id: Id
    booths: Booths
    expected_version: Version


class FreeIn(RequestIn):
    exhibitor_id: Id
    expected_version: Version


class LockIn(RequestIn):
    exhibitor_id: Id
    locked: Flag = True
    expected_version: Version


class TakeBackIn(RequestIn):
    reason: Code = Field(default="by_hand", examples=["wrong_booth"])


class DraftAccepted(BaseModel):
    """The draft that is being computed; `/jobs/{draft_id}` is the job."""

    draft_id: str


# Rules


@router.post("/assignment/rules", dependencies=[Organiser])
async def publish_assignment_rules(
    fair_id: FairId, body: AssignmentRulesIn, runtime: RuntimeDep, context: ContextDep
) -> AssignmentRulesOut:
    """Put rules in force, by which booths are given from now on."""
    return await _publish(runtime, context, fair_id, body)


@router.post("/assignment/rules.toml", dependencies=[Organiser])
async def publish_assignment_rules_as_toml(
    fair_id: FairId,
    file: Annotated[bytes, upload(MOST_BYTES)],
    runtime: RuntimeDep,
    context: ContextDep,
) -> AssignmentRulesOut:
    """The same from a file in TOML, with the same names."""
    return await _publish(runtime, context, fair_id, _from_toml(file))


@router.get("/assignment/rules", dependencies=[public()])
async def show_assignment_rules(fair_id: FairId, runtime: RuntimeDep) -> AssignmentRulesOut:
    """The rules in force, with every weight."""
    await known_fair(runtime, fair_id)
    return await read.rules(runtime.pool, fair_id)


async def _publish(
    runtime: Runtime, context: CommandContext, fair_id: str, body: AssignmentRulesIn
) -> AssignmentRulesOut:
    await standing_fair(runtime, fair_id)
    exhibitors = frozenset(await floor.exhibitors(runtime.pool, fair_id))
    command = PublishAssignmentRules(fair_id, body.as_a(AssignmentRules), exhibitors)
    await runtime.desk.execute(floor_stream(fair_id), command, context)
    return await read.rules(runtime.pool, fair_id)


def _from_toml(file: bytes) -> AssignmentRulesIn:
    """Raises Refused where a file is no TOML, and RequestValidationError where it says no rules."""
    try:
        return AssignmentRulesIn.model_validate(tomllib.loads(file.decode()))
    except UnicodeDecodeError as error:
        raise Refused("rules_not_toml", line=file.count(b"\n", 0, error.start) + 1) from error
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else file.count(b"\n") + 1
        raise Refused("rules_not_toml", line=line) from error
    except ValidationError as error:
        found: list[Any] = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(found) from error


# Drafts


@router.post(
    "/assignments", status_code=202, response_model=DraftAccepted, dependencies=[Organiser]
)
async def ask_assignment(
    fair_id: FairId, body: AssignmentRunIn, runtime: RuntimeDep, context: ContextDep
) -> Response:
    """Have a draft computed, as a job, from the floor as it is now.  Nobody is told of a draft."""
    await standing_fair(runtime, fair_id)
    draft_id = str(await handlers.ask_run(runtime, context, fair_id, body.as_a(Asked)))
    where = {"location": f"/fairs/{fair_id}/assignments/{draft_id}"}
    return JSONResponse({"draft_id": draft_id}, 202, where)


@router.get("/assignments", dependencies=[Team])
async def list_assignments(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.DRAFTS)],
    offered: bool | None = None,
) -> Paged[DraftOut]:
    """The drafts of a fair, for 30 days; `offered` are the repairs that nobody asked for."""
    await known_fair(runtime, fair_id)
    return paged(await rows.DRAFTS.part(runtime.pool, page, fair_id, offered), DraftOut.of)


@router.get("/assignments/{draft_id}", dependencies=[Team])
async def show_assignment(fair_id: FairId, draft_id: PathId, runtime: RuntimeDep) -> WholeDraftOut:
    """How far a draft is, who would get which booth, and what that costs by rule."""
    return await _whole(runtime, fair_id, draft_id)


@router.post("/assignments/{draft_id}/stop", dependencies=[Organiser])
async def stop_assignment(
    fair_id: FairId, draft_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> DraftOut:
    """Stop the run of a draft, whoever asked for it: the best that it has found is kept."""
    await runtime.desk.refused_before(context)
    row = await _row(runtime, fair_id, draft_id)
    await store.wish_stop(runtime.pool, row["draft_id"], row["created_by"])
    return DraftOut.of(await _row(runtime, fair_id, draft_id))


@router.post("/assignments/{draft_id}/place", dependencies=[Organiser])
async def place_in_assignment(
    fair_id: FairId,
    draft_id: PathId,
    body: PlaceExhibitorIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> WholeDraftOut:
    """Give an exhibitor other booths in a draft: what that costs by rule stands in the answer."""
    changed = handlers.placing(body.exhibitor_id, body.booths)
    where = (fair_id, draft_id, body.expected_version)
    await handlers.change(runtime, context, *where, changed)
    return await _whole(runtime, fair_id, draft_id)


@router.post("/assignments/{draft_id}/free", dependencies=[Organiser])
async def free_in_assignment(
    fair_id: FairId, draft_id: PathId, body: FreeIn, runtime: RuntimeDep, context: ContextDep
) -> WholeDraftOut:
    """Take an exhibitor's booths in a draft."""
    changed = handlers.freeing(body.exhibitor_id)
    where = (fair_id, draft_id, body.expected_version)
    await handlers.change(runtime, context, *where, changed)
    return await _whole(runtime, fair_id, draft_id)


@router.post("/assignments/{draft_id}/lock", dependencies=[Organiser])
async def lock_in_assignment(
    fair_id: FairId, draft_id: PathId, body: LockIn, runtime: RuntimeDep, context: ContextDep
) -> WholeDraftOut:
    """Keep an exhibitor where it stands in a draft, also in a run that goes on from it."""
    changed = handlers.locking(body.exhibitor_id, locked=body.locked)
    where = (fair_id, draft_id, body.expected_version)
    await handlers.change(runtime, context, *where, changed)
    return await _whole(runtime, fair_id, draft_id)


@router.post("/assignments/{draft_id}/adopt", dependencies=[Organiser])
async def adopt_assignment(
    fair_id: FairId, draft_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> DraftOut:
    """Make a draft a fact, whole or not at all; whose booths change is told.  Refused where the
    floor, its rules or who takes part have changed since the draft was made."""
    await standing_fair(runtime, fair_id)
    await handlers.adopt(runtime, context, fair_id, draft_id)
    return DraftOut.of(await _row(runtime, fair_id, draft_id))


@router.delete("/assignments/{draft_id}", status_code=204, dependencies=[Organiser])
async def delete_assignment(
    fair_id: FairId, draft_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> None:
    """Throw a draft away, if it is there, and stop its run; what was adopted of it stays."""
    await runtime.desk.refused_before(context)
    await known_fair(runtime, fair_id)
    row = await rows.shown(runtime.pool, fair_id, draft_id)
    if row is not None:
        await store.wish_stop(runtime.pool, row["draft_id"], row["created_by"])
        await rows.delete(runtime.pool, fair_id, draft_id)


async def _row(runtime: Runtime, fair_id: str, draft_id: str) -> asyncpg.Record:
    row = await rows.shown(runtime.pool, fair_id, draft_id)
    return known(row, "draft_unknown", draft=draft_id)


async def _whole(runtime: Runtime, fair_id: str, draft_id: str) -> WholeDraftOut:
    row = await _row(runtime, fair_id, draft_id)
    draft, _ = await rows.draft(runtime.pool, fair_id, draft_id)
    outdated = await handlers.outdated(runtime, fair_id, draft.base)
    return rows.whole(row, draft, outdated)


# Booths that stand ready


@router.post("/booths/{booth_id}/set-up")
async def set_up_booth(
    fair_id: FairId,
    booth_id: BoothId,
    runtime: RuntimeDep,
    context: ContextDep,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD)],
) -> BoothOut:
    """A holder has set up its booth: no assignment and no swap moves it any more."""
    await _acted_at(runtime, caller, fair_id)
    await runtime.desk.execute(floor_stream(fair_id), SetUpBooth(booth_id), context)
    return await _booth(runtime, fair_id, booth_id)


@router.post("/booths/{booth_id}/set-up/take-back")
async def take_back_set_up(
    fair_id: FairId,
    booth_id: BoothId,
    body: TakeBackIn,
    runtime: RuntimeDep,
    context: ContextDep,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD)],
) -> BoothOut:
    """The booth was not set up after all, or its holder has packed."""
    await _acted_at(runtime, caller, fair_id)
    command = TakeBackSetUp(booth_id, body.reason)
    await runtime.desk.execute(floor_stream(fair_id), command, context)
    return await _booth(runtime, fair_id, booth_id)


async def _acted_at(runtime: Runtime, caller: Caller, fair_id: str) -> None:
    """Raises Refused where the fair is unknown, or not that of the steward."""
    if not caller.may_act_at(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    await known_fair(runtime, fair_id)


async def _booth(runtime: Runtime, fair_id: str, booth_id: str) -> BoothOut:
    return known(
        await floor.booth(runtime.pool, fair_id, booth_id), "booth_unknown", booth=booth_id
    )
