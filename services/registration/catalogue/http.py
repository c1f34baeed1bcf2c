"""The routes of product families, and of the products on show."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from maarid_contracts.envelope import Code
from pydantic import BaseModel, ConfigDict, Field

from chassis.answers.shapes import known
from chassis.api.fields import CodeFilter, FairId, Flag, RequestIn, SlugFilter, TextIn
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
    public,
)
from chassis.kernel.refused import Refused
from services.registration.catalogue import linked, read, rows
from services.registration.catalogue.domain import FAMILIES, DefineFamily, DefineMissingFamilies
from services.registration.catalogue.read import FamilyOut
from services.registration.catalogue.rows import ProductOut
from services.registration.catalogue.spelling import MOST_WORDS, words_of
from services.registration.catalogue.standard import standard_families
from services.registration.fairs.read import fair

router = APIRouter(tags=["catalogue"])

LINKED_AT_ONCE = 50
"""Exhibitors in one piece of a fair's linked data."""

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


Question = Annotated[
    str | None,
    Query(
        max_length=200,
        examples=["djellaba"],
        description="Words, or beginnings of words, in Arabic or Latin letters however they are"
        f" spelt; all of them must stand there, {MOST_WORDS} at most.",
    ),
]


@router.get("/catalogue", dependencies=[public()])
async def search_catalogue(
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.SEARCH)],
    q: Question = None,
    fair_id: SlugFilter = None,
    family: CodeFilter = None,
    province: SlugFilter = None,
) -> Paged[ProductOut]:
    """Products of accepted exhibitors, the best match first; a family takes its parts in.

    What changes, and who withdraws, shows within a second.
    """
    words = [] if q is None else words_of(q)[:MOST_WORDS]
    if q is not None and not words:
        raise Refused("search_without_words")
    families = None if family is None else await read.families_within(runtime.pool, family)
    part = await rows.products(runtime.pool, page, words, fair_id, families, province)
    return paged(part, ProductOut.of)


@router.get(
    "/fairs/{fair_id}/catalogue.jsonld",
    dependencies=[public()],
    response_class=Response,
    responses={
        200: {
            "description": "Organisations and products in the words of schema.org.",
            "content": {linked.MEDIA_TYPE: {"schema": {"type": "object"}}},
        }
    },
)
async def link_catalogue(fair_id: FairId, runtime: RuntimeDep) -> Response:
    """All exhibitors of a fair and their products as linked data; none where it was called off."""
    found = known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    pieces = _linked(runtime, fair_id, called_off=found.cancelled_because is not None)
    return StreamingResponse(pieces, media_type=linked.MEDIA_TYPE)


async def _linked(runtime: Runtime, fair_id: str, *, called_off: bool) -> AsyncGenerator[bytes]:
    yield linked.beginning()
    families, after, ended = await read.names_of_families(runtime.pool), "", called_off
    while not ended:
        some = await read.exhibited(runtime.pool, fair_id, after, LINKED_AT_ONCE)
        yield linked.piece_of(some, families, first=not after)
        ended = len(some) < LINKED_AT_ONCE
        after = "" if ended else some[-1]["exhibitor_id"]
    yield linked.ENDING
