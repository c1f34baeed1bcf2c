"""The routes of organisations that are enrolled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.answers.shapes import known
from chassis.api.fields import PathId, SlugFilter
from chassis.api.requests import (
    Caller,
    Page,
    Paged,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from services.registration.organisations import read
from services.registration.organisations.domain import Kind
from services.registration.organisations.read import OrganisationOut

router = APIRouter(tags=["organisations"])


ListReader = allow(Role.ORGANISER, Role.AUDITOR)
OwnOrReader = Annotated[Caller, allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE, Role.EXHIBITOR)]


@router.get("/organisations", dependencies=[ListReader])
async def list_organisations(
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.ORGANISATIONS)],
    kind: Kind | None = None,
    province: SlugFilter = None,
    women_led: Annotated[bool | None, Query()] = None,
) -> Paged[OrganisationOut]:
    """Organisations, by kind, province, and whether women lead them."""
    part = await read.ORGANISATIONS.part(runtime.pool, page, kind, province, women_led)
    return paged(part, OrganisationOut.of)


@router.get("/organisations/{organisation_id}")
async def show_organisation(
    organisation_id: PathId, runtime: RuntimeDep, caller: OwnOrReader
) -> OrganisationOut:
    """One organisation."""
    return await _known(runtime, organisation_id, allowed=caller.may_read(organisation_id))


async def require_own(runtime: Runtime, caller: Caller, organisation_id: str) -> None:
    """Raises Refused where there is no such organisation, or the caller may not act for it."""
    await _known(runtime, organisation_id, allowed=caller.may_act_for(organisation_id))


async def _known(runtime: Runtime, organisation_id: str, *, allowed: bool) -> OrganisationOut:
    found = await read.organisation(runtime.pool, organisation_id) if allowed else None
    return known(found, "organisation_unknown", organisation_id=organisation_id)
