"""The routes of people who wear an exhibitor's badges."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Code
from pydantic import BaseModel, Field

from chassis.answers.shapes import known
from chassis.api.fields import FairId, PathId, ReasonIn, RequestIn
from chassis.api.requests import (
    Caller,
    CleanText,
    ContextDep,
    Page,
    Paged,
    Problem,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from chassis.kernel.refused import Refused
from services.registration.applications.read import ApplicationOut, application
from services.registration.contacts.phones import PhoneInvalid, normalised
from services.registration.fairs.read import fair
from services.registration.organisations.http import acts_for
from services.registration.people import handlers, rows
from services.registration.people.domain import AddWearer, ReplaceWearer
from services.registration.people.read import exhibitor_of
from services.registration.people.rows import WearerDetails, WearerExportOut, WearerOut
from services.registration.personal.handlers import new_person_id
from services.registration.selection.domain import Status

router = APIRouter(tags=["people"])

PEOPLE = "/fairs/{fair_id}/exhibitors/{exhibitor_id}/people"
OwnOrTeam = Annotated[Caller, allow(Role.ORGANISER, Role.EXHIBITOR)]


class WearerDetailsIn(RequestIn):
    """The name that stands on a badge, and where there is one a phone; no event holds these."""

    name: Annotated[CleanText, Field(max_length=200, examples=["فاطمة (اسم مختلق)"])]
    phone: Annotated[
        str | None, Field(min_length=4, max_length=60, examples=["06 12 34 56 78"])
    ] = None

    def details(self) -> WearerDetails:
        """Raises Problem 422 on a phone number that cannot exist."""
        try:
            phone = None if self.phone is None else normalised(self.phone)
        except PhoneInvalid as error:
            raise Problem(422, "phone_invalid") from error
        return WearerDetails(self.name, phone)


class WearerIn(WearerDetailsIn):
    role: Annotated[Code, Field(description="What they do there.", examples=["seller"])]


class WearerChangedOut(BaseModel):
    wearer_id: str


@router.post(PEOPLE, status_code=201)
async def add_wearer(
    fair_id: FairId,
    exhibitor_id: PathId,
    body: WearerIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> WearerChangedOut:
    """Add somebody who wears a badge, as many as the exhibitor asked for in its application."""
    exhibitor = await _exhibiting(runtime, caller, fair_id, exhibitor_id)
    command = body.as_a(
        AddWearer,
        fair_id=fair_id,
        exhibitor_id=exhibitor_id,
        organisation_id=exhibitor.organisation_id,
        wearer_id=new_person_id(context, "wearer"),
        badges=exhibitor.people,
    )
    await handlers.add_wearer(runtime, context, command, body.details())
    return WearerChangedOut(wearer_id=command.wearer_id)


@router.get(PEOPLE)
async def list_wearers(
    fair_id: FairId,
    exhibitor_id: PathId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.OF_EXHIBITOR)],
    caller: OwnOrTeam,
) -> Paged[WearerOut]:
    """The people who wear an exhibitor's badges, with their names."""
    # Personal data: only those who may act for the organisation read it, and no auditor.
    await _exhibitor(runtime, caller, fair_id, exhibitor_id)
    part = await rows.OF_EXHIBITOR.part(runtime.pool, page, fair_id, exhibitor_id)
    return paged(part, WearerOut.of)


@router.get(f"{PEOPLE}/{{wearer_id}}/export")
async def export_wearer(
    fair_id: FairId,
    exhibitor_id: PathId,
    wearer_id: PathId,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
) -> WearerExportOut:
    """All that is held of a person, for the person to read (Law 09-08)."""
    await _wearer(runtime, caller, fair_id, exhibitor_id, wearer_id)
    found = await rows.export(runtime.pool, wearer_id)
    return known(found, "wearer_unknown", wearer_id=wearer_id)


