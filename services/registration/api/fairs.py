"""Fairs, their calls, and their figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.api import (
    IntentDep,
    NotFound,
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
from services.registration import handlers, queries
from services.registration.api.fields import (
    Code,
    Day,
    FairId,
    Form,
    Hour,
    LocalTime,
    Moment,
    ReasonForm,
    Slug,
    TextForm,
    Whole,
    Zone,
)
from services.registration.domain.fair import (
    CHANGEABLE,
    AnnounceFair,
    ChangeFair,
    Pole,
    SupportProgramme,
)
from services.registration.domain.text import Text

router = APIRouter(tags=["fairs"])


class PoleForm(Form):
    pole_id: Annotated[Slug, Field(examples=["products"])]
    name: TextForm
    places: Annotated[Whole, Field(ge=0, le=5000, description="Booths for its exhibitors.")]


class ProgrammeForm(Form):
    programme_id: Annotated[Slug, Field(examples=["mouazara"])]
    name: TextForm


class FairForm(Form):
    """A fair to be announced; opening hours are local time, the same each day."""

    fair_id: Slug
    edition: Annotated[Whole, Field(ge=1, le=1000)]
    name: TextForm
    region: TextForm
    city: TextForm
    venue: TextForm
    timezone: Zone = "Africa/Casablanca"
    first_day: Day
    last_day: Day
    opens_at: Hour
    closes_at: Hour
    area_m2: Annotated[Whole, Field(ge=1, le=10_000_000)] | None = None
    poles: Annotated[tuple[PoleForm, ...], Field(min_length=1, max_length=50)]
    programmes: Annotated[tuple[ProgrammeForm, ...], Field(max_length=50)] = ()

    model_config = ConfigDict(
        extra="forbid",
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

    def command(self) -> AnnounceFair:
        return AnnounceFair(
            fair_id=self.fair_id,
            edition=self.edition,
            name=self.name.text(),
            region=self.region.text(),
            city=self.city.text(),
            venue=self.venue.text(),
            timezone=self.timezone,
            first_day=self.first_day,
            last_day=self.last_day,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            area_m2=self.area_m2,
            poles=tuple(Pole(pole.pole_id, pole.name.text(), pole.places) for pole in self.poles),
            programmes=tuple(
                SupportProgramme(each.programme_id, each.name.text()) for each in self.programmes
            ),
        )


class FairChangeForm(Form):
    """What of a fair is to be different; what is not named stays as it is."""

    reason: Annotated[Code, Field(examples=["bad_weather"])]
    edition: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    name: TextForm | None = None
    region: TextForm | None = None
    city: TextForm | None = None
    venue: TextForm | None = None
    timezone: Zone | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    opens_at: Hour | None = None
    closes_at: Hour | None = None
    area_m2: Annotated[Whole, Field(ge=1, le=10_000_000)] | None = None

    model_config = ConfigDict(
        extra="forbid",
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

    def command(self) -> ChangeFair:
        return ChangeFair(
            reason=self.reason,
            edition=self.edition,
            name=self.name and self.name.text(),
            region=self.region and self.region.text(),
            city=self.city and self.city.text(),
            venue=self.venue and self.venue.text(),
            timezone=self.timezone,
            first_day=self.first_day,
            last_day=self.last_day,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            area_m2=self.area_m2,
        )


class DeadlineForm(Form):
    closes_at: Annotated[Moment, Field(examples=["2026-07-31T18:00:00+01:00"])]


class FairCreated(BaseModel):
    fair_id: str


class CallAnswer(BaseModel):
    fair_id: str
    status: str = Field(description="`open` or `closed`.")
    closes_at: datetime | None = None
    reason: str | None = None


class FairAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    fair_id: str
    edition: int
    name: Text
    region: Text
    city: Text
    venue: Text
    timezone: str
    first_day: date
    last_day: date
    opens_at: LocalTime
    closes_at: LocalTime
    area_m2: int | None
    poles: tuple[Pole, ...]
    programmes: tuple[SupportProgramme, ...]
    status: str = Field(description="`announced` or `cancelled`.")
    cancelled_because: str | None
    call_status: str = Field(description="`not_opened`, `open` or `closed`.")
    call_closes_at: datetime | None
    call_closed_because: str | None


class FiguresAnswer(BaseModel):
    """Who takes part, counted from accepted applications.

    What is counted by kind, pole, province and programme, and women-led and youth-led, are
    organisations, partners among them.
    """

    organisations: int = Field(description="Organisations that exhibit, without partners.")
    institutional_partners: int
    people: int = Field(description="Badge holders of organisations that exhibit.")
    booths_wanted: int = Field(description="Booths of organisations that exhibit.")
    by_kind: dict[str, int]
    by_pole: dict[str, int]
    by_province: dict[str, int]
    by_programme: dict[str, int]
    families: list[str] = Field(description="Product families on show, sorted.")
    women_led: int
    youth_led: int
    applications_by_status: dict[str, int]


Organiser = allow(Role.ORGANISER)


@router.post("/fairs", status_code=201, dependencies=[Organiser])
async def announce_fair(form: FairForm, runtime: RuntimeDep, intent: IntentDep) -> FairCreated:
    """Announce a fair."""
    await handlers.announce_fair(runtime, intent, form.command())
    return FairCreated(fair_id=form.fair_id)


@router.get("/fairs", dependencies=[public()])
async def list_fairs(
    runtime: RuntimeDep, page: Annotated[Page, page_of(queries.FAIRS)]
) -> Paged[FairAnswer]:
    """Every fair."""
    return paged(await queries.fairs(runtime.pool, page), FairAnswer.model_validate)


@router.get("/fairs/{fair_id}", dependencies=[public()])
async def show_fair(fair_id: FairId, runtime: RuntimeDep) -> FairAnswer:
    """One fair."""
    return await _fair(runtime, fair_id)


@router.post("/fairs/{fair_id}/change", dependencies=[Organiser])
async def change_fair(
    fair_id: FairId, form: FairChangeForm, runtime: RuntimeDep, intent: IntentDep
) -> FairAnswer:
    """Correct a fair, or move it.  Whoever takes part is told of new days, hours and places."""
    await handlers.change_fair(runtime, intent, fair_id, form.command())
    return await _fair(runtime, fair_id)


@router.post("/fairs/{fair_id}/cancel", dependencies=[Organiser])
async def cancel_fair(
    fair_id: FairId, form: ReasonForm, runtime: RuntimeDep, intent: IntentDep
) -> FairAnswer:
    """Call a fair off, for good.  Its call and its sessions end, and whoever takes part is told."""
    await handlers.cancel_fair(runtime, intent, fair_id, form.reason)
    return await _fair(runtime, fair_id)


async def _fair(runtime: RuntimeDep, fair_id: str) -> FairAnswer:
    fair = await queries.fair(runtime.pool, fair_id)
    if fair is None:
        raise NotFound("fair_unknown", fair_id=fair_id)
    return FairAnswer.model_validate(fair)


@router.post("/fairs/{fair_id}/call/open", dependencies=[Organiser])
async def open_call(
    fair_id: FairId, form: DeadlineForm, runtime: RuntimeDep, intent: IntentDep
) -> CallAnswer:
    """Open the call for exhibitors, or move its deadline."""
    await handlers.open_call(runtime, intent, fair_id, form.closes_at)
    return CallAnswer(fair_id=fair_id, status="open", closes_at=form.closes_at)


@router.post("/fairs/{fair_id}/call/close", dependencies=[Organiser])
async def close_call(
    fair_id: FairId, form: ReasonForm, runtime: RuntimeDep, intent: IntentDep
) -> CallAnswer:
    """Close the call before its deadline."""
    await handlers.close_call(runtime, intent, fair_id, form.reason)
    return CallAnswer(fair_id=fair_id, status="closed", reason=form.reason)


@router.get(
    "/fairs/{fair_id}/figures", dependencies=[allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)]
)
async def show_figures(fair_id: FairId, runtime: RuntimeDep) -> FiguresAnswer:
    """Who takes part, in numbers."""
    if not await queries.fair_exists(runtime.pool, fair_id):
        raise NotFound("fair_unknown", fair_id=fair_id)
    counts = await queries.figures(runtime.pool, fair_id)
    total = counts["total"]
    return FiguresAnswer(
        organisations=total["organisations"],
        institutional_partners=total["institutional_partners"],
        people=total["people"],
        booths_wanted=total["booths_wanted"],
        by_kind=dict(counts.get("kind", {})),
        by_pole=dict(counts.get("pole", {})),
        by_province=dict(counts.get("province", {})),
        by_programme=dict(counts.get("programme", {})),
        families=sorted(counts.get("family", {})),
        women_led=total["women_led"],
        youth_led=total["youth_led"],
        applications_by_status=dict(counts.get("status", {})),
    )
