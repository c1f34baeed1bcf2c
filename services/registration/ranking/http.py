"""The routes of selections: rules, draw, runs, publication, and why."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from maarid_contracts.envelope import Code, Id, Slug
from maarid_contracts.selection import TermValue, Word
from pydantic import BaseModel, ConfigDict, Field

from chassis.answers.shapes import known
from chassis.api.fields import FairId, Flag, PathId, RequestIn
from chassis.api.requests import (
    Caller,
    ContextDep,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    public,
)
from chassis.jobs.routes import JobAccepted
from chassis.kernel.refused import Refused
from services.registration.applications.read import ApplicationOut, application
from services.registration.fairs.read import fair
from services.registration.organisations.domain import Kind
from services.registration.ranking import handlers, read
from services.registration.ranking.handlers import Adjustment
from services.registration.ranking.read import LastAccepted, SelectionOut
from services.registration.selection import rules
from services.registration.selection.publication import Chosen
from services.registration.selection.rules import Of, Rules, ScoreTerm

router = APIRouter(tags=["selection"])

Share = Annotated[int, Field(strict=True, ge=0, le=100, description="Per cent of places given.")]
Organiser = allow(Role.ORGANISER)
OwnOrReader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]
KINDS = frozenset(Kind)


class TermIn(RequestIn):
    of: Of
    value: TermValue | None = None
    points: Annotated[int, Field(strict=True, ge=1, le=1000)]


class QuotaIn(RequestIn):
    of: Of
    value: TermValue | None = None
    pole_id: Slug | None = None
    at_least: Share = 0
    at_most: Share = 100


class RulesIn(RequestIn):
    """By what applications are selected."""

    terms: Annotated[tuple[TermIn, ...], Field(max_length=100)]
    quotas: Annotated[tuple[QuotaIn, ...], Field(max_length=100)] = ()
    waiting: Annotated[
        int | None, Field(strict=True, ge=0, le=5000, description="Of each pole; none: all wait.")
    ] = None
    offer_hours: Annotated[int | None, Field(strict=True, ge=1, le=720)] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "terms": [
                        {"of": "kind", "value": "cooperative", "points": 10},
                        {"of": "women_led", "points": 5},
                        {"of": "mark", "value": "quality", "points": 1},
                    ],
                    "quotas": [
                        {"of": "women_led", "at_least": 40},
                        {"of": "province", "value": "zagora", "at_most": 30},
                    ],
                    "waiting": 50,
                }
            ]
        },
    )


class WordIn(RequestIn):
    word: Annotated[Word, Field(description="As it was said aloud, after the call was closed.")]


class RunIn(RequestIn):
    may_leave_places: Annotated[
        Flag, Field(description="Leave places empty where the quotas cannot be kept otherwise.")
    ] = False


class AdjustmentIn(RequestIn):
    application_id: Id
    chosen: Chosen
    reason: Annotated[Code, Field(examples=["dossier_incomplete"])]


class PublicationIn(RequestIn):
    """The run whose proposal is adopted, and what the team decides otherwise."""

    job_id: Id
    adjustments: Annotated[tuple[AdjustmentIn, ...], Field(max_length=1000)] = ()


class TermOut(BaseModel):
    of: str
    value: str | None
    points: int = Field(description="What the application has by this term, as of now.")


class WhyOut(BaseModel):
    """How an application fared by the rules."""

    application_id: str
    status: str
    reason: str | None
    score: int | None = Field(description="As it was published.")
    draw_rank: int | None
    rank: int | None = Field(description="On the pole's list, when put there.")
    bound_by: str | None = Field(description="What kept it out: `places`, or a quota.")
    terms: list[TermOut]
    points: int = Field(description="The sum of the terms; other than the score if facts changed.")
    last_accepted: LastAccepted | None = Field(
        description="The weakest application of its pole that was accepted."
    )


@router.post("/fairs/{fair_id}/selection/rules", dependencies=[Organiser])
async def publish_rules(
    fair_id: FairId, body: RulesIn, runtime: RuntimeDep, context: ContextDep
) -> SelectionOut:
    """Publish the rules of a selection, with the sum of the draw's secret.  Until the call is over,
    others replace them."""
    await _known_fair(runtime, fair_id)
    for each in (*body.terms, *body.quotas):
        if each.of is Of.KIND and each.value is not None and each.value not in KINDS:
            raise Refused("kind_unknown", kind=each.value)
    await handlers.publish_rules(runtime, context, fair_id, body.as_a(Rules))
    return await _selection(runtime, fair_id)


@router.post("/fairs/{fair_id}/selection/draw", dependencies=[Organiser])
async def hold_draw(
    fair_id: FairId, body: WordIn, runtime: RuntimeDep, context: ContextDep
) -> SelectionOut:
    """Hold the draw that orders equal scores, once: the secret is revealed, with the seed."""
    await _known_fair(runtime, fair_id)
    await handlers.hold_draw(runtime, context, fair_id, body.word)
    return await _selection(runtime, fair_id)


@router.get("/fairs/{fair_id}/selection", dependencies=[public()])
async def show_selection(fair_id: FairId, runtime: RuntimeDep) -> SelectionOut:
    """The rules of a fair, its draw, and what its selection came to."""
    await _known_fair(runtime, fair_id)
    return await _selection(runtime, fair_id)


@router.post(
    "/fairs/{fair_id}/selection/runs",
    status_code=202,
    response_model=JobAccepted,
    dependencies=[Organiser],
)
async def ask_run(
    fair_id: FairId, body: RunIn, runtime: RuntimeDep, context: ContextDep
) -> Response:
    """Have a selection proposed, as a job: the greatest score under places and quotas, then the
    order of the draw.  Where the quotas cannot be kept it names those that contradict each other.
    """
    await _known_fair(runtime, fair_id)
    leave = body.may_leave_places
    return await handlers.ask_run(runtime, context, fair_id, may_leave_places=leave)


@router.post("/fairs/{fair_id}/selection/publish", dependencies=[Organiser])
async def publish_selection(
    fair_id: FairId, body: PublicationIn, runtime: RuntimeDep, context: ContextDep
) -> SelectionOut:
    """Decide all applications as a run proposed, and the team adjusted.  Refused where anything has
    changed since."""
    await _known_fair(runtime, fair_id)
    adjustments = [each.as_a(Adjustment) for each in body.adjustments]
    await handlers.publish_selection(runtime, context, fair_id, UUID(body.job_id), adjustments)
    return await _selection(runtime, fair_id)


@router.get("/fairs/{fair_id}/applications/{application_id}/why")
async def explain_application(
    fair_id: FairId, application_id: PathId, runtime: RuntimeDep, caller: OwnOrReader
) -> WhyOut:
    """Rule by rule, how an application fared; its organisation sees it once it is decided."""
    found = await application(runtime.pool, fair_id, application_id)
    if found is None or not caller.may_read(found.organisation_id):
        raise Refused("application_unknown", application_id=application_id)
    if found.score is None and not caller.may_read(None):
        raise Refused("selection_not_published", fair_id=fair_id)
    published = await _selection(runtime, fair_id)
    terms = await _terms(runtime, found, published.terms)
    return WhyOut(
        application_id=application_id,
        status=found.status,
        reason=found.reason,
        score=found.score,
        draw_rank=found.draw_rank,
        rank=found.rank,
        bound_by=found.bound_by,
        terms=terms,
        points=sum(term.points for term in terms),
        last_accepted=await read.last_accepted(runtime.pool, fair_id, found.pole_id),
    )


@router.post(
    "/fairs/{fair_id}/applications/{application_id}/why/cost",
    status_code=202,
    response_model=JobAccepted,
    dependencies=[Organiser],
)
async def ask_cost(
    fair_id: FairId, application_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> Response:
    """Have computed, as a job, how many points all others would have lost had this application been
    accepted, or why it could not be."""
    found = await application(runtime.pool, fair_id, application_id)
    known(found, "application_unknown", application_id=application_id)
    return await handlers.ask_cost(runtime, context, fair_id, application_id)


async def _terms(
    runtime: Runtime, found: ApplicationOut, terms: tuple[ScoreTerm, ...]
) -> list[TermOut]:
    """The points of an application, term by term; a partner has none."""
    id_ = found.application_id
    about = known(await fair(runtime.pool, found.fair_id), "fair_unknown", fair_id=found.fair_id)
    of = (await read.known_of(runtime.pool, found.fair_id, about.first_day, id_)).get(id_)
    if of is None:
        return []
    applicant = handlers.applicant(id_, found.pole_id, found.booths, found.programmes, of)
    points = rules.points(terms, applicant)
    return [
        TermOut(of=term.of, value=term.value, points=each)
        for term, each in zip(terms, points, strict=True)
    ]


async def _known_fair(runtime: Runtime, fair_id: str) -> None:
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)


async def _selection(runtime: Runtime, fair_id: str) -> SelectionOut:
    return known(await read.selection(runtime.pool, fair_id), "no_rules", fair_id=fair_id)
