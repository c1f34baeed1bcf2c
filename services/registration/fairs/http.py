"""The routes of fairs and of their calls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter
from maarid_contracts.envelope import Code, Slug
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.answers.shapes import known
from chassis.api.fields import (
    AnyDay,
    FairId,
    Hour,
    Moment,
    ReasonIn,
    RequestIn,
    TextIn,
    Zone,
)
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
    wrong,
)
from services.registration.fairs import handlers, read
from services.registration.fairs.domain import (
    CHANGEABLE,
    AnnounceFair,
    CancelFair,
    ChangeFair,
    CloseCall,
    fair_stream,
)
from services.registration.fairs.read import FairOut

router = APIRouter(tags=["fairs"])

Edition = Annotated[int, Field(strict=True, ge=1, le=1000)]
Area = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class PoleIn(RequestIn):
    pole_id: Annotated[Slug, Field(examples=["products"])]
    name: TextIn
    places: Annotated[
        int, Field(strict=True, ge=0, le=5000, description="Booths for its exhibitors.")
    ]


class ProgrammeIn(RequestIn):
    programme_id: Annotated[Slug, Field(examples=["mouazara"])]
    name: TextIn


class FairIn(RequestIn):
    """A fair to be announced; opening hours are local time, the same each day."""

    fair_id: Slug
    edition: Edition
    name: TextIn
    region: TextIn
    city: TextIn
    venue: TextIn
    timezone: Zone = "Africa/Casablanca"
    first_day: AnyDay
    last_day: AnyDay
    opens_at: Hour
    closes_at: Hour
    area_m2: Area | None = None
    poles: Annotated[tuple[PoleIn, ...], Field(min_length=1, max_length=50)]
    programmes: Annotated[tuple[ProgrammeIn, ...], Field(max_length=50)] = ()

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "fair_id": "zagora-2026",
                    "edition": 1,
                    "name": {"ar": "المعرض الجهوي", "fr": "Salon régional"},
                    "region": {"ar": "درعة-تافيلالت", "fr": "Drâa-Tafilalet"},
                    "city": {"ar": "زاكورة", "fr": "Zagora"},
                    "venue": {"ar": "ساحة المسيرة", "fr": "Place de la Marche"},
                    "timezone": "Africa/Casablanca",
                    "first_day": "2026-09-17",
                    "last_day": "2026-09-22",
                    "opens_at": "10:00",
                    "closes_at": "22:00",
                    "poles": [
                        {
                            "pole_id": "products",
                            "name": {"ar": "قطب المنتجات", "fr": "Pôle produits"},
                            "places": 160,
                        }
                    ],
                    "programmes": [
                        {
                            "programme_id": "mouazara",
                            "name": {"ar": "مؤازرة", "fr": "Mouazara"},
                        }
                    ],
                }
            ]
        },
    )


class FairChangeIn(RequestIn):
    """The fields of a fair that change; a field that is not given stays as it is."""

    reason: Annotated[Code, Field(examples=["bad_weather"])]
    edition: Edition | None = None
    name: TextIn | None = None
    region: TextIn | None = None
    city: TextIn | None = None
    venue: TextIn | None = None
    timezone: Zone | None = None
    first_day: AnyDay | None = None
    last_day: AnyDay | None = None
    opens_at: Hour | None = None
    closes_at: Hour | None = None
    area_m2: Area | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "bad_weather", "first_day": "2026-09-24", "last_day": "2026-09-29"}
            ]
        },
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(getattr(self, name) is None for name in CHANGEABLE):
            raise wrong("nothing_changes")
        return self


class DeadlineIn(RequestIn):
    closes_at: Annotated[Moment, Field(examples=["2026-07-31T18:00:00+01:00"])]


class FairCreatedOut(BaseModel):
    fair_id: str


class CallOut(BaseModel):
    fair_id: str
    status: str = Field(description="`open` or `closed`.")
    closes_at: datetime | None = None
    reason: str | None = None


Organiser = allow(Role.ORGANISER)


@router.post("/fairs", status_code=201, dependencies=[Organiser])
async def announce_fair(body: FairIn, runtime: RuntimeDep, context: ContextDep) -> FairCreatedOut:
    """Announce a fair."""
    await runtime.desk.execute(fair_stream(body.fair_id), body.as_a(AnnounceFair), context)
    return FairCreatedOut(fair_id=body.fair_id)


@router.get("/fairs", dependencies=[public()])
async def list_fairs(
    runtime: RuntimeDep, page: Annotated[Page, page_of(read.FAIRS)]
) -> Paged[FairOut]:
    """All fairs."""
    return paged(await read.FAIRS.part(runtime.pool, page), FairOut.of)


@router.get("/fairs/{fair_id}", dependencies=[public()])
async def show_fair(fair_id: FairId, runtime: RuntimeDep) -> FairOut:
    """One fair."""
    return known(await read.fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)


@router.post("/fairs/{fair_id}/change", dependencies=[Organiser])
async def change_fair(
    fair_id: FairId, body: FairChangeIn, runtime: RuntimeDep, context: ContextDep
) -> FairOut:
    """Correct a fair, or move it.  Participants are told of new days, hours and places."""
    await runtime.desk.execute(fair_stream(fair_id), body.as_a(ChangeFair), context)
    return known(await read.fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)


@router.post("/fairs/{fair_id}/cancel", dependencies=[Organiser])
async def cancel_fair(
    fair_id: FairId, body: ReasonIn, runtime: RuntimeDep, context: ContextDep
) -> FairOut:
    """Cancel a fair, for good.  Its call and its sessions end, and participants are told."""
    await runtime.desk.execute(fair_stream(fair_id), CancelFair(body.reason), context)
    return known(await read.fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)


@router.post("/fairs/{fair_id}/call/open", dependencies=[Organiser])
async def open_call(
    fair_id: FairId, body: DeadlineIn, runtime: RuntimeDep, context: ContextDep
) -> CallOut:
    """Open the call for exhibitors, or move its deadline."""
    await handlers.open_call(runtime, context, fair_id, body.closes_at)
    return CallOut(fair_id=fair_id, status="open", closes_at=body.closes_at)


@router.post("/fairs/{fair_id}/call/close", dependencies=[Organiser])
async def close_call(
    fair_id: FairId, body: ReasonIn, runtime: RuntimeDep, context: ContextDep
) -> CallOut:
    """Close the call before its deadline."""
    await runtime.desk.execute(fair_stream(fair_id), CloseCall(body.reason), context)
    return CallOut(fair_id=fair_id, status="closed", reason=body.reason)
