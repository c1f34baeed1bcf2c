"""The routes of organisations that may be one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from maarid_contracts.envelope import Code, Id
from pydantic import Field

from chassis.answers.shapes import known
from chassis.api.fields import IdFilter, PathId, ReasonIn, RequestIn
from chassis.api.requests import (
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
from services.registration.duplicates import handlers, rows
from services.registration.duplicates.rows import DuplicatesOut, ToldApartOut
from services.registration.organisations import read
from services.registration.organisations.domain import (
    MergeOrganisation,
    UnmergeOrganisation,
    organisation_stream,
)
from services.registration.organisations.read import OrganisationOut

router = APIRouter(tags=["organisations"])

Organiser = allow(Role.ORGANISER)


class Why(StrEnum):
    """What organisations share that may be one."""

    REGISTER_NUMBER = "register_number"
    PHONE = "phone"
    NAME = "name"


class MergeIn(RequestIn):
    into: Annotated[Id, Field(description="The organisation that stays.")]
    reason: Annotated[Code, Field(examples=["enrolled_twice"])]


class ApartIn(RequestIn):
    other_id: Annotated[Id, Field(description="The organisation that this one is not.")]
    reason: Annotated[Code, Field(examples=["two_branches"])]


@router.get("/organisations/duplicates", dependencies=[Organiser])
async def list_duplicates(
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.DUPLICATES)],
    because: Annotated[Why | None, Query(description="What they share.")] = None,
) -> Paged[DuplicatesOut]:
    """Groups of organisations that may be one: by register number, phone, or name and province."""
    part = await rows.DUPLICATES.part(runtime.pool, page, because)
    shown = sorted({id_ for row in part.rows for id_ in row["shown"]})
    organisations = await rows.organisations_of(runtime.pool, shown)
    return paged(
        part,
        lambda row: DuplicatesOut(
            group_id=row["group_id"],
            because=row["because"],
            size=row["size"],
            organisations=[organisations[id_] for id_ in row["shown"] if id_ in organisations],
        ),
    )


@router.post("/organisations/{organisation_id}/merge", dependencies=[Organiser])
async def merge_organisation(
    organisation_id: PathId, body: MergeIn, runtime: RuntimeDep, context: ContextDep
) -> OrganisationOut:
    """Say that an organisation is the same as another, which stays.

    The contacts and applications of both are then those of the one that stays, and so is what is
    asked for the other's id.
    """
    command = body.as_a(MergeOrganisation)
    await handlers.merge_organisation(runtime, context, organisation_id, command)
    return await _shown(runtime, organisation_id)


@router.post("/organisations/{organisation_id}/unmerge", dependencies=[Organiser])
async def unmerge_organisation(
    organisation_id: PathId, body: ReasonIn, runtime: RuntimeDep, context: ContextDep
) -> OrganisationOut:
    """Say that it was not the same after all: each stands for itself again."""
    stream = organisation_stream(organisation_id)
    await runtime.desk.execute(stream, UnmergeOrganisation(body.reason), context)
    return await _shown(runtime, organisation_id)


@router.get("/organisations/apart", dependencies=[Organiser])
async def list_told_apart(
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.TOLD_APART)],
    organisation_id: IdFilter = None,
) -> Paged[ToldApartOut]:
    """Pairs of organisations of which the team said that they are no duplicates."""
    part = await rows.TOLD_APART.part(runtime.pool, page, organisation_id)
    return paged(part, ToldApartOut.of)


@router.post("/organisations/{organisation_id}/apart", dependencies=[Organiser])
async def tell_organisation_apart(
    organisation_id: PathId, body: ApartIn, runtime: RuntimeDep, context: ContextDep
) -> ToldApartOut:
    """Say that two organisations are no duplicates: for that pair alone they are not listed as such
    any more."""
    told = (organisation_id, body.other_id, body.reason)
    return await handlers.tell_apart(runtime, context, *told)


@router.delete(
    "/organisations/{organisation_id}/apart/{other_id}", status_code=204, dependencies=[Organiser]
)
async def take_back_apart(
    organisation_id: PathId, other_id: PathId, runtime: RuntimeDep, context: ContextDep
) -> None:
    """Say that two organisations may be duplicates after all."""
    ids, now = (organisation_id, other_id), runtime.clock.now()
    await rows.take_back(runtime.pool, ids, now, context)


async def _shown(runtime: Runtime, organisation_id: str) -> OrganisationOut:
    return known(
        await read.organisation(runtime.pool, organisation_id),
        "organisation_unknown",
        organisation_id=organisation_id,
    )
