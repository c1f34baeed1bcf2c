"""The routes of applications, of the decisions on them, and of exhibitors."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, NamedTuple, Self

from fastapi import APIRouter, Depends, Query
from maarid_contracts.envelope import Code, Id, Slug
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.answers.shapes import known
from chassis.api.fields import (
    CodeFilter,
    FairId,
    Flag,
    IdFilter,
    PathId,
    ReasonIn,
    RequestIn,
    SlugFilter,
    TextIn,
)
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
    wrong,
)
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.registration.applications import read
from services.registration.applications.handlers import AsOf, applications_at, shown, submit
from services.registration.applications.read import ApplicationOut, ExhibitorOut
from services.registration.fairs.domain import fair_stream
from services.registration.fairs.read import fair
from services.registration.organisations.domain import Kind
from services.registration.organisations.http import (
    acts_for,
    distinct,
    may_read,
    require_own,
    whose,
)
from services.registration.selection.application import Participation
from services.registration.selection.asking import CHANGEABLE, ChangeApplication
from services.registration.selection.domain import (
    AcceptApplication,
    ApplicationWaitlisted,
    ExhibitorRegistered,
    RejectApplication,
    Status,
    SubmitApplication,
    WaitlistApplication,
    WithdrawApplication,
)
from services.registration.selection.offering import PlaceOffered

router = APIRouter(tags=["applications"])


class ProductIn(RequestIn):
    family: Annotated[Code, Field(examples=["olive_oil"])]
    name: TextIn
    origin: Annotated[
        TextIn | None,
        Field(description="The place that the product is named after or known for."),
    ] = None


class NeedsIn(RequestIn):
    """What the booth must have."""

    electricity: Flag = False
    water: Flag = False
    corner: Flag = False
    step_free: Flag = False
    min_area_m2: Annotated[
        float, Field(strict=True, ge=0, le=1000, allow_inf_nan=False, description="Square metres.")
    ] = 0.0


Products = Annotated[tuple[ProductIn, ...], Field(max_length=100)]
Booths = Annotated[int, Field(strict=True, ge=1, le=100, description="Booths wanted.")]
People = Annotated[
    int, Field(strict=True, ge=0, le=1000, description="People who would wear a badge.")
]
Programmes = Annotated[tuple[Slug, ...], Field(max_length=20)]
Preferences = Annotated[
    tuple[Code, ...],
    Field(
        max_length=10,
        description="What it would like of its booth, but can do without.",
        examples=[["entrance", "quiet"]],
    ),
]


class ApplicationIn(RequestIn):
    organisation_id: Id
    participation: Participation = Participation.EXHIBITOR
    pole_id: Annotated[Slug, Field(examples=["products"])]
    products: Products = ()
    booths: Booths = 1
    people: People
    needs: NeedsIn = NeedsIn()
    programmes: Programmes = ()
    preferences: Preferences = ()
    late_because: Annotated[
        Code | None,
        Field(
            description="Why the team takes it after the call has closed, until the fair ends.",
            examples=["delegation_sent_it_late"],
        ),
    ] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47",
                    "participation": "exhibitor",
                    "pole_id": "products",
                    "products": [
                        {
                            "family": "olive_oil",
                            "name": {"ar": "زيت الزيتون", "fr": "Huile d'olive"},
                        }
                    ],
                    "booths": 1,
                    "people": 2,
                    "needs": {"electricity": True},
                    "programmes": ["mouazara"],
                }
            ]
        },
    )


class ApplicationChangeIn(RequestIn):
    """The fields of an application that change; a field that is not given stays as it is."""

    reason: Annotated[Code, Field(examples=["typing_error"])]
    participation: Participation | None = None
    pole_id: Slug | None = None
    products: Products | None = None
    booths: Booths | None = None
    people: People | None = None
    needs: NeedsIn | None = None
    programmes: Programmes | None = None
    preferences: Preferences | None = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "typing_error", "booths": 2, "people": 4}]},
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(getattr(self, name) is None for name in CHANGEABLE):
            raise wrong("nothing_changes")
        return self


class AcceptIn(ReasonIn):
    """What an organisation is given, if that is not what it asks for."""

    booths: Annotated[
        int | None,
        Field(strict=True, ge=1, le=100, description="Fewer booths than it asks for."),
    ] = None
    pole_id: Annotated[Slug | None, Field(description="Another pole.", examples=["crafts"])] = None


class ApplicationCreatedOut(BaseModel):
    application_id: str


class DecisionOut(BaseModel):
    application_id: str
    status: Status
    rank: int | None = Field(default=None, description="On the pole's list, when put there.")
    moved_up: list[str] = Field(
        default=[], description="Exhibitors who got the places that were given back."
    )
    offered: list[str] = Field(
        default=[],
        description="Applications to which places that were given back are offered.",
    )
    given_pole_id: str | None = Field(default=None, description="The pole given, if accepted.")
    given_booths: int | None = Field(default=None, description="The booths given, if accepted.")


Applicant = Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE, Role.EXHIBITOR)]
Reader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]
OwnOrTeam = Annotated[Caller, allow(Role.ORGANISER, Role.EXHIBITOR)]
Organiser = allow(Role.ORGANISER)
ExhibitorsReader = Annotated[
    Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.STEWARD)
]


@router.post("/fairs/{fair_id}/applications", status_code=201)
async def submit_application(
    fair_id: FairId,
    body: ApplicationIn,
    runtime: RuntimeDep,
    caller: Applicant,
    context: ContextDep,
) -> ApplicationCreatedOut:
    """Apply to take part, while the call is open.  The team may do so later, with a reason."""
    ids = await require_own(runtime, caller, body.organisation_id)
    if body.late_because is not None and not caller.has(Role.ORGANISER, Role.SERVICE):
        raise Refused("late_by_team_only")
    command = partial(
        body.as_a,
        SubmitApplication,
        programmes=distinct(body.programmes),
        preferences=distinct(body.preferences),
    )
    application_id = await submit(runtime, context, fair_id, ids, command)
    return ApplicationCreatedOut(application_id=application_id)


@router.get("/fairs/{fair_id}/applications")
async def list_applications(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.APPLICATIONS_OF_FAIR)],
    caller: Reader,
    status: Status | None = None,
    pole_id: SlugFilter = None,
    organisation_id: IdFilter = None,
    late: Annotated[
        bool | None, Query(description="Taken after the call had closed, or in time.")
    ] = None,
    as_of: AsOf = None,
) -> Paged[ApplicationOut]:
    """Applications to a fair, now or as they were; an exhibitor sees its own."""
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    ids = await whose(runtime, caller, organisation_id)
    filters = (fair_id, status, pole_id, ids, late)
    if as_of is None:
        part = await read.APPLICATIONS_OF_FAIR.part(runtime.pool, page, *filters)
        return paged(part, ApplicationOut.of)
    past = await applications_at(runtime, fair_id, as_of)
    then = await read.APPLICATIONS_AT.part(runtime.pool, page, *filters, await past.pieces())
    return paged(replace(then, rows=await shown(runtime, fair_id, past, then.rows)))


@router.get("/fairs/{fair_id}/applications/{application_id}")
async def show_application(
    fair_id: FairId,
    application_id: PathId,
    runtime: RuntimeDep,
    caller: Reader,
    as_of: AsOf = None,
) -> ApplicationOut:
    """One application, now or as it was, with the decision on it and the reason."""
    if as_of is None:
        application = await read.application(runtime.pool, fair_id, application_id)
    else:
        past = await applications_at(runtime, fair_id, as_of, application_id)
        rows = await runtime.pool.fetch(read.APPLICATION_AT, await past.pieces())
        application = next(iter(await shown(runtime, fair_id, past, rows)), None)
    if application is None or not await may_read(runtime, caller, application.organisation_id):
        raise Refused("application_unknown", application_id=application_id)
    return application


class _Asked(NamedTuple):
    """What each request for a decision has."""

    fair_id: str
    application_id: str
    reason: str
    runtime: Runtime
    context: CommandContext


async def _asked(
    fair_id: FairId,
    application_id: PathId,
    body: ReasonIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> _Asked:
    return _Asked(fair_id, application_id, body.reason, runtime, context)


Asked = Annotated[_Asked, Depends(_asked)]


@router.post("/fairs/{fair_id}/applications/{application_id}/change")
async def change_application(
    fair_id: FairId,
    application_id: PathId,
    body: ApplicationChangeIn,
    runtime: RuntimeDep,
    caller: Applicant,
    context: ContextDep,
) -> ApplicationOut:
    """Correct an application, while the call is open and nothing is decided on it."""
    before = await _require_own_application(runtime, caller, fair_id, application_id)
    command = body.as_a(
        ChangeApplication,
        application_id=application_id,
        seen=before.products,
        programmes=distinct(body.programmes),
        preferences=distinct(body.preferences),
        now=runtime.clock.now(),
    )
    await runtime.desk.execute(fair_stream(fair_id), command, context)
    return await _require_own_application(runtime, caller, fair_id, application_id)


@router.post("/fairs/{fair_id}/applications/{application_id}/accept", dependencies=[Organiser])
async def accept_application(
    fair_id: FairId,
    application_id: PathId,
    body: AcceptIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> DecisionOut:
    """Accept an application, if the pole has the places: with the booths that it asks for or
    fewer, in its pole or another."""
    command = body.as_a(AcceptApplication, application_id=application_id)
    await runtime.desk.execute(fair_stream(fair_id), command, context)
    given = known(
        await read.application(runtime.pool, fair_id, application_id),
        "application_unknown",
        application_id=application_id,
    )
    return DecisionOut(
        application_id=application_id,
        status=Status.ACCEPTED,
        given_pole_id=given.given_pole_id,
        given_booths=given.given_booths,
    )


@router.post("/fairs/{fair_id}/applications/{application_id}/waitlist", dependencies=[Organiser])
async def waitlist_application(asked: Asked) -> DecisionOut:
    """Put an application on the waiting list of its pole, behind those that wait already; also one
    that did not answer an offer in time."""
    return await _decide(asked, WaitlistApplication, Status.WAITLISTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/reject", dependencies=[Organiser])
async def reject_application(asked: Asked) -> DecisionOut:
    """Reject an application, for a reason."""
    return await _decide(asked, RejectApplication, Status.REJECTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/withdraw")
async def withdraw_application(asked: Asked, caller: OwnOrTeam) -> DecisionOut:
    """Take an application or a participation back; places given back go to the next on the list, or
    are offered."""
    await _require_own_application(asked.runtime, caller, asked.fair_id, asked.application_id)
    return await _decide(asked, WithdrawApplication, Status.WITHDRAWN)


async def _require_own_application(
    runtime: Runtime, caller: Caller, fair_id: str, application_id: str
) -> ApplicationOut:
    """The application.  Raises Refused where there is none, or the caller may not act for it."""
    application = await read.application(runtime.pool, fair_id, application_id)
    if application is None or not await acts_for(runtime, caller, application.organisation_id):
        raise Refused("application_unknown", application_id=application_id)
    return application


async def _decide(
    asked: _Asked,
    decision: type[WaitlistApplication | RejectApplication | WithdrawApplication],
    status: Status,
) -> DecisionOut:
    command = decision(asked.application_id, asked.reason)
    stream = fair_stream(asked.fair_id)
    events = (await asked.runtime.desk.execute(stream, command, asked.context)).events
    ranks = [event.rank for event in events if isinstance(event, ApplicationWaitlisted)]
    moved_up = [
        event.exhibitor_id
        for event in events
        if isinstance(event, ExhibitorRegistered) and event.exhibitor_id != asked.application_id
    ]
    return DecisionOut(
        application_id=asked.application_id,
        status=status,
        rank=ranks[0] if ranks else None,
        moved_up=moved_up,
        offered=[event.application_id for event in events if isinstance(event, PlaceOffered)],
    )


@router.get("/fairs/{fair_id}/exhibitors")
async def list_exhibitors(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.EXHIBITORS)],
    caller: ExhibitorsReader,
    pole_id: SlugFilter = None,
    kind: Kind | None = None,
    participation: Participation | None = None,
    programme_id: SlugFilter = None,
    family: CodeFilter = None,
) -> Paged[ExhibitorOut]:
    """Exhibitors of a fair, with its partners; a steward sees those of its own fair."""
    if not caller.may_read_fair(fair_id):
        raise Refused("fair_unknown", fair_id=fair_id)
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    part = await read.EXHIBITORS.part(
        runtime.pool, page, fair_id, pole_id, kind, participation, programme_id, family
    )
    return paged(part, ExhibitorOut.of)
