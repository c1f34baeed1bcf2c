"""The routes of product families."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from maarid_contracts.envelope import Code
from pydantic import BaseModel, ConfigDict, Field

from chassis.answers.shapes import known
from chassis.api.fields import CodeFilter, Flag, RequestIn, TextIn
from chassis.api.requests import (
    ContextDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
)
from services.registration.catalogue import read
from services.registration.catalogue.domain import FAMILIES, DefineFamily, DefineMissingFamilies
from services.registration.catalogue.read import FamilyOut
from services.registration.catalogue.standard import standard_families

router = APIRouter(tags=["catalogue"])

FamilyCode = Annotated[Code, Path(examples=["olive_oil"])]


class FamilyIn(RequestIn):
    name: TextIn
    craft: Annotated[
        Code, Field(examples=["food"], description="What its products are: food, craft, service …")
    ]
    dusty: Annotated[
        Flag, Field(description="It raises dust where it is shown: not to stand next to food.")
    ] = False
    parent: Annotated[
        Code | None, Field(description="The family that it is a part of, defined before.")
    ] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": {"ar": "الجلابة البزيوية", "fr": "Djellaba bzioua"},
                    "craft": "craft",
                    "parent": "weaving",
                }
            ]
        },
    )


class FamiliesDefinedOut(BaseModel):
    defined: list[str] = Field(description="The families that were not there before.")


Organiser = allow(Role.ORGANISER)


@router.put("/families/{code}", dependencies=[Organiser])
async def define_family(
    code: FamilyCode, body: FamilyIn, runtime: RuntimeDep, context: ContextDep
) -> FamilyOut:
    """Define a product family, or change it.  Its parent must be there."""
    await runtime.desk.execute(FAMILIES, body.as_a(DefineFamily, code=code), context)
    return known(await read.family(runtime.pool, code), "family_unknown", family=code)


@router.post("/families/standard", dependencies=[Organiser])
async def define_standard_families(runtime: RuntimeDep, context: ContextDep) -> FamiliesDefinedOut:
    """Define the standard families that are not there yet; those that are stay as they are."""
    command = DefineMissingFamilies(standard_families())
    events = (await runtime.desk.execute(FAMILIES, command, context)).events
    return FamiliesDefinedOut(defined=[event.code for event in events])


@router.get("/families", dependencies=[public()])
async def list_families(
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.FAMILIES)],
    craft: CodeFilter = None,
    parent: CodeFilter = None,
) -> Paged[FamilyOut]:
    """Product families, by what they are and by the family that they are a part of."""
    return paged(await read.FAMILIES.part(runtime.pool, page, craft, parent), FamilyOut.of)


@router.get("/families/{code}", dependencies=[public()])
async def show_family(code: FamilyCode, runtime: RuntimeDep) -> FamilyOut:
    """One product family."""
    return known(await read.family(runtime.pool, code), "family_unknown", family=code)
