"""The routes of applications, of the decisions on them, and of exhibitors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chassis.api.requests import (
    Caller,
    ContextDep,
    NotFound,
    Page,
    Paged,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from services.registration.applications import handlers, read
from services.registration.fairs.read import fair_exists
from services.registration.fields.http import (
    Code,
    CodeFilter,
    FairId,
    Flag,
    Id,
    IdFilter,
    PathId,
    ReasonIn,
    RequestIn,
    Slug,
    SlugFilter,
    TextIn,
    Whole,
    new_id,
)
from services.registration.organisations.domain import Kind
from services.registration.organisations.http import require_own
from services.registration.organisations.read import whom_to_tell
from services.registration.selection.domain import (
    AcceptApplication,
    ApplicationWaitlisted,
    Decision,
    ExhibitorRegistered,
    Needs,
    Participation,
    Product,
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


class NeedsIn(RequestIn):
    """What the booth must have."""

    electricity: Flag = False
    water: Flag = False
    corner: Flag = False
    step_free: Flag = False
    min_area_m2: Annotated[
        float, Field(strict=True, ge=0, le=1000, allow_inf_nan=False, description="Square metres.")
    ] = 0.0

    def needs(self) -> Needs:
        return Needs(
            electricity=self.electricity,
            water=self.water,
            corner=self.corner,
            step_free=self.step_free,
            min_area_m2=self.min_area_m2,
        )


class ApplicationIn(RequestIn):
    organisation_id: Id
    participation: Participation = Participation.EXHIBITOR
    pole_id: Annotated[Slug, Field(examples=["products"])]
    products: Annotated[tuple[ProductIn, ...], Field(max_length=100)] = ()
    booths: Annotated[Whole, Field(ge=1, le=100, description="Booths wanted.")] = 1
    people: Annotated[Whole, Field(ge=0, le=1000, description="People who would wear a badge.")]
    needs: NeedsIn = NeedsIn()
    programmes: Annotated[tuple[Slug, ...], Field(max_length=20)] = ()

    model_config = ConfigDict(
        extra="forbid",
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

    def command(
        self, fair_id: str, application_id: str, contact_id: str | None, now: datetime
    ) -> SubmitApplication:
        return SubmitApplication(
            fair_id=fair_id,
            application_id=application_id,
            organisation_id=self.organisation_id,
            contact_id=contact_id,
            participation=self.participation,
            pole_id=self.pole_id,
            products=tuple(Product(each.family, each.name.text()) for each in self.products),
            booths=self.booths,
            people=self.people,
            needs=self.needs.needs(),
            programmes=tuple(dict.fromkeys(self.programmes)),
            now=now,
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


class ApplicationOut(BaseModel):
    """An application; once accepted its id is the exhibitor's."""

    model_config = ConfigDict(from_attributes=True)

    application_id: str
    fair_id: str
    organisation_id: str
    organisation_name: Text
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    products: tuple[Product, ...]
    families: tuple[str, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    status: str
    reason: str | None
    rank: int | None
    from_waitlist: bool
    submitted_at: datetime
    decided_at: datetime | None


class ExhibitorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    exhibitor_id: str = Field(validation_alias="application_id")
    organisation_id: str
    organisation_name: Text
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    families: tuple[str, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    from_waitlist: bool


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
    contact_id = await whom_to_tell(runtime.pool, body.organisation_id)
    application_id = new_id(context, "application")
    command = body.command(fair_id, application_id, contact_id, runtime.clock.now())
    await handlers.submit_application(runtime, context, fair_id, command)
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
    await _require_fair(runtime, fair_id)
    if not caller.may_read(organisation_id):
        # Without the filter, an exhibitor gets the applications of its own organisation.
        if organisation_id is not None or caller.organisation_id is None:
            raise NotFound("organisation_unknown", organisation_id=organisation_id)
        organisation_id = caller.organisation_id
    part = await read.applications(runtime.pool, fair_id, page, status, pole_id, organisation_id)
    return paged(part, ApplicationOut.model_validate)


@router.get("/fairs/{fair_id}/applications/{application_id}")
async def show_application(
    fair_id: FairId, application_id: PathId, runtime: RuntimeDep, caller: Reader
) -> ApplicationOut:
    """One application, with the decision on it and the reason."""
    application = await read.application(runtime.pool, fair_id, application_id)
    if application is None or not caller.may_read(application.organisation_id):
        raise NotFound("application_unknown", application_id=application_id)
    return ApplicationOut.model_validate(application)


@router.post("/fairs/{fair_id}/applications/{application_id}/accept", dependencies=[Organiser])
async def accept_application(
    fair_id: FairId,
    application_id: PathId,
    body: ReasonIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> DecisionOut:
    """Accept an application, if its pole has the places."""
    command = AcceptApplication(application_id, body.reason)
    return await _decide(runtime, context, fair_id, command, Status.ACCEPTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/waitlist", dependencies=[Organiser])
async def waitlist_application(
    fair_id: FairId,
    application_id: PathId,
    body: ReasonIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> DecisionOut:
    """Put an application on the waiting list of its pole, behind those that wait already."""
    command = WaitlistApplication(application_id, body.reason)
    return await _decide(runtime, context, fair_id, command, Status.WAITLISTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/reject", dependencies=[Organiser])
async def reject_application(
    fair_id: FairId,
    application_id: PathId,
    body: ReasonIn,
    runtime: RuntimeDep,
    context: ContextDep,
) -> DecisionOut:
    """Reject an application, for a reason."""
    command = RejectApplication(application_id, body.reason)
    return await _decide(runtime, context, fair_id, command, Status.REJECTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/withdraw")
async def withdraw_application(
    fair_id: FairId,
    application_id: PathId,
    body: ReasonIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> DecisionOut:
    """Take an application or a participation back; places given back go to the next on the list."""
    application = await read.application(runtime.pool, fair_id, application_id)
    if application is None or not caller.may_act_for(application.organisation_id):
        raise NotFound("application_unknown", application_id=application_id)
    command = WithdrawApplication(application_id, body.reason)
    return await _decide(runtime, context, fair_id, command, Status.WITHDRAWN)


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
        raise NotFound("fair_unknown", fair_id=fair_id)
    await _require_fair(runtime, fair_id)
    part = await read.exhibitors(
        runtime.pool, fair_id, page, pole_id, kind, participation, programme_id, family
    )
    return paged(part, ExhibitorOut.model_validate)


async def _require_fair(runtime: Runtime, fair_id: str) -> None:
    if not await fair_exists(runtime.pool, fair_id):
        raise NotFound("fair_unknown", fair_id=fair_id)


async def _decide(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    command: Decision,
    status: Status,
) -> DecisionOut:
    events = await handlers.decide_application(runtime, context, fair_id, command)
    ranks = [event.rank for event in events if isinstance(event, ApplicationWaitlisted)]
    moved_up = [
        event.exhibitor_id
        for event in events
        if isinstance(event, ExhibitorRegistered) and event.exhibitor_id != command.application_id
    ]
    return DecisionOut(
        application_id=command.application_id,
        status=status,
        rank=ranks[0] if ranks else None,
        moved_up=moved_up,
    )
