"""Applications, decisions on them, and exhibitors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from chassis.api import (
    Caller,
    IntentDep,
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
from chassis.intent import Intent
from services.registration import handlers, queries
from services.registration.api.dossiers import (
    ApplicationAnswer,
    ApplicationCreated,
    ApplicationForm,
    DecisionAnswer,
    ExhibitorAnswer,
)
from services.registration.api.fields import (
    CodeFilter,
    FairId,
    IdFilter,
    PathId,
    ReasonForm,
    SlugFilter,
)
from services.registration.api.organisations import require_own
from services.registration.domain import selection
from services.registration.domain.application import (
    AcceptApplication,
    ApplicationWaitlisted,
    ExhibitorRegistered,
    Participation,
    RejectApplication,
    WaitlistApplication,
    WithdrawApplication,
)
from services.registration.domain.organisation import Kind
from services.registration.domain.selection import Status

router = APIRouter(tags=["applications"])

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
    form: ApplicationForm,
    runtime: RuntimeDep,
    caller: Applicant,
    intent: IntentDep,
) -> ApplicationCreated:
    """Apply to take part, while the call is open."""
    await require_own(runtime, caller, form.organisation_id)
    contact_id = await queries.whom_to_tell(runtime.pool, form.organisation_id)
    command = form.command(handlers.new_id(intent, "application"), contact_id, runtime.clock.now())
    await handlers.submit_application(runtime, intent, fair_id, command)
    return ApplicationCreated(application_id=command.application_id)


@router.get("/fairs/{fair_id}/applications")
async def list_applications(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.APPLICATIONS_OF_FAIR)],
    caller: Reader,
    status: Status | None = None,
    pole_id: SlugFilter = None,
    organisation_id: IdFilter = None,
) -> Paged[ApplicationAnswer]:
    """Applications to a fair; an exhibitor sees its own."""
    await _require_fair(runtime, fair_id)
    if not caller.may_read(organisation_id):
        # Not asked for one of its own: an exhibitor's list is its own all the same.
        if organisation_id is not None or caller.organisation_id is None:
            raise NotFound("organisation_unknown", organisation_id=organisation_id)
        organisation_id = caller.organisation_id
    part = await queries.applications(runtime.pool, fair_id, page, status, pole_id, organisation_id)
    return paged(part, ApplicationAnswer.model_validate)


@router.get("/fairs/{fair_id}/applications/{application_id}")
async def show_application(
    fair_id: FairId, application_id: PathId, runtime: RuntimeDep, caller: Reader
) -> ApplicationAnswer:
    """One application, with what was decided and why."""
    application = await queries.application(runtime.pool, fair_id, application_id)
    if application is None or not caller.may_read(application.organisation_id):
        raise NotFound("application_unknown", application_id=application_id)
    return ApplicationAnswer.model_validate(application)


@router.post("/fairs/{fair_id}/applications/{application_id}/accept", dependencies=[Organiser])
async def accept_application(
    fair_id: FairId,
    application_id: PathId,
    form: ReasonForm,
    runtime: RuntimeDep,
    intent: IntentDep,
) -> DecisionAnswer:
    """The organisation takes part, if its pole has the places."""
    command = AcceptApplication(application_id, form.reason)
    return await _decide(runtime, intent, fair_id, command, Status.ACCEPTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/waitlist", dependencies=[Organiser])
async def waitlist_application(
    fair_id: FairId,
    application_id: PathId,
    form: ReasonForm,
    runtime: RuntimeDep,
    intent: IntentDep,
) -> DecisionAnswer:
    """It waits for a place of its pole, behind those who wait already."""
    command = WaitlistApplication(application_id, form.reason)
    return await _decide(runtime, intent, fair_id, command, Status.WAITLISTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/reject", dependencies=[Organiser])
async def reject_application(
    fair_id: FairId,
    application_id: PathId,
    form: ReasonForm,
    runtime: RuntimeDep,
    intent: IntentDep,
) -> DecisionAnswer:
    """It is refused, for a reason."""
    command = RejectApplication(application_id, form.reason)
    return await _decide(runtime, intent, fair_id, command, Status.REJECTED)


@router.post("/fairs/{fair_id}/applications/{application_id}/withdraw")
async def withdraw_application(
    fair_id: FairId,
    application_id: PathId,
    form: ReasonForm,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    intent: IntentDep,
) -> DecisionAnswer:
    """Take an application or a participation back; places given back go to the next on the list."""
    application = await queries.application(runtime.pool, fair_id, application_id)
    if application is None or not caller.may_act_for(application.organisation_id):
        raise NotFound("application_unknown", application_id=application_id)
    command = WithdrawApplication(application_id, form.reason)
    return await _decide(runtime, intent, fair_id, command, Status.WITHDRAWN)


@router.get("/fairs/{fair_id}/exhibitors")
async def list_exhibitors(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.EXHIBITORS)],
    caller: ExhibitorsReader,
    pole_id: SlugFilter = None,
    kind: Kind | None = None,
    participation: Participation | None = None,
    programme_id: SlugFilter = None,
    family: CodeFilter = None,
) -> Paged[ExhibitorAnswer]:
    """Who takes part, partners among them; a steward sees those of its own fair."""
    if not caller.may_read_fair(fair_id):
        raise NotFound("fair_unknown", fair_id=fair_id)
    await _require_fair(runtime, fair_id)
    part = await queries.exhibitors(
        runtime.pool, fair_id, page, pole_id, kind, participation, programme_id, family
    )
    return paged(part, ExhibitorAnswer.model_validate)


async def _require_fair(runtime: Runtime, fair_id: str) -> None:
    if not await queries.fair_exists(runtime.pool, fair_id):
        raise NotFound("fair_unknown", fair_id=fair_id)


async def _decide(
    runtime: Runtime,
    intent: Intent,
    fair_id: str,
    command: selection.Command,
    status: Status,
) -> DecisionAnswer:
    events = await handlers.decide_application(runtime, intent, fair_id, command)
    ranks = [event.rank for event in events if isinstance(event, ApplicationWaitlisted)]
    moved_up = [
        event.exhibitor_id
        for event in events
        if isinstance(event, ExhibitorRegistered) and event.exhibitor_id != command.application_id
    ]
    return DecisionAnswer(
        application_id=command.application_id,
        status=status,
        rank=ranks[0] if ranks else None,
        moved_up=moved_up,
    )
