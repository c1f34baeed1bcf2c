"""Drawings of floors over HTTP: one comes in as a file, and plans go out as pictures."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from maarid_contracts.envelope import Slug
from maarid_contracts.scheduling import BoothId

from chassis.answers.problems import preferred_language
from chassis.answers.shapes import AnswerOut, known
from chassis.api.requests import ContextDep, Role, RuntimeDep, allow, public, upload
from services.scheduling.drawings import pages
from services.scheduling.drawings.checking import MIN_AISLE_M, Limits, faults_of, ground_m2
from services.scheduling.drawings.drawn import Fault
from services.scheduling.drawings.handlers import printed, shown
from services.scheduling.drawings.reading import read
from services.scheduling.drawings.texts import LANGUAGES, told
from services.scheduling.fairs.handlers import known_fair
from services.scheduling.floor.read import PlanBody

router = APIRouter(tags=["floor"])

MOST_BYTES = 5_000_000
File = Annotated[bytes, upload(MOST_BYTES)]
Language = Annotated[str, Header(alias="accept-language", include_in_schema=False)]

SVG, PDF = "image/svg+xml", "application/pdf"


class PictureLanguage(StrEnum):
    """The language of a picture; where Tamazight has no word of ours, the Arabic stands."""

    ARABIC = "ar"
    FRENCH = "fr"
    TAMAZIGHT = "zgh"
    ENGLISH = "en"


def _answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    form = {"type": "string"} if media_type == SVG else {"type": "string", "format": "binary"}
    return {200: {"description": "The picture.", "content": {media_type: {"schema": form}}}}


ONE_AT_A_TIME = asyncio.Semaphore(1)
"""Drawings are read in a thread: two at once would only take the interpreter from each other."""


class DrawingFaultOut(AnswerOut):
    """One thing that is wrong with a drawing: a code, a sentence, the booths, and where."""

    code: str
    text: str
    booths: list[str]
    at: list[tuple[float, float]]


class DrawingOut(AnswerOut):
    """The drawing as a body for `/floor-plan`, and what is wrong with it.  Nothing is stored."""

    floor_plan: PlanBody
    area_m2: float
    faults: list[DrawingFaultOut]


@router.post("/drawings", dependencies=[allow(Role.ORGANISER)])
async def read_drawing(
    fair_id: Slug,
    file: File,
    runtime: RuntimeDep,
    context: ContextDep,
    metres_per_unit: Annotated[float | None, Query(gt=0, le=1000, allow_inf_nan=False)] = None,
    min_aisle_m: Annotated[float, Query(ge=0, le=20, allow_inf_nan=False)] = MIN_AISLE_M,
    accepted: Language = "",
) -> DrawingOut:
    """Send a drawing, SVG or TOML, 5 MB at most: it becomes a body for `/floor-plan`, and faults.

    `metres_per_unit` goes before the scale that is drawn.  What is drawn well is in the body even
    where there are faults; whether they matter is for the team to say.
    """
    await runtime.desk.refused_before(context)
    fair = await known_fair(runtime, fair_id)
    limits = Limits(frozenset(fair.poles), fair.area_m2, min_aisle_m)
    language = preferred_language(accepted, dict.fromkeys(LANGUAGES))
    async with ONE_AT_A_TIME:
        return await asyncio.to_thread(_answer, file, metres_per_unit, limits, language)


@router.get(
    "/floor-plan.svg",
    dependencies=[public()],
    response_class=Response,
    responses=_answers(SVG),
)
async def draw_floor_plan(
    fair_id: Slug, runtime: RuntimeDep, language: PictureLanguage = PictureLanguage.ARABIC
) -> Response:
    """The plan in force as a picture: poles, numbers, who stands where, and an index."""
    found = await shown(runtime, fair_id, language)
    return Response(await asyncio.to_thread(pages.whole, found), media_type=SVG)


@router.get(
    "/floor-plan.pdf",
    dependencies=[public()],
    response_class=Response,
    responses=_answers(PDF),
)
async def print_floor_plan(
    fair_id: Slug, runtime: RuntimeDep, language: PictureLanguage = PictureLanguage.ARABIC
) -> Response:
    """The same to be printed on A3, the index on pages of its own."""
    found = await shown(runtime, fair_id, language)
    drawn = await asyncio.to_thread(pages.pages_of, found)
    return Response(await printed(drawn), media_type=PDF)


@router.get(
    "/booths/{booth_id}/floor-plan.svg",
    dependencies=[public()],
    response_class=Response,
    responses=_answers(SVG),
)
async def draw_way_to_booth(
    fair_id: Slug,
    booth_id: BoothId,
    runtime: RuntimeDep,
    language: PictureLanguage = PictureLanguage.ARABIC,
) -> Response:
    """You are here: a booth among its neighbours, and the way to it from the nearest entrance."""
    found = await shown(runtime, fair_id, language)
    booth = known(found.plan.booths.get(booth_id), "booth_unknown", booth=booth_id)
    return Response(await asyncio.to_thread(pages.here, found, booth), media_type=SVG)


def _answer(
    file: bytes, metres_per_unit: float | None, limits: Limits, language: str
) -> DrawingOut:
    drawn = read(file, metres_per_unit)
    faults = faults_of(drawn, limits)
    return DrawingOut(
        floor_plan=PlanBody.of_drawing(drawn.booths, drawn.ground),
        area_m2=round(ground_m2(drawn.booths, drawn.ground), 1),
        faults=[_fault(each, language) for each in faults],
    )


def _fault(fault: Fault, language: str) -> DrawingFaultOut:
    return DrawingFaultOut(
        code=fault.code, text=told(fault, language), booths=list(fault.booths), at=list(fault.at)
    )