@router.put(f"{PEOPLE}/{{wearer_id}}")
async def correct_wearer(
    fair_id: FairId,
    exhibitor_id: PathId,
    wearer_id: PathId,
    body: WearerDetailsIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> WearerChangedOut:
    """Correct a name or number."""
    await _wearer(runtime, caller, fair_id, exhibitor_id, wearer_id)
    await handlers.correct_wearer(runtime, context, exhibitor_id, wearer_id, body.details())
    return WearerChangedOut(wearer_id=wearer_id)


@router.post(f"{PEOPLE}/{{wearer_id}}/replace", status_code=201)
async def replace_wearer(
    fair_id: FairId,
    exhibitor_id: PathId,
    wearer_id: PathId,
    body: WearerIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> WearerChangedOut:
    """Let somebody else come in place of this one, who is forgotten."""
    exhibitor = await _exhibiting(runtime, caller, fair_id, exhibitor_id)
    await _wearer(runtime, caller, fair_id, exhibitor_id, wearer_id)
    command = body.as_a(
        ReplaceWearer,
        fair_id=fair_id,
        exhibitor_id=exhibitor_id,
        organisation_id=exhibitor.organisation_id,
        wearer_id=new_person_id(context, "wearer"),
        leaving_id=wearer_id,
    )
    await handlers.replace_wearer(runtime, context, command, body.details())
    return WearerChangedOut(wearer_id=command.wearer_id)


@router.post(f"{PEOPLE}/{{wearer_id}}/remove")
async def remove_wearer(
    fair_id: FairId,
    exhibitor_id: PathId,
    wearer_id: PathId,
    body: ReasonIn,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> WearerChangedOut:
    """Remove somebody who does not come after all; their name and number are forgotten."""
    await _wearer(runtime, caller, fair_id, exhibitor_id, wearer_id)
    await handlers.remove_wearer(runtime, context, exhibitor_id, wearer_id, body.reason)
    return WearerChangedOut(wearer_id=wearer_id)


@router.delete(f"{PEOPLE}/{{wearer_id}}", status_code=204)
async def erase_wearer(
    fair_id: FairId,
    exhibitor_id: PathId,
    wearer_id: PathId,
    runtime: RuntimeDep,
    caller: OwnOrTeam,
    context: ContextDep,
) -> None:
    """Erase the data of a person who asks for it, here and in all copies."""
    await _wearer(runtime, caller, fair_id, exhibitor_id, wearer_id)
    await handlers.erase_wearer(runtime, context, exhibitor_id, wearer_id)


async def _exhibitor(
    runtime: Runtime, caller: Caller, fair_id: str, exhibitor_id: str
) -> ApplicationOut:
    """The application of an exhibitor, or of one that was or may become one."""
    found = await application(runtime.pool, fair_id, exhibitor_id)
    if found is None or not await acts_for(runtime, caller, found.organisation_id):
        raise Refused("exhibitor_unknown", exhibitor_id=exhibitor_id)
    return found


async def _exhibiting(
    runtime: Runtime, caller: Caller, fair_id: str, exhibitor_id: str
) -> ApplicationOut:
    """The same, of one that exhibits at a fair that takes place."""
    found = await _exhibitor(runtime, caller, fair_id, exhibitor_id)
    if found.status != Status.ACCEPTED:
        raise Refused("not_exhibiting", exhibitor_id=exhibitor_id)
    whole = await fair(runtime.pool, fair_id)
    if whole is not None and whole.cancelled_because is not None:
        raise Refused("fair_cancelled", fair_id=fair_id)
    return found


async def _wearer(
    runtime: Runtime, caller: Caller, fair_id: str, exhibitor_id: str, wearer_id: str
) -> None:
    await _exhibitor(runtime, caller, fair_id, exhibitor_id)
    if await exhibitor_of(runtime.pool, wearer_id) != exhibitor_id:
        raise Refused("wearer_unknown", wearer_id=wearer_id)
