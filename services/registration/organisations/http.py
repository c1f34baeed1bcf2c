"""The routes of organisations that are enrolled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from chassis.api.requests import (
    Caller,
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
from services.registration.fields.http import PathId, SlugFilter
from services.registration.organisations import read
from services.registration.organisations.domain import Kind

router = APIRouter(tags=["organisations"])


class OrganisationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    organisation_id: str
    kind: str
    name: Text
    province: str
    region: str
    country: str
    women_led: bool
    youth_led: bool


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
    part = await read.organisations(runtime.pool, page, kind, province, women_led)
    return paged(part, OrganisationOut.model_validate)


@router.get("/organisations/{organisation_id}")
async def show_organisation(
    organisation_id: PathId, runtime: RuntimeDep, caller: OwnOrReader
) -> OrganisationOut:
    """One organisation."""
    if not caller.may_read(organisation_id):
        raise NotFound("organisation_unknown", organisation_id=organisation_id)
    return OrganisationOut.model_validate(await _known(runtime, organisation_id))


async def require_own(runtime: Runtime, caller: Caller, organisation_id: str) -> None:
    """Raises NotFound where there is no such organisation, or the caller may not act for it."""
    if caller.may_act_for(organisation_id):
        await _known(runtime, organisation_id)
    else:
        raise NotFound("organisation_unknown", organisation_id=organisation_id)


async def _known(runtime: Runtime, organisation_id: str) -> read.Organisation:
    organisation = await read.organisation(runtime.pool, organisation_id)
    if organisation is None:
        raise NotFound("organisation_unknown", organisation_id=organisation_id)
    return organisation
