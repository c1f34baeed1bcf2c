"""The routes of applications, of the decisions on them, and of exhibitors."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends
from maarid_contracts.envelope import Code, Id, Slug
from pydantic import BaseModel, ConfigDict, Field

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
    new_id,
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
)
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.registration.applications import read
from services.registration.applications.read import ApplicationOut, ExhibitorOut
from services.registration.fairs.domain import fair_stream
from services.registration.fairs.read import fair
from services.registration.organisations.domain import Kind
from services.registration.organisations.http import require_own
from services.registration.organisations.read import whom_to_tell
from services.registration.selection.domain import (
    AcceptApplication,
    ApplicationWaitlisted,
    Decision,
    ExhibitorRegistered,
    Participation,
    RejectApplication,
    Status,
    SubmitApplication,
    WaitlistApplication,
    WithdrawApplication,
)

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


class ApplicationIn(RequestIn):
    organisation_id: Id
    participation: Participation = Participation.EXHIBITOR
    pole_id: Annotated[Slug, Field(examples=["products"])]
    products: Annotated[tuple[ProductIn, ...], Field(max_length=100)] = ()
    booths: Annotated[int, Field(strict=True, ge=1, le=100, description="Booths wanted.")] = 1
    people: Annotated[
        int, Field(strict=True, ge=0, le=1000, description="People who would wear a badge.")
    ]
    needs: NeedsIn = NeedsIn()
    programmes: Annotated[tuple[Slug, ...], Field(max_length=20)] = ()

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


class ApplicationCreatedOut(BaseModel):
    application_id: str


class DecisionOut(BaseModel):
    application_id: str
    status: Status
    rank: int | None = Field(default=None, description="On the pole's list, when put there.")
    moved_up: list[str] = Field(
        default=[], description="Exhibitors who got the places that were given back."
    )


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
    """Apply to take part, while the call is open."""
    await require_own(runtime, caller, body.organisation_id)
    command = body.as_a(
        SubmitApplication,
        fair_id=fair_id,
        application_id=new_id(context, "application"),
        contact_id=await whom_to_tell(runtime.pool, body.organisation_id),
        programmes=tuple(dict.fromkeys(body.programmes)),
        now=runtime.clock.now(),
    )
    await runtime.desk.execute(fair_stream(fair_id), command, context)
    return ApplicationCreatedOut(application_id=command.application_id)


@router.get("/fairs/{fair_id}/applications")
async def list_applications(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.APPLICATIONS_OF_FAIR)],
    caller: Reader,
    status: Status | None = None,
    pole_id: SlugFilter = None,
    organisation_id: IdFilter = None,
) -> Paged[ApplicationOut]:
    """Applications to a fair; an exhibitor sees its own."""
    known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    if not caller.may_read(organisation_id):
        # Without the filter, an exhibitor gets the applications of its own organisation.
        if organisation_id is not None or caller.organisation_id is None:
            raise Refused("organisation_unknown", organisation_id=organisation_id)
        organisation_id = caller.organisation_id
    part = await read.APPLICATIONS_OF_FAIR.part(
        runtime.pool, page, fair_id, status, pole_id, organisation_id
    )
    return paged(part, ApplicationOut.of)


@router.get("/fairs/{fair_id}/applications/{application_id}")
async def show_application(
    fair_id: FairId, application_id: PathId, runtime: RuntimeDep, caller: Reader
) -> ApplicationOut:
    """One application, with the decision on it and the reason."""
    application = await read.application(runtime.pool, fair_id, application_id)
    if application is None or not caller.may_read(application.organisation_id):
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


@router.post("/fairs/{fair_id}/applications/{application_id}/accept", dependencies=[Organiser])
async def accept_application(asked: Asked) -> DecisionOut:
    """Accept an application, if its pole has the places."""
    return await _decide(asked, AcceptApplication, Status.ACCEPTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/waitlist", dependencies=[Organiser])
async def waitlist_application(asked: Asked) -> DecisionOut:
    """Put an application on the waiting list of its pole, behind those that wait already."""
    return await _decide(asked, WaitlistApplication, Status.WAITLISTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/reject", dependencies=[Organiser])
async def reject_application(asked: Asked) -> DecisionOut:
    """Reject an application, for a reason."""
    return await _decide(asked, RejectApplication, Status.REJECTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/withdraw")
async def withdraw_application(asked: Asked, caller: OwnOrTeam) -> DecisionOut:
    """Take an application or a participation back; places given back go to the next on the list."""
    fair_id, application_id = asked.fair_id, asked.application_id
    application = await read.application(asked.runtime.pool, fair_id, application_id)
    if application is None or not caller.may_act_for(application.organisation_id):
        raise Refused("application_unknown", application_id=application_id)
    return await _decide(asked, WithdrawApplication, Status.WITHDRAWN)


async def _decide(asked: _Asked, decision: type[Decision], status: Status) -> DecisionOut:
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
